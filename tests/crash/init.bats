#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PID 1 of a namespace (row 59): the kernel drops what is sent to it, whoever sends, and kills it for its own faults.
# The victim lives through the seven signals from all senders first, with and without crumple, and then ends.

load helpers

setup() {
    setup_crash
    LIMIT_MS=10000
    unshare -pf --mount-proc true 2>/dev/null || skip "unshare -pf --mount-proc is refused here"
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
}

teardown() { teardown_crash; }

# ends HOW STATUS SIGNAL: the status as SIGNAL/EXIT, and the signal that is reported.
ends() {
    crash -pf --mount-proc "$T$LIBC/victim" init "$1"
    want "lives" 1 "$(fact lives)"
    want "status" "$2" "$(status_of with signal)/$(status_of with exit)"
    want "report" "$3 1" "$(report '"\(.signal.name) \(.pid)"')"
}

# musl: unshare, which is of glibc, says that the object is the wrong one
# bats test_tags=glibc
@test "PID 1 lives through signals that are sent, and ends as it likes [row 59]" {
    BUNDLES=0
    crash -pf --mount-proc "$T$LIBC/victim" init nothing
    want "lives" 1 "$(fact lives)"
    want "status" 0/3 "$(status_of with signal)/$(status_of with exit)"
    [ ! -s "$TMP/with.err" ] || fail "it says: $(cat "$TMP/with.err")"
}

@test "PID 1 lives through signals, then a fault [row 59]" { ends fault 11/0 SIGSEGV; }
@test "PID 1 lives through signals, then its own handler raises one [row 59]" { ends handler 11/0 SIGSEGV; }
@test "PID 1 lives through signals, then abort [row 59]" { ends abort 11/0 SIGABRT; }
@test "PID 1 lives through signals, then an assertion [row 59]" { ends assert 11/0 SIGABRT; }
# musl: musl's malloc has no words
# bats test_tags=glibc
@test "PID 1 lives through signals, then libc finds the heap broken [row 59]" { ends heap 11/0 SIGABRT; }
@test "PID 1 lives through signals, then a breakpoint [row 59]" { ends trap 5/0 SIGTRAP; }
@test "PID 1 lives through signals, then a filter of system calls [row 59]" { ends filter 31/0 SIGSYS; }

@test "somebody outside sends PID 1 every fatal signal: it goes on [row 59]" {
    local runner init waited signal
    mkfifo "$TMP/in"
    "$T/runner" -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES" CRUMPLE_ONLY=victim \
        LD_PRELOAD="$BUILD$LIBC/libcrumple.so" unshare -pf --mount-proc "$T$LIBC/victim" init-waits \
        >"$TMP/with.out" 2>"$TMP/with.err" <"$TMP/in" &
    runner=$!
    exec 4>"$TMP/in"
    for waited in {1..1000}; do
        grep -q '^tasks=' "$TMP/with.out" && break
        sleep 0.01
    done
    init=$(pgrep -P "$(pgrep -P "$runner")")
    for signal in SEGV BUS ILL FPE TRAP SYS ABRT; do
        kill -s $signal "$init"
    done
    sleep 0.05
    echo >&4
    exec 4>&-
    wait "$runner" || fail "it hangs"
    want "status after $waited looks" 0/3 "$(status_of with signal)/$(status_of with exit)"
    want "read" 1 "$(fact read)"
    BUNDLES=0
    right_files
}

# musl: tini is of glibc
# bats test_tags=glibc
@test "tini, the first process of many containers, lives through what its child sends [row 59]" {
    run -7 env LD_PRELOAD="$BUILD$LIBC/libcrumple.so" CRUMPLE_DIR="$CRASHES" unshare -pf --mount-proc \
        tini -- sh -c 'for signal in SEGV BUS ILL FPE TRAP SYS ABRT; do kill -s $signal 1; done; sleep 0.05; exit 7'
    [ -z "$output" ] || fail "it says: $output"
    BUNDLES=0
    right_files
}
