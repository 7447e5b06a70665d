#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# At the limits: memory, descriptors, processes, queued signals, processor time, priorities (rows 25, 56, 67, 72).

load helpers
setup() {
    setup_crash
    LIMIT_MS=10000
    COPY='' GROUP=''
}
teardown() {
    teardown_crash
    # A group can be removed once its last process is gone.
    [ -z "$GROUP" ] || { sleep 0.1 && rmdir "$GROUP"; } || { sleep 1 && rmdir "$GROUP"; }
}

whole() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    want "captured threads" "$(fact tasks)" "$(report '[.threads[] | select(.state == "captured")] | length')"
}

# pending VERB...: the core is kept and can be finished.
pending() {
    BUNDLES=0 PENDING=1
    crash "$@"
    want "status" 11 "$(status_of with signal)"
    expect_said ".core"
    collect_pending
    right_threads
    whole
}

@test "a soft limit of address space, data or stack is no obstacle [row 67]" {
    local limit
    for limit in "as 1" "data 1" "stack 16384"; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086 # words
        crash limited $limit unlimited
        whole
    done
}

@test "a hard limit of address space or data: the core is kept [row 67]" {
    local limit
    for limit in "as 1 1" "data 1 1" "stack 8192 8192"; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086 # words
        pending limited $limit
    done
}

@test "no address space is left, 300 threads: the core is kept [row 67]" {
    pending no-address-space 300
}

@test "everything is locked in memory, also what is to come, with a limit: a bundle [row 67]" {
    crash all-locked
    whole
}

@test "all descriptors are in use: a bundle all the same [row 56]" {
    crash no-descriptors
    whole
}

@test "descriptors limited to 64, or softly to 0, are no obstacle [row 56]" {
    crash limited nofile 64 64
    whole
    rm -rf "$CRASHES"
    crash limited nofile 0 100
    whole
}

@test "descriptors limited to 0 or 3: a line says so [row 56]" {
    local most
    BUNDLES=0
    for most in 0 3; do
        crash limited nofile $most $most
        want "status" 11 "$(status_of with signal)"
        expect_said "Too many open files"
        expect_said "SIGSEGV at address 0x0"
    done
}

@test "files limited to no size: SIGXFSZ does not take the place of the signal [row 56]" {
    crash limited fsize 0 unlimited
    whole
    rm -rf "$CRASHES"
    BUNDLES=0
    crash limited fsize 0 0
    want "status" 11 "$(status_of with signal)"
    [ ! -e "$TMP/fallback/crumple-0" ] || want "files" '' "$(find "$TMP/fallback/crumple-0" -type f)"
}

@test "files limited to no size: a line on a stderr that is not a file says so [row 56]" {
    "$T/runner" -o "$TMP/with.status" env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$VICTIM" limited fsize 0 0 2>&1 >/dev/null </dev/null | cat >"$TMP/with.err"
    want "status" 11 "$(status_of with signal)"
    expect_said "cannot write to '$TMP/fallback.*File too large"
    expect_said "SIGSEGV at address 0x0"
}

@test "files limited to less than the core: nothing half is left [row 56]" {
    BUNDLES=0
    crash limited fsize 20000 20000
    want "status" 11 "$(status_of with signal)"
    want "files" '' "$(find "$CRASHES" "$TMP/fallback" -type f)"
}

@test "the limit of the kernel's core decides its flag, as without crumple" {
    crash limited core 0 0
    whole
    want "core flag" 0 "$(status_of with core)"
    rm -rf "$CRASHES"
    [ "$(cat /proc/sys/kernel/core_pattern)" = core ] || return 0
    crash limited core unlimited unlimited
    whole
    want "core flag" 1 "$(status_of with core)"
}

@test "every limit at once: the same death [row 67]" {
    BUNDLES=0
    crash limited sigpending 0 0 memlock 0 0 core 0 0 stack 16384 16384 as 1 1 data 1 1 nproc 0 0 fsize 0 0 nofile 0 0
    want "status" 11 "$(status_of with signal)"
}

