#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --restart: when a server lives again, when it does not, and what each life has of its own.

# shellcheck disable=SC2016 # scripts for other shells
load helpers

QUICK=(--backoff 20ms..100ms)

# lives STATUS OPTION... -- LINE...: each life of the server runs the next of the lines, the last one for ever; LIFE counts from 1.
# The status of crumple-run is the one expected.
lives() {
    local expected=$1 status=0 options=()
    shift
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    printf '%s\n' "$@" >"$TMP/lines"
    make_server
    timeout 30 setsid --wait "$RUN" "${QUICK[@]}" "${options[@]}" -- "$TMP/server" >"$TMP/out" 2>"$TMP/err" || status=$?
    want "the status" "$expected" "$status"
}

teardown() {
    [ -z "${COPY-}" ] || rm -rf "$COPY"
}

make_server() {
    cat >"$TMP/server" <<'END'
#!/bin/bash
cd "${0%/*}" || exit 99
echo $$ >>pids
LIFE=$(wc -l <pids)
line=$(sed -n "${LIFE}p" lines)
eval "${line:-$(tail -n 1 lines)}"
END
    chmod +x "$TMP/server"
}

count_lives() {
    wc -l <"$TMP/pids"
}

# begin OPTION...: crumple-run in the background, with the server that 'lines' describes; RUNNER is its process
begin() {
    make_server
    env --default-signal=INT,QUIT "$RUN" "${QUICK[@]}" "$@" -- "$TMP/server" >"$TMP/out" 2>"$TMP/err" 3>&- &
    RUNNER=$!
}

# pids_within COUNT: so many lives have begun
pids_within() {
    local i
    for ((i = 0; i < 500; i++)); do
        [ ! -e "$TMP/pids" ] || [ "$(count_lives)" -lt "$1" ] || return 0
        sleep 0.02
    done
    fail "only $(count_lives) lives" "$(cat "$TMP/err")"
}

# ends STATUS: of RUNNER
ends() {
    local status=0
    wait "$RUNNER" || status=$?
    want "the status" "$1" "$status"
}

@test "on-crash: after a signal, SIGKILL and a status; not after status 0" {
    lives 0 --restart on-crash -- 'kill -SEGV $$' 'kill -KILL $$' 'exit 3' 'exit 0'
    want "the lives" 4 "$(count_lives)"
    want "the events" "crash died died restarted restarted restarted" "$(events -r .event | sort | paste -sd' ')"
    want "why" "signal killed status" "$(events -r 'select(.event == "restarted") | .how' | paste -sd' ')"
    want "the processes" "$(sed -n '1,3p' "$TMP/pids" | paste -sd' ')|$(sed -n '2,4p' "$TMP/pids" | paste -sd' ')" \
        "$(events 'select(.event == "restarted") | .pid' | paste -sd' ')|$(events 'select(.event == "restarted") | .new_pid' | paste -sd' ')"
    want "the causes" "$(events -r 'select(.event != "restarted") | .title' | sort)" "$(events -r 'select(.event == "restarted") | .cause' | sort)"
    want "the bundles" "$(events -r 'select(.event != "restarted") | .path' | sort)" "$(events -r 'select(.event == "restarted") | .bundle' | sort)"
    want "the numbers" "1 2 3" "$(events 'select(.event == "restarted") | .restarts' | paste -sd' ')"
    want "the run" 1 "$(events -r .run | sort -u | wc -l)"
    want "the counter" 3 "$(metric server_restarts_total)"
    want "of SIGKILL" 1 "$(metric server_restarts_total 'how="killed"')"
    [ "$(events 'select(.event == "restarted") | .downtime_ms >= .delay_ms and .delay_ms >= 16' | sort -u)" = true ]
}

@test "a crash that libcrumple.so has told is the cause" {
    lives 0 --restart on-crash -- "exec '$T/victim' null-write" 'exit 0'
    want "the events" "crash restarted" "$(events -r .event | sort | paste -sd' ')"
    want "the cause" "$(events -r 'select(.event == "crash") | [.title, .path]')" \
        "$(events -r 'select(.event == "restarted") | [.cause, .bundle]')"
}

@test "no, which is the default, and always" {
    lives 3 -- 'exit 3'
    lives 3 --restart no -- 'exit 3'
    want "the lives" 2 "$(count_lives)"
    rm "$TMP/pids"
    lives 9 --restart always --restart-limit 3/60s -- 'exit 0' 'exit 5' 'exit 0' 'exit 9'
    want "the lives" 4 "$(count_lives)"
    want "why" "end status end" "$(events -r 'select(.event == "restarted") | .how' | paste -sd' ')"
}

