#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whose request killed the server, and what the next life does about it. The campaigns are in tests/long/culprit.sh.

load helpers

ask() {
    timeout 20 /usr/bin/python3 "$ROOT/tests/restart/peers.py" ask "$PORT" "$@"
}

# up: within 10 s the server answers an innocent client
up() {
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(ask 127.0.0.9:ping 2>/dev/null)" != "ping pong" ] || return 0
        sleep 0.05
    done
    fail "no answer; the log:" "$(tail -n 20 log)"
}

requests_server() { # MODE
    # shellcheck disable=SC2034 # begin_restarting starts it
    COMMAND=("$T/requests" "$PORT" "$1")
}

# dies_of CULPRIT ADDRESS:WORD...: the server dies, and the report has this culprit: 'found ADDRESS' with a strike, 'shared ADDRESS'
# without one, 'none WHY'
dies_of() {
    local expected=$1 i deaths
    shift
    deaths=$(events 'select(.event == "restarted")' | wc -l)
    ask "$@" >answers
    for ((i = 0; i < 200; i++)); do
        [ "$(events 'select(.event == "restarted")' | wc -l)" = "$deaths" ] || break
        sleep 0.05
    done
    up
    want "the culprit of $*" "$expected" "$("$BUILD/crumple" show --dir "$CRASHES" --json last |
        gojq -r '.culprit | if .state == "none" then "none \(.why)" elif .strike then "found \(.peer)" else "shared \(.peer)" end')"
}

@test "a thread for each connection: the connection of the faulting thread is the culprit's" {
    PORT=$(low_port)
    requests_server threads
    BACKOFF=10ms..10ms begin_restarting
    up
    dies_of 'found 127.0.0.2' 127.0.0.3:wait 127.0.0.4:wait 127.0.0.2:crash 127.0.0.5:wait
    dies_of 'shared 127.0.0.2' 127.0.0.2:wait 127.0.0.2:crash
    dies_of 'shared 127.0.0.1' 127.0.0.1:crash # the server's own address
    dies_of 'none the signal was sent' 127.0.0.2:raise
    dies_of 'none the faulting thread had no open request' 127.0.0.3:wait 127.0.0.2:other
    dies_of 'none the faulting thread had no open request' 127.0.0.3:wait 127.0.0.2:answered
}

@test "an event loop: what runs after the requests of a round is none's" {
    PORT=$(low_port)
    requests_server loop
    BACKOFF=10ms..10ms begin_restarting
    up
    dies_of 'found 127.0.0.2' 127.0.0.3:wait 127.0.0.2:crash
    dies_of 'found 127.0.0.4' 127.0.0.3:sleep 127.0.0.5:wait 127.0.0.6:ping 127.0.0.4:abort
    dies_of 'none what had read the last request had returned' 127.0.0.3:sleep 127.0.0.4:timer 127.0.0.5:ping 127.0.0.6:wait
    kill -SEGV "$(server_below "$PID")"
    up
    want "the culprit of a signal" 'none' "$("$BUILD/crumple" show --dir "$CRASHES" --json last | gojq -r .culprit.state)"
    kill -KILL "$(server_below "$PID")"
    up
    want "the culprit of SIGKILL" 'none' "$("$BUILD/crumple" show --dir "$CRASHES" --json last | gojq -r .culprit.state)"
}

@test "a thread that accepts and reads for others: what they have answered is none's" {
    PORT=$(low_port)
    requests_server hands
    BACKOFF=10ms..10ms begin_restarting
    up
    dies_of 'found 127.0.0.2' 127.0.0.3:ping 127.0.0.2:crash
    dies_of 'none the faulting thread had no open request' 127.0.0.3:ping 127.0.0.2:timer
}

@test "a server that waits on a stack and gives it back is looked at without harm" {
    PORT=$(low_port)
    requests_server stacks
    begin_restarting
    up
    for _ in 1 2 3; do
        want "an answer" 'ping pong' "$(ask 127.0.0.3:ping)"
    done
    want "events" '' "$(events)"
}