@test "no room for queued signals at all: three threads are captured [row 72]" {
    crash limited sigpending 0 0
    whole
}

@test "SIGXCPU and SIGXFSZ of the application are not ours [row 25]" {
    BUNDLES=0
    crash cpu-limit
    want "status" 24 "$(status_of with signal)"
    crash file-limit "$TMP/file"
    want "status" 25 "$(status_of with signal)"
    [ ! -e "$CRASHES" ] || want "files" '' "$(find "$CRASHES" -type f)"
    want "said" '' "$(cat "$TMP/with.err")"
}

@test "the processor time is spent when the process faults: a report [row 25]" {
    crash cpu-spent
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_calls write_through_null on_cpu_time
}

real_time_allowed() {
    chrt -f 1 true 2>/dev/null || skip "real-time priorities are not allowed here"
}

@test "a real-time thread faults on a processor that it shares with three spinning ones" {
    real_time_allowed
    crash real-time 3
    whole
}

@test "a thread that has the processor only when nobody wants it" {
    crash idle-priority
    whole
}

# in_group CONTROLLER FILE VALUE VERB...: in a control group of its own, version 1 or 2.
in_group() {
    local controller=$1 file=$2 value=$3
    shift 3
    if [ -w "/sys/fs/cgroup/$controller/cgroup.procs" ]; then
        GROUP=/sys/fs/cgroup/$controller/crumple-test-$$
    elif grep -qw "$controller" /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then
        GROUP=/sys/fs/cgroup/crumple-test-$$
    else
        skip "no control group of $controller here"
    fi
    mkdir -p "$GROUP" || skip "no control groups can be made here"
    [ "$controller" != memory ] || [ -e "$GROUP/$file" ] || file=memory.max
    echo "$value" >"$GROUP/$file"
    SHIM+=(CRUMPLE_ONLY=victim)
    VICTIM=/bin/sh
    "${RUN_IN_GROUP:-crash}" -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$GROUP" "$T$LIBC/victim" "$@"
}

@test "a pids group with no room for a helper: a bundle, or the core is kept [row 67]" {
    ulimit -S -c 0
    [[ $(cat /proc/sys/kernel/core_pattern) != [\|@]* ]] || skip "cores go to a program"
    in_group pids pids.max 5 parked 3
    whole
    rm -rf "$CRASHES"
    ulimit -S -c 1
    RUN_IN_GROUP=pending in_group pids pids.max 5 parked 3
    expect_said "no process could be started"
}

@test "a pids group with room for the helper only: the core is kept [row 67]" {
    RUN_IN_GROUP=pending in_group pids pids.max 6 parked 3
}

@test "a pids group with room for helper and writer, not for the writer's threads [row 67]" {
    in_group pids pids.max 7 parked 3
    whole
}

@test "a memory group with 2 MB left is no obstacle [row 67]" {
    in_group memory memory.limit_in_bytes 31457280 full-memory 28500000
    whole
}

# The writer does not fit, and below that not even the helper's own pages do: the kernel's OOM killer may then take the
# process. What it must not be is a hang, or another status than these two.
@test "a memory group with less than 1.5 MB left: the same death [row 67]" {
    local bytes
    for bytes in 30000000 30500000 31000000; do
        rm -rf "$CRASHES"
        RUN_IN_GROUP=run_with in_group memory memory.limit_in_bytes 31457280 full-memory $bytes
        [[ $(status_of with signal) =~ ^(11|9)$ ]] || fail "status: $(cat "$TMP/with.status")"
        want "killed by the runner" 0 "$(status_of with killed)"
        want "processes left behind" '' "$(status_of with left)"
        echo "$bytes: $(cat "$TMP/with.status") $(count_files '*.tar.zst') $(count_files '*.core')"
    done
}
