#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the process used and had open at the fault, and where it ran: equal to what the system said just before.

load ../crash/helpers
setup() {
    setup_crash
    LIVE='' SERVER=(env) LIBRARY=$BUILD/libcrumple.so
    ulimit -n "$(ulimit -Hn)"
}
teardown() {
    [ -z "$LIVE" ] || kill -KILL "$LIVE" 2>/dev/null || true
    [ -z "${ORDERS-}" ] || exec {ORDERS}>&-
    [ -z "${MEMORY-}" ] || rm -rf "$MEMORY"
    teardown_crash
}

# live CONNECTIONS THREADS [DESCRIPTORS]: build/tests/vital in the background; LIVE is its pid, 'order' tells it what to do.
live() {
    rm -f "$TMP/orders" vital.sock
    mkfifo "$TMP/orders"
    : >"$TMP/with.out"
    "${SERVER[@]}" TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD="$LIBRARY" \
        "$T/vital" "$@" <"$TMP/orders" >"$TMP/with.out" 2>"$TMP/with.err" 3>&- &
    JOB=$!
    exec {ORDERS}>"$TMP/orders"
    line_matches "$TMP/with.out" '^ready=' || fail "it is not there:" "$(cat "$TMP/with.err")"
    LIVE=$(last_value "$TMP/with.out" ready)
}

# The next process, and what crumple starts for it, runs before all others, where that is allowed, and its bundle waits for no
# disk: a test of what a short time is enough for is a test of that time, and not of the machine's other work.
before_others() {
    ! MEMORY=$(mktemp -d -p /dev/shm 2>/dev/null) || CRASHES=$MEMORY/crashes
    ! chrt -r 1 true 2>/dev/null || SERVER=(chrt -r 1 env)
}

order() {
    echo "$*" >&"$ORDERS"
}

# It dies of the order; REPORT is its report.
die() {
    order crash
    wait "$JOB" || true
    LIVE=''
    find_report
}

find_report() {
    BUNDLE=$(find "$CRASHES" "$TMP/fallback" -name '*.tar.zst' | sort | tail -n 1)
    [ -n "$BUNDLE" ] || fail "no bundle:" "$(cat "$TMP/with.err")"
    tar --zstd -xOf "$BUNDLE" report.json >"$REPORT"
}

ask() {
    gojq -r "$1" "$REPORT"
}

open_descriptors() {
    find "/proc/$LIVE/fd" -mindepth 1 2>/dev/null | wc -l
}

# Of the process's own network namespace: connections of its listeners' ports and their other ends are all its own.
links() {
    find "/proc/$LIVE/fd" -mindepth 1 -lname "$1" | wc -l
}

near() {
    local difference=$(($2 - $3))
    [ "${difference#-}" -le "$4" ] || fail "$1: expected $2 within $4, got $3"
}

@test "descriptors, sockets, threads and memory are those that /proc tells just before" {
    local sockets
    live 20 30
    near "resident" $(($(ps -o rss= -p "$LIVE") * 1024)) "$(awk '/^VmRSS/ {print $2 * 1024}' "/proc/$LIVE/status")" 4000000
    local open threads rss limit epolls eventfds timers signals inotifies pipes memory directories
    open=$(open_descriptors) threads=$(ps -o nlwp= -p "$LIVE" | tr -d ' ') rss=$(ps -o rss= -p "$LIVE")
    limit=$(ulimit -Sn) sockets=$(links 'socket:*') pipes=$(links 'pipe:*')
    epolls=$(links '*eventpoll*') eventfds=$(links '*eventfd*') timers=$(links '*timerfd*') signals=$(links '*signalfd*')
    inotifies=$(links '*inotify*') memory=$(links '/memfd:*') directories=$(links /)
    die
    want "open" "$open" "$(ask .vitals.descriptors.open)"
    want "complete" true "$(ask .vitals.descriptors.complete)"
    want "limit" "$limit" "$(ask .vitals.descriptors.limit)"
    want "sum of the kinds" "$open" "$(ask '[.vitals.descriptors.kinds[]] | add')"
    want "sockets" "$sockets" "$(ask '.vitals.descriptors.kinds | .tcp + .udp + .unix + .netlink')"
    want "udp, unix, netlink" "1 1 1" "$(ask '.vitals.descriptors.kinds | "\(.udp) \(.unix) \(.netlink)"')"
    want "pipes, and its orders" $((pipes + 1)) "$(ask '.vitals.descriptors.kinds.pipe')"
    want "kinds" "$epolls $eventfds $timers $signals $inotifies $memory $directories" \
        "$(ask '.vitals.descriptors.kinds | "\(.epoll) \(.eventfd) \(.timerfd) \(.signalfd) \(.inotify) \(.memfd) \(.directory)"')"
    want "threads" "$threads" "$(ask .vitals.threads)"
    near "resident" $((rss * 1024)) "$(ask .vitals.rss)" 2000000
    want "soft errors" "[]" "$(ask '.soft_errors | tojson')"
}

