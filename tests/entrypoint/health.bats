#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --health: whoever checks the server hears that it is down, while its listening socket is held and a TCP probe succeeds.

load helpers

# health [OPTION...]: words, and in the last line the status
health() {
    curl -s -m 8 -w '%{http_code}\n' "$@" "http://127.0.0.1:$PORT/healthz"
}

# health_within PATTERN: within 10 s a line of the answer is that; the answer is in the file 'health'
health_within() {
    local i
    for ((i = 0; i < 200; i++)); do
        health >"$TMP/health" || true
        ! grep -qEx "$1" "$TMP/health" || return 0
        sleep 0.05
    done
    fail "$1: $(cat "$TMP/health" "$TMP/err")"
}

@test "200 while the server runs, 503 and the cause while it does not, whoever asks" {
    PORT=$(low_port)
    mkfifo "$TMP/die"
    # shellcheck disable=SC2016
    "$RUN" --health="127.0.0.1:$PORT" --restart=on-crash --backoff=1500ms..1500ms -- \
        sh -c '[ ! -e "$1/life" ] || exec sleep 60; touch "$1/life"; read -r _ <"$1/die"; exec "$0" --main null-write' "$T/victim" "$TMP" \
        2>"$TMP/err" 3>&- &
    local run=$! i
    health_within ok
    grep -qx 200 "$TMP/health"
    grep -qx 'restarts: 0' "$TMP/health"
    want "pid" "pid: $(server_of $run)" "$(grep pid "$TMP/health")"
    want "HEAD" 200 "$(health -I -o /dev/null)"
    want "POST" 405 "$(health -d x -o /dev/null)"
    for i in 1 2 3 4; do eval "exec 1$i<>/dev/tcp/127.0.0.1/$PORT"; done # and say nothing
    echo >"$TMP/die"
    health_within 'down: SIGSEGV in write_through_null: .*'
    grep -qx 503 "$TMP/health"
    grep -qEx 'since: [0-9.]+ s' "$TMP/health"
    health_within 'restarts: 1'
    grep -qx 200 "$TMP/health"
    for i in 1 2 3 4; do eval "exec 1$i>&-"; done
    kill $run
    wait $run || want "status" 143 $?
}

@test "those that connect and say nothing keep nobody from an answer, nor do many at once" {
    PORT=$(low_port)
    "$RUN" --health="127.0.0.1:$PORT" -- sleep 60 2>"$TMP/err" 3>&- &
    local run=$!
    health_within ok
    want "the answers" "60 silent: HTTP/1.0 200; at once: 40" "$(timeout 30 /usr/bin/python3 - "$PORT" <<'END'
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def ask(_):
    client = connect()
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    return client.recv(12).decode()
def connect():
    return socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
silent = [connect() for _ in range(60)]
first = ask(0)
for client in silent:
    client.close()
print("60 silent: %s; at once: %d" % (first, list(ThreadPoolExecutor(40).map(ask, range(40))).count("HTTP/1.0 200")))
END
)"
    kill $run
    wait $run || want "status" 143 $?
}

@test "an end that libcrumple.so does not see has words, too; an address that cannot be had is said, and the server runs" {
    PORT=$(low_port)
    CRUMPLE=0 "$RUN" --health=":$PORT" --restart=on-crash --backoff=10s..10s -- sh -c 'kill -9 $$' 2>"$TMP/err" 3>&- &
    local run=$!
    health_within 'down: the server was ended by signal 9 \(Killed\)'
    "$RUN" --health="127.0.0.1:$PORT" -- echo fine >"$TMP/out" 2>"$TMP/other"
    grep -q "health='127.0.0.1:$PORT': Address already in use; health checks are not answered" "$TMP/other"
    want "stdout" fine "$(cat "$TMP/out")"
    kill $run
    wait $run || want "status" 137 $?
}
