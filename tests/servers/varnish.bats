#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs with crash handlers of their own on alternate stacks: varnishd, whose 200 threads share one, and a C++
# program with backward-cpp, whose report needs more room than an alternate stack has. KILLS=20 in tests/long/varnish.sh.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

has_its_threads() {
    CHILD=$(children_of "$SERVER" | head -n 1)
    [ -n "$CHILD" ] && [ "$(find "/proc/$CHILD/task" -mindepth 1 -maxdepth 1 | wc -l)" -gt 200 ]
}

# The child has carried out its manager's commands and waits for the next one, in poll (system call 7): before, the
# signal finds other callers, or, while pthread_create blocks all signals, another thread.
waits_for_commands() {
    local call
    for _ in 1 2 3 4 5; do
        read -r call _ <"/proc/$CHILD/syscall" && [ "$call" = 7 ] || return 1
        sleep 0.03
    done
}

one_bundle() {
    [ "$(count_files '*.tar.zst')" = 1 ]
}

@test "varnish: a child whose threads share one alternate stack is killed: one bundle each, with its own stacks" {
    local round
    chmod 777 "$TMP"
    for ((round = 0; round < ${KILLS:-3}; round++)); do
        rm -rf "$CRASHES" "$TMP/work"
        mkdir -m 1777 "$CRASHES"
        start_server /usr/sbin/varnishd -F -j none -n "$TMP/work" -a 127.0.0.1:0 -b none -p auto_restart=off -T none
        await "started" child_of_runner
        await "serving" has_its_threads
        await "idle" waits_for_commands
        kill -SEGV "$CHILD"
        await "reported" one_bundle
        kill "$SERVER"
        await_death
        BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
        valid_bundle
        want "process and thread" "$CHILD $CHILD" "$(report '"\(.pid) \(.crashed_tid)"')"
        expect_calls abort VAS_Fail poll VCLS_Poll main
        want "missing threads" 0 "$(report '[.threads[] | select(.state != "captured")] | length')"
    done
}

@test "backward-cpp: a worker's fault is in its own report, whole, and in ours" {
    cat >"$TMP/worker.cpp" <<'TEXT'
#define BACKWARD_HAS_DW 1
#include <backward.hpp>
#include <pthread.h>
static backward::SignalHandling handling;
int *volatile pointer;
extern "C" __attribute__((noinline)) void request()
{
    *pointer = 1;
    __asm__ volatile("");
}
static void *work(void *unused)
{
    request();
    return unused;
}
int main()
{
    pthread_t thread;
    pthread_create(&thread, nullptr, work, nullptr);
    pthread_join(thread, nullptr);
}
TEXT
    g++ -O0 -o "$TMP/worker" "$TMP/worker.cpp" -ldw -lpthread
    VICTIM=$TMP/worker
    run_without
    run_with
    want "status" "$(status_of without signal)" "$(status_of with signal)"
    grep -q 'Segmentation fault' "$TMP/with.err" || fail "no report of its own: $(cat "$TMP/with.err")"
    [ "$(grep -avc '^crumple: ' "$TMP/with.err")" -ge "$(wc -l <"$TMP/without.err")" ] || fail "its report is cut"
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    valid_bundle
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV request
}
