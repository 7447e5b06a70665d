#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# privoxy_load.sh PORT: clients of privoxy's own pages until SIGTERM. A connection that ends is nothing to complain about;
# one that is not answered within 2 s is (curl's status 28), and so is a proxy that refuses everybody (7).
proxy=http://127.0.0.1:$1

# A request that has begun is waited for, hence the ignored signal in curl.
client() {
    local over=0 result refused=0
    trap 'over=1' TERM
    while [ "$over" = 0 ]; do
        result=0
        (
            trap '' TERM
            exec curl -s -m 2 -o /dev/null -x "$proxy" "http://p.p/$1"
        ) || result=$?
        [ "$result" != 28 ] || return 1
        if [ "$result" = 7 ]; then refused=$((refused + 1)); else refused=0; fi
        [ "$refused" -lt 5 ] || return 1
    done
    return 0
}

client 'show-status?[1-8]' &
clients=$!
client 'show-url-info?url=www.example.com&x=[1-8]' &
clients+=" $!"
client 'show-request?[1-8]' &
clients+=" $!"
trap '' TERM # theirs alone
failed=0
for pid in $clients; do
    wait "$pid" || failed=1
done
exit "$failed"