@test "a status that -e expects is no crash" {
    lives 0 --restart on-crash -e 7 -- 'exit 7'
    want "the lives" 1 "$(count_lives)"
}

@test "after the limit the status is the server's own, or its signal; an event and the message say so" {
    lives 4 --restart on-crash --restart-limit 2/60s --termination-log "$TMP/message" -- 'exit 3' 'exit 3' 'exit 4'
    want "the lives" 3 "$(count_lives)"
    want "the event" '[2,"status","server ended with status 4"]' \
        "$(events 'select(.event == "restart_limit") | [.restarts, .how, .cause]')"
    want "the counter" 1 "$(metric restart_limit_total)"
    grep -q '^server ended with status 4$' "$TMP/message" || fail "$(cat "$TMP/message")"
    grep -q '^restarts: 2 (--restart-limit 2/60s is reached)$' "$TMP/message" || fail "$(cat "$TMP/message")"
    grep -q "2 times within 60 s" "$TMP/err"
    printf '%s\n' 'kill -SEGV $$' >"$TMP/lines"
    "$T/runner" -o "$TMP/status" "$RUN" "${QUICK[@]}" --restart on-crash --restart-limit 0/60s --exit-by-signal -- "$TMP/server" 2>/dev/null
    want "the signal" 11 "$(how_ended "$TMP/status" signal)"
}

@test "crumple list shows restarts between the ends, and group counts none" {
    lives 3 --restart on-crash --restart-limit 1/60s -- 'sleep 0.02; exit 3' 'sleep 0.1; exit 3'
    want "the events" "died restarted died restart_limit" "$("$BUILD/crumple" list --json | gojq -r .event | paste -sd' ')"
    "$BUILD/crumple" list --table --no-legend 2>&1 | grep -q ' restart 1, after [0-9]* ms: server ended with status 3 '
    "$BUILD/crumple" list --table --no-legend 2>&1 | grep -q ' not started again after 1 restart: server ended with status 3 '
    want "the newest" "restart_limit" "$("$BUILD/crumple" list --json -n 1 | gojq -r .event)"
    want "of one kind" "told" "$("$BUILD/crumple" list --json --event restarted | gojq -r .state)"
    want "the group" 2 "$("$BUILD/crumple" group --json | gojq .count)"
    "$BUILD/crumple" summary | grep -q ': 2 deaths seen by crumple-run, 1 restart, 1 server given up (--restart-limit)$'
    rm "$TMP/pids"
    CRUMPLE_STDERR=off lives 0 --restart on-crash -- 'exit 3' 'exit 0'
    ! grep . "$TMP/err" || fail "with 'off' that is said"
    rm "$TMP/pids"
    CRUMPLE_STDERR=json lives 3 --restart on-crash --restart-limit 1/60s -- 'exit 3'
    want "the objects" "died died restart_limit restarted" "$(gojq -r 'select(.crumple) | .event' "$TMP/err" | sort | paste -sd' ')"
    want "the cause" '["server ended with status 3",1]' "$(gojq -c 'select(.event == "restarted") | [.cause, .restarts]' "$TMP/err")"
}

@test "never after SIGTERM or SIGINT was sent on, however the server ends" {
    local signo
    for signo in TERM INT; do
        rm -f "$TMP/pids"
        echo "trap 'exit 3' $signo; while :; do sleep 0.02; done" >"$TMP/lines"
        begin --restart always
        pids_within 1
        sleep 0.1
        kill -$signo $RUNNER
        ends 3
        want "the lives" 1 "$(count_lives)"
    done
    echo "trap 'exit 0' QUIT; while :; do sleep 0.02; done" >"$TMP/lines" # as nginx
    begin --restart always
    pids_within 2
    sleep 0.1
    kill -QUIT $RUNNER
    ends 0
}

@test "what a server leaves that was asked to end is no daemon, and the end comes at once" {
    local signo before
    for signo in TERM INT QUIT; do
        rm -f "$TMP/pids"
        echo "trap 'exit 0' $signo; setsid sleep 3 & sleep 3 & while :; do sleep 0.02; done" >"$TMP/lines"
        begin --restart on-crash
        pids_within 1
        sleep 0.1
        before=$(date +%s%N)
        kill -$signo $RUNNER
        ends 0
        [ $(($(date +%s%N) - before)) -lt 400000000 ] || fail "SIG$signo: it took $((($(date +%s%N) - before) / 1000000)) ms"
    done
}

