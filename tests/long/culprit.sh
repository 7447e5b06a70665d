#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whose request killed the server, at length. A poisoner and 20 innocents against redis for CULPRIT_SECONDS (120): at most trip + 1
# deaths, then none; each innocent request is answered, after at most one more attempt for each death. The same on one address:
# nobody is refused. Then CULPRIT_DEATHS (30) deaths by a timer under load, by kill, and with requests of three clients open: never
# a wrong culprit. Six minutes.
set -uo pipefail
# shellcheck source=tests/restart/campaign.bash
source "$(dirname "$0")/../restart/campaign.bash"
seconds=${CULPRIT_SECONDS:-120} deaths=${CULPRIT_DEATHS:-30}

peers() {
    timeout $((${seconds%.*} + 120)) /usr/bin/python3 "$ROOT/tests/restart/peers.py" "$@"
}

# happened FILTER: the events that it selects, one a line
happened() {
    find "$CRUMPLE_DIR" -name 'crashes.ndjson*' -exec cat {} + 2>/dev/null | gojq -rc "$1"
}

died() {
    happened 'select(.event == "restarted")' | wc -l
}

# dies COUNT COMMAND...: within 20 s the server has been restarted so often, and until then the command runs again and again
dies() {
    local count=$1 i
    shift
    for ((i = 0; i < 200; i++)); do
        [ "$(died)" -lt "$count" ] || return 0
        "$@" >/dev/null 2>&1
        sleep 0.1
    done
    complain "it has not died $count times"
}

poisoned() {
    fresh
    redis_server
    CRUMPLE_BREAKER=trip=5 BACKOFF=100ms..100ms begin_restarting
    served || complain "no server"
    peers poison "$PORT" "$seconds" 127.0.0.2 20 >account
    sleep 1.5
    echo "poisoner and 20 innocents: $(died) deaths, $(gojq -c . account)"
    [ "$(died)" = 6 ] || complain "$(died) deaths, not 6"
    gojq -e '.unanswered == [] and .most_retries <= 6' account >/dev/null || complain "innocents were not answered"
    [ "$(happened 'select(.event == "peer_refused").peer' | sort -u)" = 127.0.0.2 ] || complain "others were refused"
    end_all
}

shared() {
    fresh
    redis_server
    CRUMPLE_BREAKER=trip=5 BACKOFF=100ms..100ms begin_restarting
    served || complain "no server"
    peers poison "$PORT" 20 127.0.0.2 20 same >account
    sleep 1.5
    echo "one address: $(died) deaths, $(happened 'select(.event == "crash" and .culprit)' | wc -l) culprits, $(gojq -c '{ok, retries}' account)"
    [ "$(died)" -gt 6 ] || complain "$(died) deaths only"
    [ -z "$(happened 'select(.event == "peer_refused")')" ] || complain "somebody was refused"
    end_all
}

# named: the addresses that the reports call culprits
named() {
    happened 'select(.event == "crash").culprit // empty' | sort -u | tr '\n' ' '
}

by_timer() {
    fresh
    COMMAND=("$T/requests" "$PORT" loop 300)
    BACKOFF=10ms..10ms begin_restarting
    dies "$deaths" peers load "$PORT" 2
    echo "by a timer under load: $(died) deaths, culprits: $(named)"
    [ -z "$(named)" ] || complain "a timer has culprits: $(named)"
    end_all
}

kill_it() {
    kill -SEGV "$(server_below "$PID")"
}

by_kill() {
    local load
    fresh
    COMMAND=("$T/requests" "$PORT" loop)
    BACKOFF=10ms..10ms begin_restarting
    peers load "$PORT" 60 &
    load=$!
    dies "$deaths" kill_it
    kill "$load"
    wait "$load" 2>/dev/null
    echo "by kill under load: $(died) deaths, culprits: $(named)"
    [ -z "$(named)" ] || complain "a signal has culprits: $(named)"
    end_all
}

three_open() {
    fresh
    COMMAND=("$T/requests" "$PORT" loop)
    CRUMPLE_BREAKER=trip=1000 BACKOFF=10ms..10ms begin_restarting
    dies "$deaths" peers ask "$PORT" 127.0.0.3:sleep 127.0.0.4:wait 127.0.0.5:wait 127.0.0.2:crash 127.0.0.6:wait
    echo "with three open: $(died) deaths, culprits: $(named)"
    [ -z "$(named | tr -d ' ')" ] || [ "$(named)" = '127.0.0.2 ' ] || complain "innocents are culprits: $(named)"
    end_all
}

for part in "${@:-poisoned shared by_timer by_kill three_open}"; do
    for name in $part; do
        "$name"
    done
done
echo "culprit: $bad bad"
[ "$bad" -eq 0 ]
