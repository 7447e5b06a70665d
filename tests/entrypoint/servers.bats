#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Servers under crumple-run: what a client and a supervisor see is as without it. Each scenario runs twice, bare and under
# crumple-run, and writes down what it saw; the two are the same, byte for byte.

# shellcheck disable=SC2016 # scripts for other shells
load helpers

setup() {
    trace_test
    # Servers that drop their user must be able to reach it: bats' own folder is for root alone.
    TMP=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$TMP"
    export CRUMPLE_DIR=$TMP/crashes
    cd "$TMP" || return 1
}

teardown() {
    local pid
    while read -r pid; do kill -KILL -- "-$pid" 2>/dev/null || true; done <"$TMP/pids"
    cd / && rm -rf "$TMP"
}

# A port that nobody uses now. The kernel chooses; it does not give the same one again soon.
# start COMMAND...: in the background, the way that is tried; PID is what a supervisor would signal. In a session of its own, as
# a supervisor does it: apache2 sends SIGHUP and SIGTERM to its whole process group.
start() {
    setsid "${WAY[@]}" "$@" >>"$TMP/log" 2>&1 </dev/null &
    PID=$!
    echo "$PID" >>"$TMP/pids"
}

# answers COMMAND...: within 20 s the command succeeds, and what it printed is written down
answers() {
    local i
    for ((i = 0; i < 400; i++)); do
        ! "$@" >"$TMP/answer" 2>/dev/null || { cat "$TMP/answer" && return 0; }
        sleep 0.05
    done
    echo "no answer to $*" >>"$TMP/failed" # errexit is off in a scenario
}

