# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2016,SC2119,SC2120 # for those that load this; the filters of gojq; options are few
# Real servers that crumple-run restarts, clients that connect anew for each request, and what the clients may see. For
# tests/restart and for the campaigns tests/long/restart*.sh. WORK is a directory that all users may enter.

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

# Each writes its configuration and sets COMMAND, and PROTOCOL for the clients. PORT is set.
redis_server() {
    PROTOCOL=redis
    COMMAND=(redis-server --port "$PORT" --bind 127.0.0.1 --dir "$WORK" --save '' --enable-debug-command yes --protected-mode no --crash-log-enabled no)
}

memcached_server() {
    PROTOCOL=memcached
    COMMAND=(memcached -u nobody -p "$PORT" -U 0 -l 127.0.0.1)
}

haproxy_server() { # [MODE]
    PROTOCOL=http
    printf '%s\n' defaults '  mode http' '  timeout client 5s' '  timeout connect 5s' '  timeout server 5s' 'frontend f' \
        "  bind ${BIND:-127.0.0.1:$PORT}" '  http-request return status 200' >"$WORK/haproxy.cfg"
    COMMAND=(haproxy "${1:--db}" -f "$WORK/haproxy.cfg")
}

nginx_server() { # [OPTION OF listen]
    PROTOCOL=http
    printf '%s\n' 'user nobody nogroup; worker_processes 2; daemon off; pid nginx.pid; error_log error.log;' \
        'events { worker_connections 1024; }' 'http { access_log off; client_body_temp_path body; proxy_temp_path proxy;' \
        'fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;' \
        "server { listen 127.0.0.1:$PORT${1:+ $1}; location / { return 200 'fine'; } }" ${SECOND_PORT:+"server { listen 127.0.0.1:$SECOND_PORT; }"} \
        '}' >"$WORK/nginx.conf"
    COMMAND=(nginx -p "$WORK" -c nginx.conf -e "$WORK/error.log")
}

mosquitto_server() {
    PROTOCOL=mqtt
    printf '%s\n' "listener $PORT 127.0.0.1" 'allow_anonymous true' 'log_type error' >"$WORK/mosquitto.conf"
    COMMAND=(mosquitto -c "$WORK/mosquitto.conf")
}

arena_server() {
    PROTOCOL=arena
    COMMAND=("${TEST_BUILD:-$ROOT/build}/demo/arena" -p "$PORT")
}

gunicorn_server() {
    PROTOCOL=http
    printf '%s\n' 'def application(environment, start):' '    start("200 OK", [("Content-Length", "4")])' '    return [b"fine"]' \
        >"$WORK/fine.py"
    COMMAND=(gunicorn --chdir "$WORK" -b "127.0.0.1:$PORT" -w 2 --log-level error fine:application)
}

# Its own listener is closed at SIGTERM; what is connected is served for DRAIN seconds more.
draining_server() {
    PROTOCOL=redis
    cat >"$WORK/drains.py" <<'TEXT'
import selectors, signal, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
looks = selectors.DefaultSelector()
looks.register(listener, selectors.EVENT_READ)
ends = None
def drain(*_):
    global ends
    if ends is None:
        looks.unregister(listener)
        listener.close()
        ends = time.monotonic() + float(sys.argv[2])
signal.signal(signal.SIGTERM, drain)
while ends is None or time.monotonic() < ends:
    for key, _ in looks.select(0.05):
        if key.fileobj is listener:
            if ends is None:
                looks.register(listener.accept()[0], selectors.EVENT_READ)
            continue
        try: data = key.fileobj.recv(100)
        except OSError: data = b""
        if data: key.fileobj.send(b"+PONG\r\n")
        else: looks.unregister(key.fileobj); key.fileobj.close()
TEXT
    COMMAND=(/usr/bin/python3 "$WORK/drains.py" "$PORT" "${DRAIN:-10}")
}

# begin [COMMAND...]: what is started by it, as a supervisor would; PID is what a supervisor would signal.
begin() {
    setsid "$@" "${COMMAND[@]}" >>"$WORK/log" 2>&1 </dev/null 3>&- &
    PID=$!
    echo "$PID" >>"$WORK/pids"
}

# begin_restarting [OPTION...]: under crumple-run
begin_restarting() {
    begin "$BUILD/crumple-run" --restart=on-crash --backoff="${BACKOFF:-200ms..200ms}" --restart-limit="${LIMIT:-1000/60s}" "$@" --
}

clients() {
    timeout 120 "$T/restart_clients" -p "$PROTOCOL" "$@"
}

# served: within 20 s the server answers one client
served() {
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(clients -n 1 -d 0.1 "${TARGET:-$PORT}" | gojq .ok)" = 0 ] || return 0
    done
    echo "no answer of ${COMMAND[*]}; the log:"
    tail -n 20 "$WORK/log"
    return 1
} >&2

