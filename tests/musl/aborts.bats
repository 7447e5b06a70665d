#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# musl keeps no message: what its assert prints is noted, and a check that ends by hlt is told as what it is.

load helpers

setup() {
    LIBC=/musl
    setup_crash
}

teardown() {
    teardown_crash
}

@test "musl: the report has the text of a failed assert, and its place [row 13]" {
    crash assert
    expect_signal 6 SIGABRT SI_TKILL
    want "reason" "$(tail -n 1 "$TMP/without.err")" "$(report .reason)"
    expect_title "assert in check_invariant: Assertion failed: *level > 0 (tests/victim/aborts.c: check_invariant: 23)"
}

@test "musl: the stack protector's end is stack smashing, not a privileged instruction [row 15]" {
    crash stack-smash
    expect_signal 11 SIGSEGV SI_KERNEL
    want "signature" "stack smashing | copy_without_bound | stack_smash | worker_main" "$(report .signature)"
    expect_title "stack smashing in copy_without_bound"
}

@test "musl: the allocator's check is a check of libc, and no fault [row 14]" {
    cat >"$TMP/frees.c" <<'C'
#include <stdlib.h>
static char *volatile block;
static __attribute__((noinline)) void give_back(char *at)
{
    free(at);
    block = NULL;
}
int main(void)
{
    block = malloc(100);
    give_back(block + 8);
    return 0;
}
C
    musl-gcc -w -g -O1 -o frees "$TMP/frees.c"
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./frees
    right_files
    want "signal" "SIGSEGV SI_KERNEL" "$(report '"\(.signal.name) \(.signal.code_name)"')"
    want "title" "heap corruption in give_back" "$(report .title)"
    [[ $(report .signal.description) == *"damaged"*"records"*"(libc ended the process by hlt)" ]] ||
        fail "cause: $(report .signal.description)"
}
