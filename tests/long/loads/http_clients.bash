# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Clients for a drill's load, until SIGTERM. A connection that ends is nothing to complain about; one that is not answered
# within 2 s is (curl's status 28), and so is a server that refuses everybody (7).

clients=''

# client CURL_ARGUMENT...: one client, again and again. A request that has begun is waited for, hence the ignored signal.
client() {
    local over=0 result refused=0
    trap 'over=1' TERM
    while [ "$over" = 0 ]; do
        result=0
        (
            trap '' TERM
            exec curl -s -m 2 -o /dev/null "$@"
        ) || result=$?
        [ "$result" != 28 ] || return 1
        if [ "$result" = 7 ]; then refused=$((refused + 1)); else refused=0; fi
        [ "$refused" -lt 5 ] || return 1
    done
    return 0
}

# start_client CURL_ARGUMENT...
start_client() {
    client "$@" &
    clients+=" $!"
}

# Status 0 when none had to complain.
await_clients() {
    local pid failed=0
    trap '' TERM # theirs alone
    for pid in $clients; do
        wait "$pid" || failed=1
    done
    return "$failed"
}