# is_over PID: it has ended, waited for or not
is_over() {
    local line
    read -r line <"/proc/$1/stat" || return 0
    [[ ${line##*)} == \ [ZX]* ]]
} 2>/dev/null

# end_all: whatever was begun here
end_all() {
    local pid i
    while read -r pid; do
        kill -TERM -- "$pid" 2>/dev/null || true
        for ((i = 0; i < 250; i++)); do
            ! is_over "$pid" || break
            sleep 0.02
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
    done < <(cat "$WORK/pids" 2>/dev/null)
    rm -f "$WORK/pids"
}

# Prints what is wrong with the clients' own account of DEATHS deaths; nothing, if nothing is. Who is answered by workers
# that the dead server has left behind does not see how long it is away; crumple-run's events say it.
wrong_in() { # ACCOUNT DEATHS
    find "$CRUMPLE_DIR" -name 'crashes.ndjson*' -exec cat {} + | gojq -c 'select(.event == "restarted") | {(.pid | tostring): .downtime_ms}' |
        gojq -s add >"$WORK/downtimes"
    gojq -r --argjson deaths "$2" --slurpfile downtimes "$WORK/downtimes" '
        if (.deaths | length) != $deaths then "\(.deaths | length) deaths, not \($deaths)" else empty end,
        (("refused", "reset_gap", "timeouts", "wrong", "errors") as $what | select(.[$what] > 0) | "\($what): \(.[$what])"),
        if .ok == 0 then "no answer at all" else empty end,
        (.deaths[] | [.restart_ms, $downtimes[0][.pid | tostring]] as $away | select(.slowest_ms > ($away | max) + 200) |
            "slowest \(.slowest_ms) ms, away for \($away)")' "$1"
}

# die NAME SIGNALS DEATHS CLIENTS: that server under crumple-run, by each of SIGNALS (11,6,9) in turn; the account goes to WORK/account, what is wrong to WORK/wrong.
die() {
    PORT=$(low_port)
    "$1_server"
    begin_restarting
    served || return 1
    clients -n "$4" -w "${THINK_US:-2000}" -r "$PID" -k "$2" -c "$3" -e "${EVERY_MS:-200}" "$PORT" >"$WORK/account" || true
    end_all
    wrong_in "$WORK/account" "$3" >"$WORK/wrong"
}

# stop_once FILE SECONDS STOP: the server that was begun gets STOP, a shell's line with SERVER and PID, while four clients ask
# it; their account goes to FILE. SECONDS are those of the clients; STOP comes after half a second.
stop_once() {
    served || return 1
    export SERVER PID
    SERVER=$(server_below "$PID")
    clients -n 4 -w 500 -x "$3" -d "$2" "${TARGET:-$PORT}" >"$1"
    end_all
}

# server_below PID: the child of a crumple-run that is none of its helpers, or PID itself
server_below() {
    local pid name
    read -r name <"/proc/$1/comm"
    [ "$name" = crumple-run ] || { echo "$1" && return; }
    for pid in $(pgrep --parent "$1"); do
        read -r name <"/proc/$pid/comm" || continue
        [[ $name == crumple-* ]] || { echo "$pid" && return; }
    done
}

# stops_the_same SECONDS STOP NAME [ARGUMENT...]: new clients of that server are refused at the same moment without crumple-run
# and with it, and nobody hangs. Another process may take the processor in between: up to three attempts.
stops_the_same() {
    local seconds=$1 stop=$2 name=$3 i
    shift 3
    for i in 1 2 3; do
        PORT=$(low_port)
        "${name}_server" "$@"
        begin env
        stop_once "$WORK/bare" "$seconds" "$stop" || return 1
        "${name}_server" "$@" # the stop may have changed its configuration
        begin_restarting
        stop_once "$WORK/under" "$seconds" "$stop" || return 1
        gojq -s 'map({first_refused_ms, last_begun_ok_ms, refused, timeouts, slowest_ms, pending_ms})' "$WORK/bare" "$WORK/under" >"$WORK/both"
        ! gojq -e --argjson most "${TOLERANCE_MS:-40}" '.[0] as $bare | .[1] as $under |
            ($under.first_refused_ms - $bare.first_refused_ms | fabs < $most) and ($bare.refused > 0) == ($under.refused > 0) and
            ($under.last_begun_ok_ms - $bare.last_begun_ok_ms | fabs < $most) and
            (["timeouts", "slowest_ms", "pending_ms"] | all(. as $what | $under[$what] < $bare[$what] + 200))' \
            "$WORK/both" >/dev/null || return 0
    done
    echo "$name, '$stop', without and with:"
    cat "$WORK/both"
    return 1
} >&2
