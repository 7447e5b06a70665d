#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Stops, reloads and upgrades of living servers: new clients are refused at the same moment with crumple-run --restart as without
# it, or not at all, and nobody hangs. Two minutes; restart_stops.sh WORD picks stops.
# shellcheck disable=SC2016 # the stops are lines for another shell
set -uo pipefail
# shellcheck source=tests/restart/servers.bash
source "$(dirname "$0")/../restart/servers.bash"
WORK=$(mktemp -d /tmp/crumple-stops-XXXXXX)
export WORK BUILD CRUMPLE_DIR=$WORK/crashes
chmod 755 "$WORK"
cd "$WORK" || exit 1
bad=0 wanted=${1-}
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    end_all
    rm -rf "$WORK"
}
trap clean_up EXIT

# same NAME OF THE STOP, then as stops_the_same
same() {
    local what=$1
    shift
    [[ $what == *"$wanted"* ]] || return 0
    if stops_the_same "$@"; then
        echo "$what: $(gojq -c 'map([.first_refused_ms, .refused])' "$WORK/both")"
    else
        bad=$((bad + 1))
        echo "BAD: $what"
    fi
}

# The clients ask the port that a reload drops.
# shellcheck disable=SC2317 # by name
two_ports_server() {
    SECOND_PORT=$(low_port)
    nginx_server
    sed "/listen 127.0.0.1:$SECOND_PORT/d" "$WORK/nginx.conf" >"$WORK/fewer.conf"
    TARGET=$SECOND_PORT
}

TOLERANCE_MS=150 same "redis, SIGTERM" 1.5 'kill -TERM $PID' redis
TOLERANCE_MS=150 same "redis, SIGINT to the server" 1.5 'kill -INT $SERVER' redis
for name in memcached mosquitto arena haproxy nginx gunicorn; do
    same "$name, SIGTERM" 1.5 'kill -TERM $PID' "$name"
done
same "haproxy, soft stop" 1.5 'kill -USR1 $SERVER' haproxy
same "haproxy, soft stop through crumple-run" 1.5 'kill -USR1 $PID' haproxy
same "haproxy -W, soft stop" 1.5 'kill -USR1 $SERVER' haproxy -W
same "haproxy -sf" 2.5 'setsid haproxy -D -f haproxy.cfg -p new.$SERVER.pid -sf $SERVER >/dev/null 2>&1; sleep 4; kill $(cat new.$SERVER.pid)' haproxy -db
same "nginx -s quit" 1.5 'nginx -p $WORK -c nginx.conf -e $WORK/error.log -s quit' nginx
same "nginx reuseport, quit" 1.5 'kill -QUIT $SERVER' nginx reuseport
same "nginx, reload" 1.5 'kill -HUP $SERVER' nginx
same "nginx, reload that drops a port" 1.5 'cp fewer.conf nginx.conf; kill -HUP $SERVER' two_ports
unset SECOND_PORT TARGET
same "gunicorn, reload" 1.5 'kill -HUP $SERVER' gunicorn
DRAIN=10 same "a server that drains for ten seconds" 3 'kill -TERM $SERVER' draining
echo "restart_stops: $bad bad"
[ "$bad" -eq 0 ]