@test "SIGTERM that the server sends to its own process group asks for no end" {
    lives 0 --restart on-crash -- 'trap "exit 3" TERM; kill -TERM 0; sleep 1' 'exit 0'
    want "the lives" 2 "$(count_lives)"
}

@test "SIGTERM past crumple-run is no crash, but 'always' is always" {
    lives 143 --restart on-crash -- 'kill $$'
    rm "$TMP/pids"
    lives 143 --restart always --restart-limit 1/60s -- 'kill $$'
    want "the lives" 2 "$(count_lives)"
}

@test "SIGTERM while it waits: the end comes at once, with the status that the server had" {
    local started
    echo 'exit 6' >"$TMP/lines"
    begin --restart on-crash --backoff 20s..20s
    line_matches "$TMP/err" 'starts again in'
    started=${EPOCHREALTIME/./}
    kill -TERM $RUNNER
    ends 6
    [ $((${EPOCHREALTIME/./} - started)) -lt 3000000 ] || fail "it took $((${EPOCHREALTIME/./} - started)) us"
    want "the events" died "$(events -r .event)"
}

@test "the delay doubles, and the next life waits for no writer" {
    local at
    export CRUMPLE_WRITER=$T/hanging_writer CRUMPLE_TIMEOUT=2s
    lives 0 --restart on-crash --backoff 100ms..150ms -- 'date +%s%N >>times; exit 3' 'date +%s%N >>times; exit 3' 'date +%s%N >>times; exit 0'
    mapfile -t at <"$TMP/times"
    [ $((at[1] - at[0])) -ge 80000000 ] && [ $((at[1] - at[0])) -lt 1900000000 ] || fail "$((at[1] - at[0]))"
    [ $((at[2] - at[1])) -ge 120000000 ] && [ $((at[2] - at[1])) -lt 1900000000 ] || fail "$((at[2] - at[1]))"
}

@test "out of memory in a memory cgroup is a crash" {
    local i group=/sys/fs/cgroup/memory/crumple-restart-$$ status=0
    [ -e /sys/fs/cgroup/memory/memory.oom_control ] && mkdir "$group" 2>/dev/null || skip "no memory cgroup can be made"
    echo 64M >"$group/memory.limit_in_bytes"
    make_server
    printf '%s\n' "exec '$T/ends' eat" 'exit 0' >"$TMP/lines"
    sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2" --restart on-crash --backoff 20ms..20ms -- "$3"' sh "$group" "$RUN" "$TMP/server" \
        2>"$TMP/err" || status=$?
    for ((i = 0; i < 100; i++)); do # what crumple-run has left ends by itself
        ! rmdir "$group" 2>/dev/null || break
        sleep 0.05
    done
    want "the status" 0 $status
    want "why" oom "$(events -r 'select(.event == "restarted") | .how')"
}

@test "a Go panic's status 2" {
    lives 0 --restart on-crash --go-traceback all -- \
        'printf "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/a.go:1 +0x1\n" >&2; exit 2' 'exit 0'
    want "why" go "$(events -r 'select(.event == "restarted") | .how')"
}

@test "a command that is gone for a while is tried again; without it the status is 127" {
    printf '%s\n' 'mv server gone; exit 3' 'exit 0' >"$TMP/lines"
    begin --restart on-crash --restart-limit 500/60s
    line_matches "$TMP/err" 'cannot be started'
    mv "$TMP/gone" "$TMP/server"
    ends 0
    want "the lives" 2 "$(count_lives)"
    [ "$(events -r 'select(.event == "died") | .how' | sort -u | paste -sd" ")" = "exec status" ]
    make_server
    lives 127 --restart on-crash --restart-limit 2/60s -- 'mv server gone; exit 3' 'mv server gone; exit 3' 'mv server gone; exit 3'
    want "why" "server cannot be started: No such file or directory" "$(events -r 'select(.event == "restart_limit") | .cause')"
}

