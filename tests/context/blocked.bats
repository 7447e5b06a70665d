#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What each thread waits for, as its registers and the locks in the core say it; and what the kernel says at that moment.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
source "$ROOT/tests/crash/helpers.bash"

setup() {
    setup_crash
    LIVE='' GDB='' CALLS=/usr/include/x86_64-linux-gnu/asm/unistd_64.h
}
teardown() {
    if [ -n "$LIVE" ]; then
        kill -KILL "$LIVE" 2>/dev/null || true
        wait "$LIVE" 2>/dev/null || true
    fi
    teardown_crash
}

# waiting WAY...: build/tests/waiting under crumple, in the background; LIVE is its pid
waiting() {
    env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD="$BUILD/libcrumple.so" \
        "$T/waiting" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null 3>&- &
    LIVE=$!
    line_within "$TMP/with.out" ready
}

# Where much else runs, threads may be too late for the two seconds of a stop: then once more.
dump() {
    local try
    for try in 1 2 3 4 5; do
        BUNDLE=$("$BUILD/crumple" dump --timeout 20 "$LIVE" 2>"$TMP/err") || fail "no dump:" "$(cat "$TMP/err")" "$(cat "$TMP/with.err")"
        read_report "$BUNDLE"
        [ "$(report '[.threads[] | select(.state == "missing")] | length')" != 0 ] || return 0
    done
    fail "$try dumps, and each lacks a thread: $(report '[.threads[] | select(.state == "missing") | .name]')"
}

# wait_of NAME: what the thread of that name waits for, addresses as N
wait_of() {
    gojq -r --arg name "$1" '.threads[] | select(.name == $name) | .blocked.text // "runs"' "$REPORT" | sed -E 's/0x[0-9a-f]+/N/g'
}

tid_of() {
    gojq -r --arg name "$1" '.threads[] | select(.name == $name) | .tid' "$REPORT"
}

ALL=(holder mutex plain robust pi reader writer cond cond-timed sem barrier once-first once sleeps join epoll epoll-timed
    poll select pselect deadline read write recv recv-timed accept flock wait pause signal spins)

# What /proc says of each thread before: 'TID NUMBER', or 'TID running'
kernel_says() {
    local task number _
    for task in /proc/"$LIVE"/task/*; do
        read -r number _ <"$task/syscall"
        echo "${task##*/} $number"
    done >"$TMP/kernel"
}

# The report's calls as numbers, in the same form
report_says() {
    gojq -r '.threads[] | "\(.tid) \(.blocked.call // "running")"' "$REPORT" |
        awk 'NR == FNR {if ($1 == "#define") number[substr($2, 6)] = $3; next}
             {print $1, $2 in number ? number[$2] : $2}' "$CALLS" -
}

@test "each way of waiting is told, and the calls are those that the kernel names" {
    local holder
    waiting "${ALL[@]}"
    [ ! -r "/proc/$LIVE/syscall" ] || kernel_says
    dump
    [ ! -s "$TMP/kernel" ] || diff <(sort "$TMP/kernel") <(report_says | sort) || fail "the calls differ"
    holder=$(tid_of holder)
    want mutex "futex(mutex held_lock N held by $holder \"holder\")" "$(wait_of mutex)"
    want plain "futex(mutex held_lock N held by $holder \"holder\")" "$(wait_of plain)"
    want robust "futex(mutex robust_lock N held by $holder \"holder\")" "$(wait_of robust)"
    want pi "futex(mutex pi_lock N held by $holder \"holder\")" "$(wait_of pi)"
    want reader "futex(rwlock rwlock N held by $holder \"holder\")" "$(wait_of reader)"
    want writer "futex(rwlock read_lock N)" "$(wait_of writer)"
    want "a join" "futex(end of thread $(tid_of sleeps) \"sleeps\")" "$(wait_of join)"
    [[ $(wait_of cond) =~ ^"futex(condition variable condition+N N)"$ ]]
    [[ $(wait_of cond-timed) =~ ^"futex(condition variable condition+N N)"$ ]]
    [[ $(wait_of sem) =~ ^"futex(semaphore semaphore N)"$ ]]
    [[ $(wait_of barrier) =~ ^"futex(barrier barrier" ]]
    [[ $(wait_of once) =~ ^"futex("("another thread's initialisation ")?"once N)"$ ]] # its function is named in debug files alone
    want "the owner" "$holder" "$(report '[.threads[] | select(.name == "plain")][0].blocked.owner_tid')"
    want "deadlocks" null "$(report .deadlocks)"
}

