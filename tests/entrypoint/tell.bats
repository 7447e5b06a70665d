#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who hears of events: --on-bundle, --termination-log, --metrics-addr.

load helpers

@test "--on-bundle: a line for the shell, once for each bundle, after the server's end" {
    "$RUN" --on-bundle='echo "$1" >>"$LIST"; [ "$1" = "$CRUMPLE_BUNDLE" ]' -- env LIST=x true
    [ ! -e "$TMP/list" ]
    export LIST=$TMP/list
    "$RUN" --on-bundle='echo "$1" >>"$LIST"; [ "$1" = "$CRUMPLE_BUNDLE" ]' -- "$T/victim" --main null-write 2>"$TMP/err" ||
        want "status" 139 $?
    want "calls" 1 "$(wc -l <"$LIST")"
    [ -s "$(cat "$LIST")" ]
    ! grep -q on-bundle "$TMP/err" || fail "$(cat "$TMP/err")"
}

@test "--on-bundle: while the server lives, for a process that it has started" {
    export LIST=$TMP/list
    "$RUN" --on-bundle='echo "$1" >>"$LIST"' -- bash -c '"$0" --main null-write; for i in $(seq 50); do sleep 0.1; [ ! -s "$LIST" ] || exit 0; done; exit 9' \
        "$T/victim" 2>"$TMP/err"
    want "calls" 1 "$(wc -l <"$LIST")"
}

@test "--on-bundle: a program needs no shell; events of another run are none of ours" {
    LD_PRELOAD=$BUILD/libcrumple.so "$T/victim" --main null-write 2>/dev/null || true
    cat >"$TMP/program" <<'END'
#!/bin/sh
echo "program $# $1" >>"$LIST"
END
    chmod +x "$TMP/program"
    export LIST=$TMP/list
    "$RUN" --on-bundle="$TMP/program" -- sh -c 'exit 4' 2>"$TMP/err" || want "status" 4 $?
    want "calls" 1 "$(grep -c '^program 1 /' "$LIST")"
}

@test "--on-bundle: its trouble is said and delays the end no longer than its limit; the bundle stays" {
    local started=${EPOCHREALTIME/./}
    "$RUN" --on-bundle='sleep 1717' --on-bundle-timeout=500ms -- sh -c 'exit 4' 2>"$TMP/err" || want "status" 4 $?
    [ $((${EPOCHREALTIME/./} - started)) -lt 5000000 ]
    none_are_left pgrep -xf 'sleep 1717'
    grep -q 'on-bundle was killed' "$TMP/err" || fail "$(cat "$TMP/err")"
    "$RUN" --on-bundle='exit 3' -- sh -c 'exit 4' 2>"$TMP/err" || want "status" 4 $?
    grep -q 'on-bundle ended with status 3; the bundle stays' "$TMP/err" || fail "$(cat "$TMP/err")"
    "$RUN" --on-bundle='/nonexistent' -- sh -c 'exit 4' 2>"$TMP/err" || want "status" 4 $?
    grep -q 'on-bundle cannot be run' "$TMP/err" || fail "$(cat "$TMP/err")"
    want "bundles" 3 "$(find "$CRASHES" -name '*.tar.zst' | wc -l)"
}

@test "--on-bundle: what comes on stdin is the server's" {
    export LIST=$TMP/list
    echo data | "$RUN" --on-bundle='cat >>"$LIST"; echo done >>"$LIST"' -- \
        bash -c '"$0" --main null-write >&2; for i in {1..50}; do sleep 0.1; [ ! -s "$LIST" ] || break; done; cat' "$T/victim" \
        2>/dev/null >"$TMP/out"
    want "the server's" data "$(cat "$TMP/out")"
    want "the command's" "done" "$(cat "$LIST")"
}

@test "a stderr that nobody reads costs the lines, and delays no end" {
    local fd
    mkfifo "$TMP/fifo"
    exec {fd}<>"$TMP/fifo"
    python3 - "$TMP/fifo" <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
for size in 4096, 1:
    try:
        while True: os.write(fd, b"x" * size)
    except BlockingIOError: pass
END
    CRUMPLE_TIMEOUT=1s timeout 20 "$RUN" -w -s --on-bundle='exit 3' -- sh -c '(true &); sleep 0.3; kill -9 $$' 2>"$TMP/fifo" ||
        want "status" 137 $?
    exec {fd}>&-
}

@test "--on-bundle: a command that crashes does not cause another one" {
    export LIST=$TMP/list
    "$RUN" --on-bundle='echo x >>"$LIST"; kill -SEGV $$' -- sh -c 'exit 4' 2>"$TMP/err" || want "status" 4 $?
    want "calls" 1 "$(wc -l <"$LIST")"
    want "bundles" 1 "$(find "$CRASHES" -name '*.tar.zst' | wc -l)"
}

@test "--termination-log: title, frames and bundle of what ended the server; nothing for an end that was asked for" {
    "$RUN" --termination-log="$TMP/log" -- "$T/victim" --main null-write 2>/dev/null || want "status" 139 $?
    sed -i -E "s#$CRASHES#DIR#; s/[0-9TZ.]+-victim-[0-9]+/NAME/; s/^time: .*/time: TIME/; s/\+0x[0-9a-f]+/+0x0/" "$TMP/log"
    diff "$ROOT/tests/entrypoint/screens/termination_crash.txt" "$TMP/log"
    rm "$TMP/log"
    "$RUN" --termination-log="$TMP/log" -- bash -c '"$0" --main null-write; env kill -TERM $PPID; sleep 100' "$T/victim" 2>/dev/null ||
        want "status" 143 $?
    [ ! -e "$TMP/log" ] || fail "$(cat "$TMP/log")"
}

