#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# OpenJDK (row 62): the virtual machine lives by SIGSEGV and SIGFPE, and writes a report of its own before it aborts.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup_file() { build_runtime java; }
setup() {
    setup_runtime
    JSIG=$(dirname "$(readlink -f "$(command -v java)")")/../lib/libjsig.so
    JAVA=(/usr/bin/java -Xshare:auto -Xmx256m -cp "$RT" -Dnative="$RT/libnative.so")
}
teardown() { teardown_crash; }

@test "Java: implicit null checks, divisions, overflows and safepoints, compiled, with G1, are undisturbed [row 62]" {
    undisturbed 0 "${JAVA[@]}" -XX:+UseG1GC Runtimes work
    grep -q 'null checks 10000' "$TMP/with.out"
}

@test "Java: implicit null checks and the rest with the first compiler and the serial collector are undisturbed [row 62]" {
    undisturbed 0 "${JAVA[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 Runtimes work
}

@test "Java: implicit null checks and the rest, interpreted, with the parallel collector, are undisturbed [row 62]" {
    undisturbed 0 "${JAVA[@]}" -Xint -XX:+UseParallelGC Runtimes work
}

@test "Java: libjsig behind crumple, or before it, is undisturbed [row 62]" {
    OTHER_PRELOAD=$JSIG
    undisturbed 0 "${JAVA[@]}" Runtimes work
    OTHER_PRELOAD='' FIRST_PRELOAD=$JSIG
    undisturbed 0 "${JAVA[@]}" Runtimes work
}

# java_report: the virtual machine's report on stdout and in its file, ours in the bundle.
java_report() {
    own_words out 'A fatal error has been detected by the Java Runtime Environment'
    own_words out 'native_null_write+'
    want "reports of the virtual machine" 2 "$(find "$TMP" -name 'hs_err_pid*' -size +1k | wc -l)"
    expect_status 6 -
    want "signal" "SIGABRT SI_TKILL" "$(report '.signal | "\(.name) \(.code_name)"')"
    expect_title "abort after SIGSEGV in native_null_write"
}

@test "Java: a fault in a native library: both reports, SIGABRT, the fault on the stack below the handler [row 62]" {
    dies "${JAVA[@]}" Runtimes native-null
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write Java_Runtimes_writeThroughNull JavaMain
}

@test "Java: a fault in a native library in a Java thread is reported, libjsig behind crumple [row 62]" {
    OTHER_PRELOAD=$JSIG
    dies "${JAVA[@]}" Runtimes native-null-in-thread
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write Java_Runtimes_writeThroughNull clone3
}

@test "Java: a fault in a thread made by a native library is reported, libjsig before crumple [row 62]" {
    FIRST_PRELOAD=$JSIG
    dies "${JAVA[@]}" Runtimes native-thread
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write thread_of_c clone3
}

@test "Java: abort() in a native library is reported: the virtual machine does not handle it [row 62]" {
    dies "${JAVA[@]}" Runtimes native-abort
    expect_status 6 -
    expect_title abort native_abort
    expect_frames abort native_abort Java_Runtimes_callAbort
}

@test "Java: a native stack overflow is reported, although the handler has no alternate stack [row 62]" {
    dies "${JAVA[@]}" Runtimes native-overflow
    expect_status 11 -
    expect_title "stack overflow" native_overflow
}

@test "Java: kill -QUIT prints the threads, kill -SEGV from outside is reported by both [row 62]" {
    start_ready "${JAVA[@]}" Runtimes wait
    kill -QUIT "$PROGRAM_PID"
    until grep -q 'Full thread dump' "$TMP/with.out"; do sleep 0.05; done
    kill -SEGV "$PROGRAM_PID"
    await_end
    grep -q 'SIGSEGV (0xb).*sent by kill' "$TMP/with.out" || fail "$(cat "$TMP/with.out")"
    expect_status 6 -
    right_files
    expect_title "abort after SIGSEGV sent by pid $BASHPID (uid $(id -u))"
}

@test "Java: exits keep their own status and words [row 62]" {
    SHIM=(CRUMPLE_EXIT=off) # main() runs in another thread than the first: each would be an event
    undisturbed 3 "${JAVA[@]}" Runtimes exit 3
    undisturbed 3 "${JAVA[@]}" Runtimes exit-in-thread 3
    undisturbed 3 "${JAVA[@]}" Runtimes halt 3
    undisturbed 0 "${JAVA[@]}" Runtimes exit 0
    undisturbed 1 "${JAVA[@]}" Runtimes uncaught
    grep -q 'IllegalStateException: uncaught' "$TMP/with.err"
}
