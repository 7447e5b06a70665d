#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Namespaces: the first process of a container (row 59), other roots by mounts, no /proc or that of somebody else,
# user namespaces, read-only file systems (rows 56, 58 and 59).

load helpers

setup() {
    setup_crash
    LIMIT_MS=10000
}

teardown() { teardown_crash; }

needs_namespaces() {
    unshare "$@" true 2>/dev/null || skip "unshare $* is refused here"
}

# in_pid_namespace VERB: as the first process of a container, whose default actions the kernel ignores.
in_pid_namespace() {
    needs_namespaces -pf --mount-proc
    VICTIM=unshare SHIM+=(CRUMPLE_ONLY=victim)
    crash -pf --mount-proc "$T$LIBC/victim" "$@"
    [ "$BUNDLES" = 0 ] || want "pid" 1 "$(report .pid)"
}

@test "PID 1 dies of a fault [row 59]" {
    in_pid_namespace --worker null-write
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "PID 1 dies of abort, by the signal of the instruction that stands behind [row 59]" {
    in_pid_namespace abort
    want "status" 11 "$(status_of with signal)"
    want "signal" SIGABRT "$(report .signal.name)"
    expect_title abort
}

@test "PID 1 dies of a division by zero [row 59]" {
    in_pid_namespace divide-by-zero
    expect_signal 8 SIGFPE FPE_INTDIV
}

@test "PID 1 dies of an undefined instruction [row 59]" {
    in_pid_namespace undefined-instruction
    expect_signal 4 SIGILL ILL_ILLOPN
}

@test "PID 1 dies when it reads beyond the end of a file [row 59]" {
    in_pid_namespace truncated-mapping
    expect_signal 7 SIGBUS BUS_ADRERR
}

@test "a child of PID 1 faults, then PID 1: a bundle each [row 59]" {
    BUNDLES=2 SHIM=(CRUMPLE_STDERR=off)
    needs_namespaces -pf --mount-proc
    VICTIM=unshare SHIM+=(CRUMPLE_ONLY=victim)
    crash -pf --mount-proc "$T$LIBC/victim" fork-both
    want "the child's end" 11/0 "$(fact child)"
    want "pids" "1 2 " "$(gojq .pid "$CRASHES/$(id -u)/crashes.ndjson" | sort -n | tr '\n' ' ')"
}

@test "in PID 1 a fault of a thread is contained [row 59]" {
    needs_namespaces -pf --mount-proc
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim CRUMPLE_RECOVER='*=contain') EVENT=contained
    run_with -pf --mount-proc "$T$LIBC/victim" --worker null-write
    want "status" 0/0 "$(status_of with signal)/$(status_of with exit)"
    right_files
    right_index
    want "pid" 1 "$(report .pid)"
    expect_said contained
}

# What /proc calls PID 1 is somebody else: nothing of that process may be reported as ours.
@test "a PID namespace with the /proc of another does not hinder a report [row 59]" {
    needs_namespaces -pf
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    crash -pf "$T$LIBC/victim" become
    want "threads" "1 2 3" "$(report '[.threads[] | select(.state == "captured") | .tid] | sort | map(tostring) | join(" ")')"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null become
    unwound_to_start
    want "process" "$T$LIBC/victim" "$(report .exe)"
    tar --zstd -xOf "$BUNDLE" status | grep -q '^Name:.victim$' || fail "the status of another process"
    want "soft errors" 1 "$(report '.soft_errors | length')"
}

# without_proc: modules from the loader's list, stacks by trying, threads from our own records.
without_proc() {
    right_index
    right_threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null 'NULL pointer'
    unwound_to_start
    report '.soft_errors[]' | grep -q 'threads not made by pthread_create could not be listed: /proc/PID/task' ||
        fail "$(report '.soft_errors')"
    report '.soft_errors[]' | grep -q '/proc/PID/maps' || fail "$(report '.soft_errors')"
}

# As crash, for a bundle that lacks the files of /proc.
no_proc_crash() {
    run_without "$@"
    run_with "$@"
    same_death
    want "bundles" 1 "$(count_files '*.tar.zst')"
    want "temporary files" 0 "$(count_files '*.tmp')"
    want "pending cores" 0 "$(count_files '*.core')"
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    zstd -q -t "$BUNDLE"
    read_report "$BUNDLE"
}