@test "--termination-log: an end without a bundle; a file that cannot be written is said" {
    "$RUN" --keep-output --termination-log="$TMP/log" -- sh -c 'echo "FATAL: cannot bind 0.0.0.0:80" >&2; exit 7' 2>/dev/null ||
        want "status" 7 $?
    sed -i -E "s#$CRASHES#DIR#; s/[0-9TZ.]+-sh-[0-9]+/NAME/; s/^time: .*/time: TIME/" "$TMP/log"
    diff "$ROOT/tests/entrypoint/screens/termination_status.txt" "$TMP/log"
    "$RUN" --termination-log=/proc/nowhere -- sh -c 'exit 7' 2>"$TMP/err" || want "status" 7 $?
    grep -q "termination-log='/proc/nowhere' cannot be written" "$TMP/err" || fail "$(cat "$TMP/err")"
}

@test "--metrics-addr: Prometheus gets what 'crumple metrics' prints; a client that says nothing harms nobody" {
    local port
    port=$(low_port)
    "$RUN" --metrics-addr="127.0.0.1:$port" -- bash -c '"$0" --main null-write; touch "$1"; sleep 100' "$T/victim" "$TMP/ready" 2>"$TMP/err" &
    local run=$! i
    for i in $(seq 100); do [ ! -e "$TMP/ready" ] || break; sleep 0.1; done
    exec 7<>"/dev/tcp/127.0.0.1/$port" # and says nothing
    sleep 0.2
    curl -sf -m 8 "http://127.0.0.1:$port/metrics" >"$TMP/metrics"
    diff "$TMP/metrics" <("$BUILD/crumple" metrics)
    grep -q '^crumple_crashes_total{.*victim.*} 1' "$TMP/metrics"
    want "another path" 404 "$(curl -s -o /dev/null -m 8 -w '%{http_code}' "http://127.0.0.1:$port/other")"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s -m 8 "http://127.0.0.1:$port/metrics" >"$TMP/many.$i" & done
    sleep 1
    kill -TERM $run
    wait $run || want "status" 143 $?
    "$RUN" --metrics-addr="127.0.0.1:$port" -- true 2>"$TMP/err" # the next one has the port, though a client still waits
    exec 7>&-
    ! grep . "$TMP/err" || return 1
}

@test "--metrics-addr: a connection for which no descriptor is free keeps no processor busy, and is answered later" {
    local pid ticks port
    port=$(low_port)
    "$RUN" --metrics-addr="127.0.0.1:$port" -- sh -c 'echo runs; exec sleep 1717' >"$TMP/out" &
    pid=$!
    line_within "$TMP/out" runs
    prlimit --pid $pid --nofile=3: # the soft one
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&7
    sleep 1
    ticks=$(awk '{print $14 + $15}' /proc/$pid/stat)
    [ "$ticks" -lt 20 ] || fail "$ticks ticks"
    prlimit --pid $pid --nofile=64:
    timeout 10 cat <&7 | grep '200 OK'
    exec 7>&-
    kill $pid
    wait $pid || want "status" 143 $?
}

@test "--metrics-addr: an address that is none, or is taken, is said; the server runs" {
    "$RUN" --metrics-addr=localhost:9 -- echo fine >"$TMP/out" 2>"$TMP/err"
    grep -q "metrics-addr='localhost:9': not of the form 127.0.0.1:9100, \[::1\]:9100 or :9100; no metrics are served" "$TMP/err"
    "$RUN" --metrics-addr=192.0.2.1:9100 -- echo fine >"$TMP/out" 2>"$TMP/err"
    grep -q "no metrics are served" "$TMP/err"
    want "stdout" fine "$(cat "$TMP/out")"
}

@test "--stop-dump: a server that ignores SIGTERM is dumped once, and so is what it has started; then it is killed" {
    "$RUN" --stop-dump=500ms -- bash -c 'trap "" TERM; "$0" hang & trap : TERM; touch "$1"; while [ $SECONDS -lt 60 ]; do wait; sleep 0.1; done' "$T/patient" "$TMP/ready" 2>"$TMP/err" &
    local run=$! i
    for i in $(seq 100); do [ ! -e "$TMP/ready" ] || break; sleep 0.05; done
    kill -TERM $run
    sleep 0.2
    kill -TERM $run
    for i in $(seq 100); do [ "$(events 'select(.event == "dump")' | wc -l)" -lt 2 ] || break; sleep 0.1; done
    sleep 0.7
    want "dumps" "bash patient" "$(events -r 'select(.event == "dump") | .exe | split("/") | last' | sort | paste -sd' ')"
    [[ $(events -r 'select(.event == "dump") | .title' | head -n 1) == *'still runs 500 ms after SIGTERM' ]]
    grep -q 'still runs 500 ms after SIGTERM; dump: /' "$TMP/err" || fail "$(cat "$TMP/err")"
    kill -9 "$(pgrep -P $run -x bash)"
    wait $run || want "status" 137 $?
    pkill -9 -P 1 -x patient || pkill -9 -x patient || true
}

@test "--stop-dump: a server that obeys is not dumped; one without crumple is told" {
    "$RUN" --stop-dump=300ms -- sleep 1000 2>"$TMP/err" &
    sleep 0.3
    kill -TERM $!
    wait $! || want "status" 143 $?
    want "stderr" '' "$(cat "$TMP/err")"
    "$RUN" --stop-dump=300ms --no-preload -- bash -c 'trap "" TERM; sleep 1' 2>"$TMP/err" &
    sleep 0.3
    kill -TERM $!
    wait $!
    grep -q 'still runs 300 ms after SIGTERM, and cannot be dumped: .* has no libcrumple.so' "$TMP/err" || fail "$(cat "$TMP/err")"
}
