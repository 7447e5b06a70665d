#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Six servers die 20 times (RESTART_DEATHS) of each of SIGSEGV, SIGABRT and SIGKILL, while 8 and while 200 clients connect anew
# for each request. No client may be refused, none that connects while nobody serves may be reset, and the slowest answer
# comes at most 200 ms after the restart. Then the limit: the listener is closed, and the status is the server's.
# restart.sh [SERVER...]; a quarter of an hour.
set -uo pipefail
# shellcheck source=tests/restart/campaign.bash
source "$(dirname "$0")/../restart/campaign.bash"
deaths=${RESTART_DEATHS:-20}

# campaign NAME SIGNAL CLIENTS
campaign() {
    fresh
    # mosquitto takes one connection a turn, and has a queue of 100: more clients in a hurry are dropped without any death.
    THINK_US=$([ "$1" = mosquitto ] && echo 50000 || echo 2000)
    die "$1" "$2" "$deaths" "$3" || true
    echo "$1, signal $2, $3 clients: $(gojq -c '{deaths: .deaths | length, ok, refused, reset_gap, reset_before, slowest_ms,
        away_ms: [.deaths[].restart_ms] | sort | .[length / 2 | floor]}' account)"
    [ ! -s wrong ] || complain "$(cat wrong)"
    rm -rf "$WORK/crashes"
}

# limit NAME: a third death within the minute
limit() {
    local status=0
    fresh
    PORT=$(low_port)
    "$1_server"
    LIMIT=2/60s begin_restarting
    for _ in 1 2 3; do
        served || complain "$1 does not answer"
        kill -SEGV "$(server_below "$PID")"
        sleep 0.5
    done
    wait "$PID" || status=$?
    [ "$status" = 139 ] || complain "$1: status $status after the limit"
    [ "$(clients -n 1 -d 0.2 "$PORT" | gojq '.ok == 0 and .refused > 0')" = true ] || complain "$1: somebody listens after the limit"
    end_all
}

[ $# -gt 0 ] || set -- redis memcached haproxy nginx mosquitto arena
for name in "$@"; do
    for signal in 11 6 9; do
        for count in 8 200; do
            campaign "$name" "$signal" "$count"
        done
    done
    limit "$name"
done
echo "restart: $bad bad"
[ "$bad" -eq 0 ]