@test "no /proc since the start" {
    needs_namespaces -m
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    no_proc_crash -m sh -c 'umount -l /proc && exec "$0" "$@"' "$T$LIBC/victim" become-alone
    without_proc
    expect_calls write_through_null become_alone main
    tar --zstd -xOf "$BUNDLE" core >mini
    gdb -batch -nx -ex bt "$T$LIBC/victim" mini >gdb.out 2>gdb.err
    grep -q '^#1 .*become_alone' gdb.out || fail "$(cat gdb.out gdb.err)"
}

@test "/proc is unmounted while the program runs" {
    needs_namespaces -m
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    no_proc_crash -m "$T$LIBC/victim" become unmount:/proc
    without_proc
    expect_calls write_through_null become worker_main
}

@test "no /proc and a stack that has overflowed" {
    needs_namespaces -m
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    no_proc_crash -m "$T$LIBC/victim" become unmount:/proc overflow
    expect_signal 11 SIGSEGV SEGV_ACCERR
    [ "$(report '.threads[0].frames | length')" -gt 20 ] || fail "$(report '.threads[0].frames | length') frames"
}

# hidepid: a process that is not dumpable after its drop is hidden from its own helper.
@test "/proc that hides processes, and a drop of the user" {
    [ "$(id -u)" = 0 ] || skip "changing the user needs root"
    needs_namespaces -m
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$COPY"
    copy_shim
    cp "$T$LIBC/victim" "$COPY/"
    CRASHES=$COPY/crashes BUILD=$COPY VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    no_proc_crash -m sh -c 'mount -t proc -o hidepid=2 none /proc && exec "$0" "$@"' "$COPY/victim" become setuid:65534
    right_index
    right_threads
    expect_calls write_through_null become
    unwound_to_start
    want "directory" "$CRASHES/65534" "$(dirname "$BUNDLE")"
}

# private STEP...: mounts are changed in a namespace of their own.
private() {
    needs_namespaces -m
    VICTIM=unshare SHIM+=(CRUMPLE_ONLY=victim)
    crash -m "$T$LIBC/victim" "$@"
}

@test "after unshare and pivot_root to an empty file system the bundle is where it always is [row 58]" {
    mkdir "$TMP/root"
    private become mounts "tmpfs:$TMP/root" "pivot:$TMP/root"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null
    want "captured" 3 "$(report '[.threads[] | select(.state == "captured")] | length')"
    want "soft errors" 0 "$(report '.soft_errors | length')"
}

@test "after pivot_root past every hook: the words on stderr [row 58]" {
    mkdir "$TMP/root"
    BUNDLES=0
    private become raw-mounts "tmpfs:$TMP/root" "pivot:$TMP/root"
    want "status" 11 "$(status_of with signal)"
    expect_said "this crash leaves no bundle"
}

@test "after setns to the mounts of another process the bundle is where it always is [row 58]" {
    private become-alone setns
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null
}

@test "a user namespace without a map: nobody's number" {
    needs_namespaces -U
    BUNDLE_UID=65534 VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    run_without -U "$T$LIBC/victim" become
    run_with -U "$T$LIBC/victim" become
    same_death
    want "bundles" 1 "$(count_files '*.tar.zst')"
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    valid_bundle
    right_threads
    want "owner of the bundle, seen from outside" "$(id -u)" "$(stat -c %u "$BUNDLE")"
}

@test "root of a user namespace, with its own PIDs, mounts, host name, network and IPC" {
    needs_namespaces -Urpfmuin --mount-proc
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim)
    crash -Urpfmuin --mount-proc "$T$LIBC/victim" become
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null become
}

# read_only COMMAND: everything is read-only but what COMMAND mounts.
read_only() {
    needs_namespaces -m
    VICTIM=unshare SHIM=(CRUMPLE_ONLY=victim) BUNDLES=0
    crash -m sh -c "$1"' && mount -o remount,bind,ro / && exec "$0" "$@"' "$T$LIBC/victim" become
    want "status" 11 "$(status_of with signal)"
}

@test "a read-only root and a TMPDIR that can be written: the bundle is in TMPDIR [row 56]" {
    local kept=$TMP/kept
    mkdir "$kept"
    read_only "mount --bind '$kept' '$TMP/fallback'"
    expect_said "cannot use crash directory '$CRASHES': Read-only file system"
    expect_said "show $TMP/fallback/crumple-$(id -u)/"
    want "bundles" 1 "$(find "$kept" -name '*.tar.zst' | wc -l)"
}

@test "a read-only root and nothing that can be written: the words on stderr [row 56]" {
    read_only true
    expect_said "cannot write to '$TMP/fallback/crumple-$(id -u)': Read-only file system; this crash leaves no bundle"
    expect_said "SIGSEGV at address 0x0 in victim, pid"
}