@test "calls that are no futex: descriptors, times, children, signals" {
    waiting "${ALL[@]}"
    dump
    want "a spin" runs "$(wait_of spins)"
    [[ $(wait_of sleeps) =~ ^"clock_nanosleep(5000 s)"$ ]]
    want "a deadline" "clock_nanosleep(until 2000000000.250 s of CLOCK_REALTIME)" "$(wait_of deadline)"
    [[ $(wait_of pselect) =~ ^"pselect6(descriptors: none, at most "[45] ]] || fail "$(wait_of pselect)"
    [[ $(wait_of epoll) =~ ^"epoll_wait("[0-9]+")"$ ]]
    [[ $(wait_of epoll-timed) =~ ^"epoll_wait("[0-9]+", at most 5000 s)"$ ]]
    want poll "poll(3 descriptors: $(fact polled), at most 5000 s)" "$(wait_of poll)"
    [[ $(wait_of select) =~ "select"6?"(descriptors $(fact selected))"$ ]]
    [[ $(wait_of read) =~ ^"read(fd "[0-9]+", pipe" ]]
    [[ $(wait_of write) =~ ^"write(fd "[0-9]+", pipe" ]]
    [[ $(wait_of recv) =~ ^"recvfrom(fd "[0-9]+", unix" ]]
    [[ $(wait_of recv-timed) =~ ^"recvfrom(fd "[0-9]+", unix" ]]
    read -r fd port <<<"$(fact accepting)"
    [[ $(wait_of accept) =~ ^"accept(fd $fd, tcp 127.0.0.1:$port" ]] || fail "$(wait_of accept)"
    [[ $(wait_of flock) =~ ^"flock(fd "[0-9]+", " ]]
    want "a wait" "wait4(any child)" "$(wait_of wait)"
    want "a pause" "pause()" "$(wait_of pause)"
    [[ $(wait_of signal) =~ ^"rt_sigtimedwait(signals 10, 12)"$ ]]
}

@test "three threads in a circle: named in report, title, text and show, with the signature of any dump" {
    local circle
    waiting circle-a circle-b circle-c plain holder
    dump
    circle="thread $(tid_of circle-a) \"circle-a\" waits for mutex second_lock of thread $(tid_of circle-b) \"circle-b\", which waits for mutex third_lock of thread $(tid_of circle-c) \"circle-c\", which waits for mutex first_lock of thread $(tid_of circle-a)"
    want "deadlocks" 1 "$(report '.deadlocks | length')"
    want "threads in it" "$(printf '%s\n' "$(tid_of circle-a)" "$(tid_of circle-b)" "$(tid_of circle-c)")" "$(report '.deadlocks[0].tids[]')"
    [[ $(report .title) =~ "; deadlock of 3 threads"$ ]]
    want "signature" "dump | waiting" "$(report .signature)"
    grep -q "^crumple: deadlock: thread .* waits for mutex" "$TMP/with.err"
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    "$BUILD/crumple" show "$BUNDLE" >"$TMP/shown"
    if [ "$(report '.threads[0].name')" = waiting ]; then
        grep -qF "deadlock   $circle" "$TMP/report.txt"
        grep -qF "deadlock   $circle" "$TMP/shown"
        want "text" "$circle" "$(report '.deadlocks[0].text')"
    else # it begins with the thread that comes first in the report
        grep -q "^deadlock   thread .*which waits for mutex" "$TMP/report.txt"
    fi
}

@test "a mutex that its own thread waits for is a deadlock; one with a time limit is none" {
    waiting own timed-a timed-b
    dump
    want "deadlocks" 1 "$(report '.deadlocks | length')"
    want "text" "thread $(tid_of own) \"own\" waits for mutex own_lock of its own" "$(report '.deadlocks[0].text')"
    want "wait" "futex(mutex own_lock N, held by this thread itself)" "$(wait_of own)"
    [[ $(report .title) =~ "; deadlock of 1 thread"$ ]]
    want "owner of a timed wait" "$(tid_of timed-b)" "$(report '.threads[] | select(.name == "timed-a") | .blocked.owner_tid')"
}

@test "the owner of a mutex is the one that gdb reads from the same core" {
    command -v gdb >/dev/null || skip "no gdb"
    waiting plain holder
    dump
    "$BUILD/crumple" show --core "$TMP/core" "$BUNDLE"
    gdb -batch -nx -ex 'print held_lock.__data.__owner' -ex 'print rwlock.__data.__cur_writer' "$T/waiting" "$TMP/core" >"$TMP/gdb" 2>&1 || true
    want "owner" "\$1 = $(report '.threads[] | select(.name == "plain") | .blocked.owner_tid')" "$(grep '^\$1' "$TMP/gdb")"
    want "writer" "\$2 = $(tid_of holder)" "$(grep '^\$2' "$TMP/gdb")"
}

@test "a crash by a signal from outside tells what the threads waited for, too" {
    waiting plain holder epoll
    kill -SEGV "$LIVE"
    wait "$LIVE" || true
    LIVE=''
    read_report "$(find "$CRASHES/" -name '*.tar.zst')"
    want "plain" "futex(mutex held_lock N held by $(tid_of holder) \"holder\")" "$(wait_of plain)"
    want "main" "pause()" "$(wait_of waiting)"
}