@test "sockets by state, a full backlog, and who was heard last" {
    live 20 0
    sleep 0.3
    local inodes established
    inodes=$(find "/proc/$LIVE/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n' | sort)
    established=$(awk '$4 == "01" {print $10}' "/proc/$LIVE/net/tcp" | grep -cxFf <(echo "$inodes"))
    die
    want "established" "$established" "$(ask .vitals.sockets.established)"
    want "listening" 2 "$(ask .vitals.sockets.tcp.listen)"
    want "full" "$(last_value "$TMP/with.out" full) 2 of 1" \
        "$(ask '.vitals.sockets.listeners[] | select(.waiting > .backlog) | "\(.address | split(":")[1]) \(.waiting) of \(.backlog)"')"
    want "full backlogs" 1 "$(ask .vitals.sockets.full_backlogs)"
    want "heard" "1 recent 5" "$(ask '.vitals.sockets.peers | "\(length) \(.[0].whose) \(.[0].unread_bytes)"')"
    [ "$(ask '.vitals.sockets.peers[0].received_ms')" -ge 300 ]
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"2 of 1 wait for accept() at 127.0.0.1:"* && $output == *"heard last 127.0.0.1:"* ]]
}

@test "where sockets are tracked, the peers of the thread that faulted are told, and told apart" {
    SHIM=('CRUMPLE_RECOVER=nothing=contain')
    live 3 0
    order serve
    wait "$JOB" || true
    LIVE=''
    find_report
    want "its peer" "127.0.0.1:$(last_value "$TMP/with.out" port) established" \
        "$(ask '.vitals.sockets.peers[] | select(.whose == "thread") | "\(.peer) \(.state)"')"
    want "others" 1 "$(ask '[.vitals.sockets.peers[] | select(.whose == "recent")] | length')"
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"its peers  127.0.0.1:$(last_value "$TMP/with.out" port) (fd "* ]]
}

@test "a contained fault: kinds of descriptors, and no connection stays open elsewhere" {
    local helper
    SHIM=('CRUMPLE_RECOVER=serves_one=contain')
    live 3 2
    order serve
    line_within "$TMP/with.out" served=1 || fail "$(cat "$TMP/with.err")"
    for helper in $(ps -o pid= --ppid "$LIVE"); do
        want "connections of the keeper" 0 "$(find "/proc/$helper/fd" -lname 'socket:*' 2>/dev/null | wc -l)"
    done
    for _ in {1..200}; do
        [ -z "$(find "$CRASHES" -name '*.tar.zst')" ] || break
        sleep 0.05
    done
    find_report
    want "event" contained "$(ask .event)"
    [ "$(ask .vitals.descriptors.open)" -ge 25 ]
    want "sockets" null "$(ask .vitals.sockets)"
    [ "$(ask .vitals.descriptors.kinds.socket)" -ge 15 ]
    order quit
    wait "$JOB"
    LIVE=''
}

@test "a thousand connections, and a leak of threads, are numbers at the head of the report" {
    before_others
    for _ in 1 2 3 4 5; do # as below
        rm -rf "$CRASHES"
        live 1000 300
        die
        [ "$(ask .vitals.descriptors.complete)" != true ] || break
    done
    want "tcp" 2000 "$(ask '.vitals.sockets.established - 2')"
    want "routines" "299 waits_for_work" "$(ask '.vitals.routines[0] | "\(.count) \(.routine)"')"
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"301: 299 in waits_for_work, 1 in waits_for_end"* ]]
}

@test "many thousand descriptors are counted, and the death is not late" {
    [ "$(ulimit -Hn)" -ge 20000 ] || skip "no more than $(ulimit -Hn) descriptors are allowed"
    local open begun told
    before_others
    for _ in 1 2 3 4 5; do # the time for it is short, where processors are few and busy
        rm -rf "$CRASHES"
        live 500 0 15000
        open=$(open_descriptors)
        begun=$(date +%s%N)
        die
        [ $((($(date +%s%N) - begun) / 1000000)) -lt $((2000 * ${LIMIT_FACTOR:-1})) ] || fail "it died late"
        told=$(ask '.vitals.descriptors | "\(.open) \(.complete)"')
        [[ $told != *true ]] || break
        [ "${told% *}" -lt "$open" ]
    done
    want "open" "$open true" "$told"
}