@test "a server that becomes a daemon is followed: its signals, its end, its next life" {
    cat >"$TMP/daemon.py" <<'END'
import os, sys, time
way = sys.argv[1]
if os.fork():
    time.sleep(0.05 if way == "late" else 0)
    os._exit(0)
time.sleep(0.1 if way == "late" else 0)
os.setsid()
if way == "twice" and os.fork():
    os._exit(0)
open("daemons", "a").write("%d\n" % os.getpid())
time.sleep(30)
END
    local way daemon i
    for way in once twice late; do
        rm -f "$TMP/pids" "$TMP/daemons"
        echo "exec python3 daemon.py $way" >"$TMP/lines"
        begin --restart on-crash
        pids_within 1
        line_matches "$TMP/daemons" .
        read -r daemon <"$TMP/daemons"
        line_matches "$TMP/err" "has become a daemon: process $daemon"
        kill -SEGV "$daemon"
        pids_within 2
        for ((i = 0; i < 250; i++)); do
            [ "$(wc -l <"$TMP/daemons")" -lt 2 ] || break
            sleep 0.02
        done
        daemon=$(tail -n 1 "$TMP/daemons")
        line_matches "$TMP/err" "has become a daemon: process $daemon"
        kill -TERM $RUNNER
        ends 143
        ! kill -0 "$daemon" 2>/dev/null || fail "the daemon runs on"
    done
    want "the events" "crash restarted" "$(events -r .event | sort -u | paste -sd' ')"
}

@test "what a dead master has left is asked to end, then killed, before the next one starts" {
    cat >"$TMP/worker" <<'END'
#!/bin/bash
[ "$1" = deaf ] && trap '' TERM || trap 'echo asked >>asked; exit 0' TERM
echo $$ >>workers
while :; do sleep 0.02; done
END
    chmod +x "$TMP/worker"
    make_server
    printf '%s\n' './worker & setsid ./worker deaf & while [ "$(cat workers 2>/dev/null | wc -l)" -lt 2 ]; do sleep 0.02; done; kill -KILL $$' \
        'for pid in $(cat workers); do [ ! -e /proc/$pid ] || echo $pid; done >alive; exit 0' >"$TMP/lines"
    timeout 20 "$RUN" "${QUICK[@]}" --restart on-crash -- "$TMP/server" 2>"$TMP/err" || want "the status" 0 $?
    want "those that live" "" "$(cat "$TMP/alive")"
    want "those that were asked" asked "$(cat "$TMP/asked")"
    [ "$(events 'select(.event == "restarted") | .downtime_ms >= 1000 and .downtime_ms < 3000')" = true ]
}

@test "a process that is not the server's lives on: of another session, of --on-bundle, of the entrypoint" {
    local status=0 name missing='' pid
    make_server
    printf '#!/bin/sh\nsleep 171.%s &\nexec "$@"\n' $$ >"$TMP/entrypoint"
    chmod +x "$TMP/entrypoint"
    printf '%s\n' "(env -u CRUMPLE_RUN_ID setsid sleep 181.$$ &); until pgrep -xf 'sleep 181.$$' >/dev/null; do sleep 0.01; done; exit 3" \
        'sleep 1; exit 0' >"$TMP/lines"
    timeout 20 "$TMP/entrypoint" "$RUN" "${QUICK[@]}" --restart on-crash --on-bundle="sleep 191.$$ & " -- "$TMP/server" 2>"$TMP/err" >/dev/null || status=$?
    for name in 171 181 191; do
        pid=$(pgrep -xf "sleep $name.$$") && kill "$pid" || missing+="$name "
    done
    want "the status" 0 $status
    want "those that are gone" "" "$missing"
}

@test "as PID 1, with output kept: each life's event has its own output" {
    printf '%s\n' 'echo first; exit 3' 'echo second; exit 4' 'exit 0' >"$TMP/lines"
    make_server
    unshare --pid --fork --mount-proc --kill-child "$RUN" "${QUICK[@]}" --restart on-crash --keep-output -- "$TMP/server" >"$TMP/out" 2>"$TMP/err" ||
        want "the status" 0 $?
    want "what passed" "first second" "$(paste -sd' ' "$TMP/out")"
    want "the events" "died died restarted restarted" "$(events -r .event | sort | paste -sd' ')"
    want "the output" "first second" "$(for id in $(events -r 'select(.event == "died") | .id'); do "$BUILD/crumple" show --json "$id" | gojq -j .end.stdout; done | paste -sd' ')"
}

@test "--on-bundle and the life record are of each life" {
    export LIST=$TMP/list
    printf '%s\n' 'exit 3' 'exit 4' 'for i in $(seq 100); do sleep 0.05; ! ls '"$CRASHES"'/0/*.life >records 2>/dev/null || break; done; exit 0' >"$TMP/lines"
    make_server
    timeout 20 "$RUN" "${QUICK[@]}" --restart on-crash --on-bundle='echo "$1" >>"$LIST"' -- "$TMP/server" 2>"$TMP/err" || want "the status" 0 $?
    want "the bundles" "$(events -r 'select(.event == "died") | .path' | sort | paste -sd' ')" "$(sed 's|.*/||' "$LIST" | sort | paste -sd' ')"
    want "the record of the third life" 1 "$(wc -l <"$TMP/records")"
    want "records that remain" 0 "$(find "$CRASHES" -name '*.life' | wc -l)"
}

