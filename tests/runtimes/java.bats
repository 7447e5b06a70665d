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

@test "row 62: implicit null checks, divisions, overflows and safepoints, compiled and collected by G1" {
    undisturbed 0 "${JAVA[@]}" -XX:+UseG1GC Runtimes work
    grep -q 'null checks 10000' "$TMP/with.out"
}

@test "row 62: the same with the first compiler and the serial collector" {
    undisturbed 0 "${JAVA[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 Runtimes work
}

@test "row 62: the same interpreted, by the parallel collector" {
    undisturbed 0 "${JAVA[@]}" -Xint -XX:+UseParallelGC Runtimes work
}

@test "row 62: libjsig behind crumple, and before it: undisturbed" {
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

@test "row 62: a fault in a native library: both reports, SIGABRT, the fault on the stack below the handler" {
    dies "${JAVA[@]}" Runtimes native-null
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write Java_Runtimes_writeThroughNull JavaMain
}

@test "row 62: a fault in a native library in a Java thread, libjsig behind crumple" {
    OTHER_PRELOAD=$JSIG
    dies "${JAVA[@]}" Runtimes native-null-in-thread
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write Java_Runtimes_writeThroughNull clone3
}

@test "row 62: a fault in a thread made by a native library, libjsig before crumple" {
    FIRST_PRELOAD=$JSIG
    dies "${JAVA[@]}" Runtimes native-thread
    java_report
    expect_frames abort JVM_handle_linux_signal native_null_write thread_of_c clone3
}

@test "row 62: abort() in a native library: the virtual machine does not handle it" {
    dies "${JAVA[@]}" Runtimes native-abort
    expect_status 6 -
    expect_title abort native_abort
    expect_frames abort native_abort Java_Runtimes_callAbort
}

@test "row 62: a native stack overflow: the handler has no alternate stack, the kernel would kill: reported" {
    dies "${JAVA[@]}" Runtimes native-overflow
    expect_status 11 -
    expect_title "stack overflow" native_overflow
}

@test "row 62: kill -QUIT prints the threads, kill -SEGV from outside is reported by both" {
    start_ready "${JAVA[@]}" Runtimes wait
    kill -QUIT "$PROGRAM_PID"
    until grep -q 'Full thread dump' "$TMP/with.out"; do sleep 0.05; done
    kill -SEGV "$PROGRAM_PID"
    await_end
    grep -q 'SIGSEGV (0xb).*sent by kill' "$TMP/with.out" || fail "$(cat "$TMP/with.out")"
    expect_status 6 -
    right_files
    expect_title abort
}

@test "row 62: exits of Java: its own status, its own words" {
    SHIM=(CRUMPLE_EXIT=off) # main() runs in another thread than the first: each would be an event
    undisturbed 3 "${JAVA[@]}" Runtimes exit 3
    undisturbed 3 "${JAVA[@]}" Runtimes exit-in-thread 3
    undisturbed 3 "${JAVA[@]}" Runtimes halt 3
    undisturbed 0 "${JAVA[@]}" Runtimes exit 0
    undisturbed 1 "${JAVA[@]}" Runtimes uncaught
    grep -q 'IllegalStateException: uncaught' "$TMP/with.err"
}