@test "few descriptors are left, and show says so" {
    local open
    live 10 0 8
    # The limit follows what is open: how many descriptors a test inherits is not the same everywhere.
    open=$(open_descriptors)
    prlimit --pid "$LIVE" --nofile="$((open * 10 / 9)):$((open * 10 / 9))"
    die
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output =~ descriptors\ of\ $((open * 10 / 9))\ \([89][0-9]\ %\ of\ the\ limit\) ]] || fail "$output"
}

@test "where it ran, and since when: host, kernel, boot, system, folder, user" {
    local now started
    now=$(date +%s)
    SHIM=(POD_NAME=arena-7 POD_NAMESPACE=games NODE_NAME=node-3 KUBERNETES_SERVICE_HOST=10.0.0.1 POD_TOKEN=hunter2)
    live 0 0
    die
    want "host" "$(uname -n) $(uname -r)" "$(ask '.place | "\(.host) \(.kernel)"')"
    want "boot" "$(cat /proc/sys/kernel/random/boot_id)" "$(ask .place.boot_id)"
    # shellcheck source=/dev/null
    want "system" "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(ask .place.os)"
    want "folder" "$(pwd -P)" "$(ask .place.cwd)"
    want "user" "$(id -un)" "$(ask .place.user)"
    want "processors" "$(nproc --all)" "$(ask .place.cpus)"
    started=$(date -d "$(ask .place.started)" +%s)
    near "started" "$now" "$started" 3
    want "pod" '{"namespace":"games","node":"node-3","pod":"arena-7","pod_ip":null}' "$(ask '.place.kubernetes | tojson')"
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"pod        games/arena-7 on node-3"* ]]
    run -1 grep -r hunter2 <(tar --zstd -xOf "$BUNDLE" report.json report.txt environ)
}

@test "a pending core that is finished later says nothing of the machine that finishes it" {
    SHIM=(CRUMPLE_WRITER=/nonexistent)
    live 3 0
    order crash
    wait "$JOB" || true
    LIVE=''
    "$BUILD/crumple" collect --force "$CRASHES" >/dev/null 2>"$TMP/err" || fail "$(cat "$TMP/err")"
    find_report
    want "of this machine" '[null,null,null,null]' "$(ask '[.place.os, .place.cpus, .place.user, .vitals.cgroup] | tojson')"
    want "of the process" "$(uname -r) 8" "$(ask '"\(.place.kernel) \(.vitals.sockets.established)"')"
}

@test "a dump tells the same, leaves no descriptor and no child behind, and holds no connection" {
    local before
    live 50 5 2000
    before=$(open_descriptors)
    order close 1500
    for _ in 1 2 3; do
        "$BUILD/crumple" dump --timeout 20 "$LIVE" >"$TMP/dumped" 2>"$TMP/err" || fail "$(cat "$TMP/err")"
        BUNDLE=$(cat "$TMP/dumped")
    done
    line_matches "$TMP/with.out" '^worst_us=' || fail "the child has not ended"
    [ "$(last_value "$TMP/with.out" worst_us)" -lt $((400000 * ${LIMIT_FACTOR:-1})) ] || fail "$(cat "$TMP/with.out")"
    want "descriptors" "$before" "$(open_descriptors)"
    want "children" "" "$(ps -o stat=,args= --ppid "$LIVE" | awk '/^Z/')"
    tar --zstd -xOf "$BUNDLE" report.json >"$REPORT"
    [ "$(ask .vitals.descriptors.open)" -ge "$before" ] || [ "$(ask .vitals.descriptors.complete)" = false ] || fail "$(ask .vitals)"
    [ "$(ask .vitals.sockets.established)" -ge 100 ]
    order quit
    wait "$JOB"
    LIVE=''
}

