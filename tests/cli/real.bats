#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command on what the preloaded object and the writer really make, as far as they are built.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common

setup() {
    common_setup
    lib=$(dirname "$crumple")/libcrumple.so
    writer=$(dirname "$crumple")/crumple-writer
    [[ -e $lib && -x $writer ]] || skip "no libcrumple.so and crumple-writer beside crumple"
    command -v gcc >/dev/null || skip "no compiler"
    cat >"$BATS_TEST_TMPDIR/victim.c" <<'EOF'
#include <pthread.h>
#include <unistd.h>
static void *idle(void *unused)
{
    for (;;)
        pause();
    return unused;
}
__attribute__((noinline)) static int fault(volatile int *at)
{
    return *at; /* line 11 */
}
int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, 0, idle, 0);
    usleep(50000);
    return fault((int *)16) + 1;
}
EOF
    gcc -g -O1 -pthread -o "$BATS_TEST_TMPDIR/victim" "$BATS_TEST_TMPDIR/victim.c"
}

# crash WRITER: let the victim crash
crash() {
    run env CRUMPLE_WRITER="$1" LD_PRELOAD="$lib" bash -c 'ulimit -c 0; exec "$0"' "$BATS_TEST_TMPDIR/victim"
    [ "$status" -eq 139 ]
}

check() {
    run -0 --separate-stderr "$crumple" list --json
    gojq -e '.state == "present" and .signal == "SIGSEGV" and (.exe | endswith("/victim"))' <<<"$output"
    run -0 "$crumple" group --json
    [ "$(gojq .count <<<"$output")" -eq 1 ]
    run -0 --separate-stderr "$crumple" show last
    [ -z "$stderr" ]
    [[ $output =~ "#0   fault+0x"[0-9a-f]+" at "[^\ ]*"victim.c:11 [victim]" ]]
    [[ $output =~ "#1   main+0x"[0-9a-f]+" at "[^\ ]*"victim.c:19 [victim]" ]]
    [[ $output == *"3 threads 'victim' with the same stack"* ]]
    run -0 "$crumple" show --json last
    gojq -e '.threads[0].crashed and (.threads | length) == 4' <<<"$output"
}

@test "real: a crash is listed, shown with source lines, opened in gdb" {
    crash "$writer"
    check
    command -v gdb >/dev/null || skip "no gdb"
    run -0 --separate-stderr "$crumple" show --gdb last -- -batch -nx -ex bt
    [[ $output =~ "#0"\ +"fault "[^$'\n']*"victim.c:11" ]]
    [[ $stderr != *"build-id"* ]]
}

@test "real: a crash without a writer is pending, and collect finishes it" {
    crash /bin/false
    run -0 --separate-stderr "$crumple" list --json
    [ "$(gojq -r .state <<<"$output")" = pending ]
    run -0 "$crumple" collect --force --writer "$writer" --json
    gojq -e '.result == "finished"' <<<"$output"
    check
}