@test "a server that gets its listening socket from its parent, and never listens, has a culprit" {
    PORT=$(low_port)
    cat >activate.py <<'TEXT'
import os, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
TEXT
    cat >server.py <<'TEXT'
import ctypes, socket
listener = socket.socket(fileno=3)
while True:
    client, _ = listener.accept()
    if client.recv(100).startswith(b"crash"):
        ctypes.string_at(8)
    client.send(b"pong\n")
    client.close()
TEXT
    # shellcheck disable=SC2034 # begin_restarting starts it
    COMMAND=(/usr/bin/python3 server.py)
    begin /usr/bin/python3 activate.py "$PORT" "$BUILD/crumple-run" --restart=on-crash --backoff=10ms..10ms --
    up
    dies_of 'found 127.0.0.2' 127.0.0.2:crash
}

@test "whom containment refuses, the next life refuses, too" {
    local first
    PORT=$(low_port)
    requests_server threads
    CRUMPLE_RECOVER='*=contain' CRUMPLE_BREAKER=trip=1 BACKOFF=10ms..10ms begin_restarting
    up
    for _ in 1 2; do
        ask 127.0.0.2:crash
        up
    done
    want "contained" 2 "$(events 'select(.event == "contained")' | wc -l)"
    first=$(server_below "$PID")
    kill -SEGV "$first"
    for _ in {1..200}; do
        [ "$(server_below "$PID")" = "$first" ] || break
        sleep 0.05
    done
    up
    [ "$(ask 127.0.0.2:ping)" != 'ping pong' ] || fail "the next life has answered"
    [ "$(server_below "$PID")" != "$first" ] || fail "it is the same life"
}

@test "redis: a poisoner is refused after its breaker has opened, and nobody else [row 82]" {
    local deaths
    PORT=$(low_port)
    redis_server
    # the third death would be one too many, but its culprit is refused from then on
    CRUMPLE_BREAKER=trip=2 LIMIT=2/60s BACKOFF=10ms..10ms begin_restarting
    served
    timeout 60 /usr/bin/python3 "$ROOT/tests/restart/peers.py" poison "$PORT" 2 127.0.0.2 4 >account
    sleep 1.2 # the events of refused connections are written once a second
    deaths=$(events 'select(.event == "restarted")' | wc -l)
    want "deaths" 3 "$deaths"
    gojq -e '.unanswered == [] and .most_retries <= 3 and .ok > 50 and .poison_sent + .poison_failed > 10' account >/dev/null ||
        fail "$(cat account)"
    want "culprits" '3 127.0.0.2' "$(events -r 'select(.event == "crash") | .culprit' | sort | uniq -c | sed 's/^ *//')"
    want "the breaker" '127.0.0.2 closed open' "$(events -r 'select(.event == "breaker") | "\(.name) \(.from) \(.to)"')"
    [ "$(metric peer_refused_total 'peer="127.0.0.2"')" -gt 5 ] || fail "$(events)"
    want "others refused" '' "$(events -r 'select(.event == "peer_refused" and .peer != "127.0.0.2")')"
}

@test "redis: behind one address nobody is refused [row 82]" {
    PORT=$(low_port)
    redis_server
    CRUMPLE_BREAKER=trip=1 BACKOFF=10ms..10ms begin_restarting
    served
    timeout 60 /usr/bin/python3 "$ROOT/tests/restart/peers.py" poison "$PORT" 4 127.0.0.2 4 same >account
    [ "$(events 'select(.event == "restarted")' | wc -l)" -gt 3 ] || fail "the server has not died: $(cat account)"
    want "refused" '' "$(events -r 'select(.event == "peer_refused")')"
    gojq -e '.unanswered == []' account >/dev/null || fail "$(cat account)"
}