@test "equal stacks are one group with one line: the common wait, or the descriptors" {
    waiting 'epoll*12' 'plain*3' holder
    dump
    "$BUILD/crumple" show "$BUNDLE" >"$TMP/shown"
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    for shown in "$TMP/shown" "$TMP/report.txt"; do
        grep -Eq '^  in epoll_wait, fds [0-9]+, [0-9]+, .*(…|\.\.\.|~)$' "$shown" || fail "no group of epoll_wait:" "$(cat "$shown")"
        grep -Eq '^  in futex\(mutex held_lock 0x[0-9a-f]+ held by [0-9]+ "holder"\)$' "$shown" || fail "no group of the mutex:" "$(cat "$shown")"
    done
    "$BUILD/crumple" show --all "$BUNDLE" >"$TMP/all"
    want "lines with --all" 12 "$(grep -c '^  in epoll_wait([0-9]*)$' "$TMP/all")"
}

@test "with CRUMPLE_RECOVER: the locks that each thread holds, and none that it only waits for" {
    local held='.threads[] | select(.name == $name) | (.locks // [])[] | "\(.kind) \(.place)"'
    SHIM=(CRUMPLE_RECOVER='x=contain')
    waiting holder mutex plain cond reader
    dump
    want "holder" "$(printf 'mutex held_lock\nmutex robust_lock\nmutex pi_lock\nwrite rwlock\nread read_lock')" "$(gojq -r --arg name holder "$held" "$REPORT")"
    want "who waits with one" "mutex outer_lock" "$(gojq -r --arg name mutex "$held" "$REPORT")"
    want "who only waits" "" "$(gojq -r --arg name plain "$held" "$REPORT")"
    want "who waits to read" "" "$(gojq -r --arg name reader "$held" "$REPORT")"
    "$BUILD/crumple" show "$BUNDLE" | grep -q '^  holds mutex outer_lock$'
    want "without a trouble" "" "$(report '.soft_errors[]')"
}

# server COMMAND...: in the background under crumple, until its threads all wait; LIVE is its pid
server() {
    local i
    env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/libcrumple.so" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null 3>&- &
    LIVE=$!
    for ((i = 0; i < 200; i++)); do
        ! grep -lq '^232 ' /proc/"$LIVE"/task/*/syscall 2>/dev/null || return 0 # epoll_wait
        sleep 0.05
    done
    fail "it does not wait:" "$(cat "$TMP/with.err")"
}

# The report names the calls that the kernel names. A server's event loop runs now and then, so this looks for a moment in which no
# thread runs.
agrees_with_kernel() {
    local try
    for try in 1 2 3 4 5 6 7 8; do
        kernel_says
        dump
        report_says | sort >"$TMP/told"
        sort "$TMP/kernel" | cmp -s - "$TMP/told" && ! grep -q running "$TMP/told" && return 0
        grep -q running "$TMP/kernel" "$TMP/told" || break
        sleep 1.1 # between the beginnings of two dumps
    done
    fail "the calls differ, time $try:" "$(diff <(sort "$TMP/kernel") "$TMP/told")"
}

@test "redis: its event loop and its threads wait for what the kernel says" {
    [ -x /usr/bin/redis-server ] || skip "no redis"
    server /usr/bin/redis-server --port "$(low_port)" --dir "$TMP" --save ''
    sleep 0.3
    agrees_with_kernel
    [[ $(wait_of redis-server) =~ ^"epoll_wait("[0-9]+", at most" ]]
    [[ $(wait_of bio_lazy_free) =~ ^"futex(condition variable redis-server+N N)"$ ]]
}

@test "nginx: a worker waits for its connections" {
    [ -x /usr/sbin/nginx ] || skip "no nginx"
    printf 'daemon off; master_process off; pid %s/pid; error_log stderr; events {} http { access_log off; server { listen %s; } }' "$TMP" "$(low_port)" >"$TMP/nginx.conf"
    server /usr/sbin/nginx -c "$TMP/nginx.conf"
    agrees_with_kernel
    [[ $(wait_of nginx) =~ ^"epoll_wait("[0-9]+")"$ ]]
}

@test "a stripped program: modules and offsets stand for the names of its locks" {
    strip -o "$TMP/stripped" "$T/waiting"
    env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/libcrumple.so" "$TMP/stripped" plain holder >"$TMP/with.out" 2>"$TMP/with.err" </dev/null 3>&- &
    LIVE=$!
    line_within "$TMP/with.out" ready
    dump
    want "plain" "futex(mutex stripped+N N held by $(tid_of holder) \"holder\")" "$(wait_of plain)"
}
