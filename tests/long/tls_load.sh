#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tls_load.sh PORT: HTTPS clients of a TLS server until SIGTERM, each request on a connection of its own. A connection that
# ends, in its handshake or later, is nothing to complain about; one that is not answered within 2 s is (curl's status 28),
# and so is a server that refuses everybody (7).
server=https://127.0.0.1:$1

# A request that has begun is waited for, hence the ignored signal in curl.
client() {
    local over=0 result refused=0
    trap 'over=1' TERM
    while [ "$over" = 0 ]; do
        result=0
        (
            trap '' TERM
            exec curl -sk -m 2 -o /dev/null "$@"
        ) || result=$?
        [ "$result" != 28 ] || return 1
        if [ "$result" = 7 ]; then refused=$((refused + 1)); else refused=0; fi
        [ "$refused" -lt 5 ] || return 1
    done
    return 0
}

client "$server/page?[1-4]" & # one process resumes its session
clients=$!
client --tls-max 1.2 "$server/page" &
clients+=" $!"
client --http1.0 "$server/page" &
clients+=" $!"
trap '' TERM # theirs alone
failed=0
for pid in $clients; do
    wait "$pid" || failed=1
done
exit "$failed"