@test "whatever becomes of the process that looks at the descriptors, the report is there, and their kinds" {
    local kind
    LIBRARY=$BUILD/inject/libcrumple.so
    [ -e "$LIBRARY" ] || LIBRARY=$ROOT/build/inject/libcrumple.so
    for kind in fault hang spin sigsys kill; do
        rm -rf "$CRASHES"
        SHIM=(INJECT_STAGE="looker:$kind")
        live 3 2
        die
        want "$kind: threads" 3 "$(ask '[.threads[] | select(.state == "captured")] | length')"
        [ "$(ask .vitals.descriptors.open)" -gt 10 ] || fail "$kind: $(ask .vitals)"
        [ $kind = sigsys ] || want "$kind: sockets" null "$(ask .vitals.sockets)"
    done
}

@test "where little time is left, a looker that hangs takes a part of it only" {
    LIBRARY=$BUILD/inject/libcrumple.so
    [ -e "$LIBRARY" ] || LIBRARY=$ROOT/build/inject/libcrumple.so
    SHIM=(INJECT_STAGE=looker:hang CRUMPLE_TIMEOUT=$((200 * ${LIMIT_FACTOR:-1}))ms CRUMPLE_STDERR=json)
    before_others
    live 3 2
    die
}

@test "a filter that kills at a call of that process takes neither threads nor the bundle" {
    local call
    for call in getsockopt statx ioctl; do
        rm -rf "$CRASHES"
        crash filtered kill-process all-but "$(awk -v name="__NR_$call" '$2 == name {print $3}' /usr/include/x86_64-linux-gnu/asm/unistd_64.h)"
        expect_function write_through_null
        want "$call: threads" "$(fact tasks)" "$(report '[.threads[] | select(.state == "captured")] | length')"
        [ "$(ask .vitals.descriptors.open)" -gt 2 ] || fail "$call: $(ask .vitals)"
    done
}

@test "without /proc sockets are told all the same" {
    needs_root
    unshare -m true 2>/dev/null || skip "no mount namespaces"
    SERVER=(unshare -m sh -c 'umount -l /proc && exec env "$@"' sh)
    live 5 2
    die
    want "established" 12 "$(ask .vitals.sockets.established)"
    want "directories" 1 "$(ask .vitals.descriptors.kinds.directory)"
}

@test "a path with control characters does no harm" {
    mkdir "$TMP/"$'a\e[31mb\nfd_count=7\nc'
    cd "$TMP/"$'a\e[31mb\nfd_count=7\nc' || return 1
    live 0 0
    die
    want "folder" "$TMP/a?[31mb?fd_count=7?c" "$(ask .place.cwd | tr -c '[:print:]\n' '?' | tr ' ' '?')"
    [ "$(ask .vitals.descriptors.open)" -gt 10 ]
    run -0 "$BUILD/crumple" show --all "$BUNDLE"
    [[ $output != *$'\e['* ]]
}

# dies_of_signal PROGRAM: a program that waits, and is sent SIGSEGV.
dies_of_signal() {
    rm -rf "$CRASHES"
    CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD/libcrumple.so "$1" 10 2>"$TMP/with.err" 3>&- &
    LIVE=$!
    for _ in {1..100}; do
        ! grep -q libcrumple "/proc/$LIVE/maps" 2>/dev/null || break
        sleep 0.02
    done
    sleep 0.1
    kill -SEGV "$LIVE"
    wait "$LIVE" || true
    LIVE=''
    find_report
}

@test "the package of the executable is named, and not that of another file" {
    local version exe=/usr/bin/sleep
    version=$(dpkg-query -W -f '${Version}' coreutils 2>/dev/null) || skip "no dpkg"
    readelf -n $exe 2>/dev/null | grep -q 'Build ID' || skip "$exe has no build-id"
    dies_of_signal $exe
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output == *"package    coreutils $version"* ]] || fail "$output"
    cp $exe "$TMP/sleep"
    dies_of_signal "$TMP/sleep"
    run -0 "$BUILD/crumple" show "$BUNDLE"
    [[ $output != *"package "* ]] || fail "$output"
}

@test "an end that crumple-run saw tells where it was, and in which pod" {
    POD_NAME=arena-7 POD_NAMESPACE=games CRUMPLE_DIR=$CRASHES "$BUILD/crumple-run" -- sh -c 'kill -KILL $$' 2>"$TMP/with.err" || true
    find_report
    want "event" died "$(ask .event)"
    want "place" "$(uname -n) $(uname -r) $(id -un) games/arena-7" \
        "$(ask '.place | "\(.host) \(.kernel) \(.user) \(.kubernetes.namespace)/\(.kubernetes.pod)"')"
    want "boot" "$(cat /proc/sys/kernel/random/boot_id)" "$(ask .place.boot_id)"
    want "vitals" null "$(ask .vitals)"
}
