#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Real servers die, and crumple-run restarts them, while clients connect anew for each request. All servers at length:
# tests/long/restart.sh.

load helpers

# nobody_notices NAME: three deaths, no client is refused or reset, each death is an event
nobody_notices() {
    die "$1" 11,6,9 3 8
    [ ! -s "$WORK/wrong" ] || fail "$(cat "$WORK/wrong" "$WORK/account")" "$(tail -n 20 "$WORK/log")"
    want "restarts" 3 "$(events 'select(.event == "restarted")' | wc -l)"
}

@test "redis dies of SIGSEGV, SIGABRT and SIGKILL: nobody is refused [row 80]" {
    nobody_notices redis
}

@test "nginx's master dies of SIGSEGV, SIGABRT and SIGKILL: nobody is refused" {
    nobody_notices nginx
}

@test "after the limit of restarts the listener is closed, and the status is the server's [row 80]" {
    local status=0
    PORT=$(low_port)
    redis_server
    LIMIT=1/60s begin_restarting
    served
    kill -SEGV "$(server_below "$PID")"
    served
    kill -SEGV "$(server_below "$PID")"
    wait "$PID" || status=$?
    want "status" 139 "$status"
    ! port_is_open "$PORT" || fail "somebody listens"
}

@test "after the limit nginx's workers are gone, too" {
    local status=0 master
    PORT=$(low_port)
    nginx_server
    LIMIT=1/60s begin_restarting
    served
    master=$(cat nginx.pid)
    kill -SEGV "$master"
    for _ in {1..500}; do
        [ "$(cat nginx.pid 2>/dev/null)" = "$master" ] || ! port_is_open "$PORT" || break
        sleep 0.02
    done
    kill -SEGV "$(cat nginx.pid)"
    wait "$PID" || status=$?
    want "status" 139 "$status"
    ! port_is_open "$PORT" || fail "somebody listens"
}

# The queue is the server's own until the death: it has accepted nothing.
@test "connections that wait in a server's queue at its death are answered by the next life" {
    local waiting
    PORT=$(low_port)
    cat >late.py <<'TEXT'
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
if not os.path.exists("second"):
    open("second", "w")
    time.sleep(60)
while True:
    client, _ = listener.accept()
    client.recv(100)
    client.send(b"+PONG\r\n")
    client.close()
TEXT
    PROTOCOL=redis COMMAND=(/usr/bin/python3 late.py "$PORT")
    begin_restarting
    for _ in {1..500}; do
        ! port_is_open "$PORT" || break
        sleep 0.02
    done
    clients -n 5 -d 2 "$PORT" >account &
    waiting=$!
    sleep 0.3
    kill -KILL "$(server_below "$PID")"
    wait "$waiting"
    gojq -e '.refused + .reset_before + .reset_gap + .timeouts == 0 and .ok > 5 and .most_tries == 1' account || fail "$(cat account log)"
}
