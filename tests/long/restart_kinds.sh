#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What docs/survive.md says of kinds of servers and sockets: who is held, who is not, and what a redis without persistence does to
# its replicas. A minute.
set -uo pipefail
# shellcheck source=tests/restart/servers.bash
source "$(dirname "$0")/../restart/servers.bash"
WORK=$(mktemp -d /tmp/crumple-kinds-XXXXXX)
export CRUMPLE_DIR=$WORK/crashes
chmod 777 "$WORK" # for servers that change their user and make a socket there
cd "$WORK" || exit 1
bad=0
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    end_all
    rm -rf "$WORK"
}
trap clean_up EXIT

complain() {
    bad=$((bad + 1))
    echo "BAD: $*"
}

# three_deaths WHAT HELD: the server of COMMAND is killed three times; HELD: true: nobody is refused, false: somebody is
three_deaths() {
    begin_restarting
    served || complain "$1: no answer"
    clients -n 8 -r "$PID" -k 9 -c 3 -e 300 "${TARGET:-$PORT}" >account
    end_all
    echo "$1: $(gojq -c '[(.deaths | length), .refused, .reset_gap, .slowest_ms]' account) (deaths, refused, reset, slowest)"
    [ "$(gojq '(.deaths | length == 3) and .refused + .reset_gap == 0' account)" = "$2" ] || complain "$1 is held: not $2"
}

# replica_after KIND OPTION...: prints how many keys the replica has a second after the death of a primary with one key
replica_after() {
    local replica
    rm -rf primary replica
    mkdir primary replica
    PORT=$(low_port)
    replica=$(low_port)
    redis_server
    COMMAND+=(--dir primary --repl-diskless-sync-delay 0 "$@")
    begin_restarting
    local main=$PID i
    served || complain "the primary does not answer"
    COMMAND=(redis-server --port "$replica" --bind 127.0.0.1 --dir replica --save '' --replicaof 127.0.0.1 "$PORT")
    begin env
    redis-cli -p "$PORT" set name value >/dev/null
    for ((i = 0; i < 500; i++)); do
        [ "$(redis-cli -p "$replica" dbsize)" != 1 ] || break
        sleep 0.02
    done
    kill -KILL "$(server_below "$main")"
    sleep 2
    redis-cli -p "$replica" dbsize
    end_all
} 2>/dev/null

for name in gunicorn redis; do
    PORT=$(low_port)
    "${name}_server"
    three_deaths "$name" true
done
PORT=$(low_port)
nginx_server reuseport
three_deaths "nginx with reuseport" true
redis_server
COMMAND+=(--unixsocket "$WORK/redis.sock")
TARGET=$WORK/redis.sock three_deaths "redis at a path that it unlinks first" true
PROTOCOL=memcached COMMAND=(memcached -u nobody -s "$WORK/memcached.sock")
TARGET=$WORK/memcached.sock three_deaths "memcached at a path" true
PORT=$(low_port)
redis_server
COMMAND+=(--daemonize yes --logfile "$WORK/redis.log")
three_deaths "redis as a daemon" true
PORT=$(low_port)
redis_server
COMMAND=(sh -c 'exec "$@"' sh "${COMMAND[@]}")
three_deaths "redis behind a shell that executes it" true
if [ "$(id -u)" = 0 ] && [ -d /usr/lib/postgresql ]; then
    postgres=(/usr/lib/postgresql/*/bin) as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    "${as_postgres[@]}" "${postgres[0]}/initdb" -D "$WORK/db" -A trust -N >/dev/null
    PORT=$(low_port)
    PROTOCOL=postgres COMMAND=("${as_postgres[@]}" "${postgres[0]}/postgres" -D "$WORK/db" -p "$PORT" -k "$WORK")
    three_deaths "PostgreSQL's postmaster, whose children lead sessions" true
fi
if command -v apache2 >/dev/null; then
    mkdir www && echo page >www/index.html
    PORT=$(low_port)
    printf '%s\n' "ServerRoot $WORK" "ServerName localhost" "Listen 127.0.0.1:$PORT" "PidFile $WORK/apache.pid" \
        "ErrorLog $WORK/apache.log" "LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so" \
        "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so" "User nobody" "Group nogroup" \
        "DocumentRoot $WORK/www" >apache.conf
    PROTOCOL=http COMMAND=(apache2 -f "$WORK/apache.conf" -D FOREGROUND)
    three_deaths "apache2's first process, preforked" true
fi
PORT=$(low_port)
haproxy_server -W
three_deaths "haproxy -W, whose worker listens" false
BIND=$WORK/haproxy.sock haproxy_server
TARGET=$WORK/haproxy.sock three_deaths "haproxy at a path, which it renames" false
[ "$(replica_after)" = 0 ] || complain "a replica of an empty primary keeps its data"
[ "$(replica_after --appendonly yes)" = 1 ] || complain "a replica of a primary with persistence has lost its data"
echo "restart_kinds: $bad bad"
[ "$bad" -eq 0 ]
