#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Rust (rows 29 and 62): its standard library knows stack overflows by a handler on alternate stacks of 8 KiB.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup_file() { build_runtime rust; }
setup() {
    setup_runtime
    unset RUST_BACKTRACE
    RUST=$RT/crimes
}
teardown() { teardown_crash; }

@test "Rust: panics caught and in a joined thread, 200 threads, are undisturbed [row 62]" {
    undisturbed 0 "$RUST" work
    grep -q 'caught 1000' "$TMP/with.out"
}

@test "Rust: a panic that nobody catches: Rust's words and status 101 [row 62]" {
    undisturbed 101 "$RUST" panic
    grep -q 'on purpose' "$TMP/with.err"
    undisturbed 3 "$RUST" exit
}

@test "Rust: std::process::abort is reported [row 62]" {
    dies "$RUST" abort
    expect_status 6 -
    expect_title abort crimes
}

# The handler sees that it is no overflow, goes back to the default, and the instruction faults again.
@test "Rust: a write through NULL is reported, in the main thread and in another [row 62]" {
    dies "$RUST" null
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV null_write
    rm -rf "$CRASHES"
    dies "$RUST" null-in-thread
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV null_write
}

@test "Rust: stack overflows: Rust's words, SIGABRT, the recursion below the handler on the stack [row 29]" {
    dies "$RUST" overflow
    own_words err "thread 'main' has overflowed its stack"
    expect_status 6 -
    expect_title "abort after SIGSEGV" overflow
    [[ $(report '[.threads[0].frames[].function // ""] | map(select(contains("overflow"))) | length') -gt 10 ]]
    rm -rf "$CRASHES"
    dies "$RUST" overflow-in-thread
    own_words err "thread 'a-rust-thread' has overflowed its stack"
    expect_status 6 -
    [[ $(report '[.threads[0].frames[].function // ""] | map(select(contains("overflow"))) | length') -gt 10 ]]
}

@test "Rust: a panic during a panic: names of both manglings are readable, the way to die is one line [row 62]" {
    cat >panics.rs <<'RUST'
struct Guard(Vec<i32>);
impl Drop for Guard {
    #[inline(never)]
    fn drop(&mut self) {
        self.0[7] = 1;
    }
}
fn main() {
    let guard = Guard(vec![1, 2, 3]);
    println!("{}", guard.0[std::env::args().count() + 6]);
}
RUST
    for mangling in legacy v0; do
        # shellcheck disable=SC2046
        /usr/bin/rustc -O $([ $mangling = legacy ] || echo -C symbol-mangling-version=v0) -o panics panics.rs
        dies "$TMP/panics"
        expect_status 6 -
        sed -nE 's/^crumple:   //; T; s/\+0x[0-9a-f]+//; p' "$TMP/with.err" >frames
        ! grep -E '_R|_ZN|::h[0-9a-f]{16}' frames <(report .title) || return 1
        sed -n 1p frames | grep -qE '^\([0-9]+ frames of the runtime: .*core::panicking::panic_bounds_check\)' ||
            fail "$(cat frames)"
        sed -n 2p frames | grep -qx '#[0-9]* <panics::Guard as core::ops::drop::Drop>::drop (panics)' || fail "$(cat frames)"
        rm -rf "$CRASHES"
    done
}