@test "--stop-dump and --metrics-addr work in the second life, too" {
    local port pid
    port=$(low_port)
    printf '%s\n' 'kill -KILL $$' 'trap "" TERM; while :; do sleep 0.02; done' >"$TMP/lines"
    begin --restart on-crash --stop-dump 200ms --metrics-addr "127.0.0.1:$port"
    pids_within 2
    pid=$(tail -n 1 "$TMP/pids")
    line_matches "$TMP/err" 'report:'
    curl -s -m 8 "http://127.0.0.1:$port/metrics" | grep -q '^crumple_died_total.*how="killed"' || fail "no metrics"
    kill -TERM $RUNNER
    line_matches "$TMP/err" "process $pid still runs 200 ms after SIGTERM; dump: "
    kill -KILL "$pid"
    ends 137
    want "the dumped process" "$pid" "$(events 'select(.event == "dump") | .pid')"
}

@test "LISTEN_PID and WATCHDOG_PID name each life's process; descriptors stay open for all" {
    printf '%s\n' 'echo $((LISTEN_PID - $$)) $((WATCHDOG_PID - $$)) $(readlink /proc/$$/fd/3) >>seen; exit 3' >"$TMP/lines"
    make_server
    : >"$TMP/inherited"
    sh -c 'exec 3<"$1/inherited"; LISTEN_PID=$$ WATCHDOG_PID=$$ LISTEN_FDS=1 exec "$2" --backoff 20ms..20ms --restart on-crash --restart-limit 2/60s -- "$1/server"' \
        sh "$TMP" "$RUN" 2>"$TMP/err" || want "the status" 3 $?
    want "what they saw" "0 0 $TMP/inherited" "$(sort -u "$TMP/seen")"
    want "the lives" 3 "$(count_lives)"
}

@test "where processes are scarce, the server comes before those that tell its last end" {
    local n status user=$((60000 + $$ % 5000)) # whose processes nobody else counts
    [ "$(id -u)" = 0 ] || skip "needs root"
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX) # the user may enter it
    chmod 777 "$COPY"
    cp "$RUN" "$BUILD/crumple-writer" "$BUILD/libcrumple.so" "$COPY"
    for n in 2 3; do
        status=0
        CRUMPLE_DIR=$COPY/crashes timeout 20 setpriv --reuid $user --clear-groups prlimit --nproc=$n \
            "$COPY/crumple-run" "${QUICK[@]}" --restart on-crash --restart-limit 2/60s -- sh -c 'echo life; exit 3' >"$TMP/out" 2>"$TMP/err" || status=$?
        want "the status" 3 $status
        want "the lives" 3 "$(wc -l <"$TMP/out")"
        ! grep -q 'cannot be started' "$TMP/err" || fail "$(cat "$TMP/err")"
    done
}

@test "with CRUMPLE=0 the server starts again, and nothing is told" {
    CRUMPLE=0 lives 0 --restart on-crash -- 'kill -SEGV $$' 'exit 0'
    want "the lives" 2 "$(count_lives)"
    want "the events" "" "$(events)"
}

@test "50 restarts leave no descriptor, no zombie and no memory" {
    local fds children memory
    printf '%s\n' 'sleep 0.01; exit 3' >"$TMP/lines"
    begin --restart on-crash --restart-limit 1000/60s --backoff 1ms..1ms --keep-output --go-traceback all
    pids_within 5
    memory=$(awk '/^VmRSS/ {print $2}' "/proc/$RUNNER/status")
    fds=$(find "/proc/$RUNNER/fd" -mindepth 1 | wc -l)
    pids_within 50
    echo 'exec sleep 30' >"$TMP/lines"
    sleep 1.5
    children=$(ps --no-headers -o comm,stat --ppid $RUNNER)
    [ "$(grep -c -v '^crumple' <<<"$children")" = 1 ] && ! grep -q Z <<<"$children" || fail "$children"
    # The first count may be of a moment between two lives; 45 lives are more than the few of one.
    [ "$(find "/proc/$RUNNER/fd" -mindepth 1 | wc -l)" -le $((fds + 8)) ] || fail "$(ls -l "/proc/$RUNNER/fd")"
    memory=$(($(awk '/^VmRSS/ {print $2}' "/proc/$RUNNER/status") - memory))
    [ "$memory" -lt 600 ] || fail "$memory KiB more"
    kill -TERM $RUNNER
    ends 143
}