# has_ended PID: within 60 s; the state of a process that has ended, and that nobody has waited for yet, is Z
has_ended() {
    local i stat
    for ((i = 0; i < 1200; i++)); do
        stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
        stat=${stat##*) }
        [ "${stat%% *}" != Z ] || return 0
        sleep 0.05
    done
    return 1
}

# ends [SIGNAL]: the signal is sent to what was started; how that ends is written down
ends() {
    local status=0
    [ $# = 0 ] || kill -s "$1" "$PID"
    has_ended "$PID" || { echo "no end after ${1-the start}" >>"$TMP/failed" && kill -KILL "$PID"; }
    wait "$PID" || status=$?
    echo "status $status"
}

# the_same SCENARIO: a function that prints what it sees
the_same() {
    WAY=()
    rm -f "$TMP/failed"
    "$1" >"$TMP/bare" || fail "bare" "$(cat "$TMP/bare")" "$(tail -n 20 "$TMP/log")"
    WAY=("$RUN" --)
    "$1" >"$TMP/under" || fail "under crumple-run" "$(cat "$TMP/under")" "$(tail -n 20 "$TMP/log")"
    [ ! -e "$TMP/failed" ] || fail "$(cat "$TMP/failed")" "$(tail -qn 20 "$TMP/log" "$TMP/error.log" 2>/dev/null)"
    diff "$TMP/bare" "$TMP/under"
    want "last lines with a status" 1 "$(tail -n 1 "$TMP/under" | grep -c '^status [0-9]*$')"
}

# The server that was started, or the child that is the server.
server_pid() {
    if [ ${#WAY[@]} = 0 ]; then echo "$PID"; else server_of "$PID"; fi
}

redis_once() {
    local port signal
    for signal in TERM INT KILL; do
        port=$(low_port)
        start redis-server --port "$port" --dir "$TMP" --save ''
        answers redis-cli -p "$port" set name value
        answers redis-cli -p "$port" get name
        if [ "$signal" = KILL ]; then
            kill -KILL "$(server_pid)"
            ends
        else
            # In the background of a shell without job control, SIGINT is ignored until the server asks for it.
            ends "$signal"
        fi
    done
    port=$(low_port)
    start redis-server --port "$port" --dir "$TMP" --save ''
    answers redis-cli -p "$port" ping
    redis-cli -p "$port" shutdown nosave
    ends
    start redis-server --port nonsense
    ends
}

@test "redis: SIGTERM, SIGINT, SIGKILL, SHUTDOWN, a wrong configuration" {
    the_same redis_once
}

memcached_once() {
    local port
    port=$(low_port)
    start memcached -u nobody -p "$port" -U 0 -l 127.0.0.1
    answers bash -c "exec 7<>/dev/tcp/127.0.0.1/$port; printf 'set a 0 0 1\r\nb\r\nget a\r\nquit\r\n' >&7; cat <&7"
    grep ^Uid: "/proc/$(server_pid)/status"
    ends TERM
}

@test "memcached, which changes its user" {
    the_same memcached_once
}

nginx_configure() { # ANSWER
    printf '%s\n' "worker_processes 2; pid $TMP/nginx.pid; error_log $TMP/error.log; events {}" \
        "http { access_log $TMP/access.log; server { listen 127.0.0.1:$PORT; location / { return 200 '$1\n'; } } }" >"$TMP/nginx.conf"
}

workers() { # of the master MASTER
    pgrep --parent "$1" | sort -n | tr '\n' ' '
}

nginx_once() {
    local master old
    PORT=$(low_port)
    nginx_configure first
    start "$(command -v nginx)" -c "$TMP/nginx.conf" -g 'daemon off;'
    answers curl -sf "http://127.0.0.1:$PORT/"
    master=$(cat "$TMP/nginx.pid")
    [ "$master" = "$(server_pid)" ] && echo "the server is the master"
    workers "$master" | wc -w
    # Reload: new workers, the same master.
    nginx_configure second
    kill -HUP "$PID"
    answers bash -c "curl -sf http://127.0.0.1:$PORT/ | grep second"
    [ "$master" = "$(cat "$TMP/nginx.pid")" ] && echo "the master stays"
    # Logs are opened again.
    mv "$TMP/access.log" "$TMP/access.log.1"
    kill -USR1 "$PID"
    answers test -e "$TMP/access.log"
    # A worker that is killed is replaced.
    old=$(workers "$master")
    kill -KILL "${old%% *}"
    answers bash -c "pgrep --parent $master | grep -qv '^${old%% *}\$' && curl -sf http://127.0.0.1:$PORT/"
    ends QUIT
    for signal in TERM INT; do
        start "$(command -v nginx)" -c "$TMP/nginx.conf" -g 'daemon off;'
        answers curl -sf "http://127.0.0.1:$PORT/"
        ends "$signal"
    done
}

@test "nginx: reload, logs, a worker's death, quit" {
    command -v nginx >/dev/null || skip "no nginx"
    the_same nginx_once
}

haproxy_once() {
    PORT=$(low_port)
    printf '%s\n' global "  pidfile $TMP/haproxy.pid" defaults '  mode http' '  timeout client 5s' "frontend f" "  bind 127.0.0.1:$PORT" \
        '  http-request return status 200 content-type text/plain string "first"' >"$TMP/haproxy.cfg"
    start haproxy -W -f "$TMP/haproxy.cfg"
    answers curl -sf "http://127.0.0.1:$PORT/"
    sed -i s/first/second/ "$TMP/haproxy.cfg"
    sleep 1 # the master, which begins to take signals only after its worker answers, also without crumple-run
    kill -USR2 "$PID" # the master executes itself
    answers bash -c "curl -sf http://127.0.0.1:$PORT/ | grep second"
    ends TERM | sed 's/143/0/' # which of the two depends on how far the worker is, without crumple-run, too
}

@test "haproxy as master and worker: reload by exec, stop" {
    the_same haproxy_once
}

mariadb_once() {
    start mariadbd --no-defaults --user=mysql --datadir="$TMP/db" --socket="$TMP/db/sock" --skip-networking
    answers mariadb --no-defaults -uroot -S "$TMP/db/sock" -Nse 'select 6 * 7'
    ends TERM
}

@test "mariadb" {
    command -v mariadbd >/dev/null || skip "no mariadbd"
    mariadb-install-db --no-defaults --user=mysql --datadir="$TMP/db" --auth-root-authentication-method=normal >/dev/null 2>&1
    the_same mariadb_once
}

apache_has_begun() { [ "$(grep -c 'resuming normal operations' "$TMP/apache.log")" -ge "$1" ]; }

apache_once() {
    PORT=$(low_port)
    printf '%s\n' "ServerRoot $TMP" "ServerName localhost" "Listen 127.0.0.1:$PORT" "PidFile $TMP/apache.pid" "ErrorLog $TMP/apache.log" \
        "LoadModule mpm_${1:-event}_module /usr/lib/apache2/modules/mod_mpm_${1:-event}.so" \
        "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so" "User nobody" "Group nogroup" \
        "DocumentRoot $TMP/www" >"$TMP/apache.conf"
    rm -f "$TMP/apache.log"
    start apache2 -f "$TMP/apache.conf" -D FOREGROUND
    answers curl -sf "http://127.0.0.1:$PORT/index.html"
    answers apache_has_begun 1
    kill -HUP "$PID"
    # apache2 forgets a SIGTERM that comes before it is ready again
    answers apache_has_begun 2
    answers curl -sf "http://127.0.0.1:$PORT/index.html"
    ends TERM
}

apache_prefork_once() { apache_once prefork; }

@test "apache2, with threads and preforked" {
    command -v apache2 >/dev/null || skip "no apache2"
    mkdir "$TMP/www" && echo page >"$TMP/www/index.html"
    the_same apache_once
    the_same apache_prefork_once
}

node_once() {
    PORT=$(low_port)
    start node -e "const s = require('http').createServer((q, a) => a.end('hello\n')).listen($PORT, '127.0.0.1');
        process.on('SIGTERM', () => s.close(() => process.exit(0)))"
    answers curl -sf "http://127.0.0.1:$PORT/"
    ends TERM
}

python_once() {
    PORT=$(low_port)
    start /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$TMP/www" "$PORT"
    answers curl -sf "http://127.0.0.1:$PORT/index.html"
    ends TERM
}

@test "servers of Node.js and Python" {
    mkdir "$TMP/www" && echo page >"$TMP/www/index.html"
    the_same node_once
    the_same python_once
}

daemon_once() {
    # The daemon's parent ends with 0: so does crumple-run, and the daemon lives on, as its pid file says.
    PORT=$(low_port)
    nginx_configure daemon
    start "$(command -v nginx)" -c "$TMP/nginx.conf"
    ends
    answers curl -sf "http://127.0.0.1:$PORT/"
    # Upgrade, which nginx refuses while the process that started it lives: a new master, and the old one quits.
    kill -USR2 "$(cat "$TMP/nginx.pid")"
    answers test -e "$TMP/nginx.pid.oldbin"
    answers test -e "$TMP/nginx.pid"
    answers curl -sf "http://127.0.0.1:$PORT/"
    kill -QUIT "$(cat "$TMP/nginx.pid.oldbin")"
    answers test ! -e "$TMP/nginx.pid.oldbin"
    answers curl -sf "http://127.0.0.1:$PORT/"
    kill -QUIT "$(cat "$TMP/nginx.pid")"
    answers bash -c "! curl -sf http://127.0.0.1:$PORT/"
    echo "status 0"
}

@test "a server that becomes a daemon, and its upgrade" {
    command -v nginx >/dev/null || skip "no nginx"
    the_same daemon_once
}
