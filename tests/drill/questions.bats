#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The hard questions of crumple drill: does a server that lived through its faults still stop, does it lose capacity, what did
# its other clients see, and do the commands of the drill work at all.
bats_require_minimum_version 1.5.0

load helpers

# The load's report: {"requests":...} of the recoveries.
innocents() { holds ".recoveries.innocents | $1"; }

# holds EXPRESSION: it is true of the drill's report. Otherwise the numbers of the report are shown.
holds() {
    gojq -e "$1" <<<"$output" >/dev/null || {
        gojq -c '.total, .recoveries, (.runs[] | {site, outcome, detail, later, faults, faults_contained, stop, innocents})' <<<"$output"
        return 1
    }
}

# on MODE OPTION...: sites of libc that a contained thread is ended at, in a server of that mode.
on() {
    local mode=$1
    shift
    "$crumple" drill --sites "$pool" --sample-time 2s --seed 21 --exclude 'ld-*' --load "$client load %p 4" --oracle "$client check %p" --json \
        "$@" -- "$server" %p "$mode"
}

@test "a server gets several faults, and its other clients are served meanwhile" {
    run -0 --separate-stderr drill -n 10 -j 2 --seed 22 --exclude 'ld-*' --json
    holds '[.runs[] | select(.faults_contained == 3)] | length > 0'
    holds 'all(.runs[]; .faults <= 3 and .faults_contained <= .faults)'
    # A later fault may strike a thread that has just closed its connection: the rules refuse that one, and it ends the server.
    holds 'all(.runs[]; .later == null or (.later == "it serves no connection" and .faults_contained == .faults - 1))'
    holds '.recoveries.stopped == ([.runs[] | select(.outcome == "contained" and .later == null)] | length)'
    holds '.recoveries.faults_contained > .total.contained'
    innocents '.requests > 100 and .refused == 0 and .wrong == 0 and .hung == 0'
    # each fault takes the one connection of its thread
    holds '.recoveries | .innocents.reset <= .faults_contained'
    run -0 --separate-stderr drill -n 3 --seed 22 --exclude 'ld-*' --faults 1 --json
    holds 'all(.runs[]; .faults <= 1)'
    nothing_is_left
}

@test "a server that SIGTERM no longer ends is unclean" {
    run -1 --separate-stderr on counted -n 6 -j 2 --first-fatal
    gojq -e '.healthy.stop == "status 3" and .total.does_not_stop > 0 and .total.success < 1' <<<"$output"
    gojq -e 'any(.runs[]; .outcome == "does_not_stop" and (.detail | contains("after SIGTERM")) and .evidence)' <<<"$output"
    rm -rf "$BATS_TEST_TMPDIR"/crumple-drill*
    nothing_is_left
}

@test "a server that ends with another status than a healthy one is told" {
    run -0 --separate-stderr on hasty -n 8 -j 2
    gojq -e '.healthy.stop == "status 0" and .recoveries.stopped_otherwise > 0' <<<"$output"
    gojq -e 'any(.runs[]; .stopped_otherwise and .stop == "status \(.faults_contained)")' <<<"$output"
    gojq -e 'all(.runs[]; .stopped_otherwise == (.faults_contained > 0))' <<<"$output"
}

@test "a server that serves fewer clients at a time after its faults leaks slots" {
    run -1 --separate-stderr on slots -n 6 -j 2 --first-fatal --capacity "$client capacity %p"
    gojq -e '.healthy.capacity == 12 and .total.slots_leak > 0' <<<"$output"
    gojq -e 'any(.runs[]; .outcome == "slots_leak" and .capacity == 12 - .faults_contained)' <<<"$output"
    # a server that counts nothing has room for all
    run -0 --separate-stderr on free -n 2 --capacity "$client capacity %p"
    gojq -e '.healthy.capacity == 40 and .total.slots_leak == 0' <<<"$output"
    rm -rf "$BATS_TEST_TMPDIR"/crumple-drill*
}

@test "a later fault that ends the server is told apart from the first" {
    CRUMPLE_BREAKER=trip=1,peer=off run -0 --separate-stderr drill -n 10 -j 2 --seed 22 --exclude 'ld-*' --json
    # a busy machine may end a run before its third fault arrives
    gojq -e '[.runs[] | select(.faults == 3)] | length > 0 and all(.[]; .faults_contained == 2 and .later == "breaker open")' <<<"$output"
    gojq -e 'all(.runs[]; .faults <= 3 and .faults_contained <= 2)' <<<"$output"
    gojq -e '([.runs[] | select(.faults == 3)] | length) as $third | any(.later[]; . == {"count": $third, "reason": "breaker open"})' <<<"$output"
}

@test "a datagram server is drilled: it is ready when it has the port" {
    run -0 --separate-stderr "$crumple" drill --sample-time 2s -n 8 -j 2 --seed 23 --json --load "$client load %p 4 udp" \
        --oracle "$client check %p udp" -- "$server" %p udp
    gojq -e '.routines[0].routine == "serve_datagram" and .total.contained > 0 and .total.success == 1' <<<"$output"
    innocents '.requests > 50 and .hung == 0'
}

@test "what the load says of its clients counts: a wrong answer is corrupt, none is wedged" {
    said() {
        rm -rf "$BATS_TEST_TMPDIR/asked"
        run -1 --separate-stderr drill -n 12 --seed 22 --exclude 'ld-*' --first-fatal --json \
            --load "trap '$(once "echo drill: $1"); exit 0' TERM; $client load %p 4"
        gojq -e --arg outcome "$2" 'any(.runs[]; .outcome == $outcome)' <<<"$output"
        rm -rf "$BATS_TEST_TMPDIR"/crumple-drill*
    }
    said wrong=1 corrupt
    said hung=2 wedged
}

@test "the policy of the environment holds, the option comes first" {
    export CRUMPLE_RECOVER='serve=crash'
    run -0 --separate-stderr drill -n 2 --seed 22 --json
    gojq -e '.recover == "serve=crash" and .recover_from == "CRUMPLE_RECOVER" and .reasons == [{"count": 2, "reason": "recovery was not asked for"}]' <<<"$output"
    [[ $stderr == *"policy serve=crash (CRUMPLE_RECOVER)"* ]]
    run -0 --separate-stderr drill -n 1 --seed 22 --json --recover 'serve=contain'
    gojq -e '.recover == "serve=contain" and .recover_from == "--recover"' <<<"$output"
}

@test "a load that does not run is said at once, with its command and its words" {
    refused() {
        run -3 --separate-stderr "$crumple" drill --sample-time 1s "$@" -- "$server" %p
        [ -z "$output" ]
    }
    refused --load 'echo no such option >&2; exit 2' --oracle true
    [[ $stderr == *"the load ended with status 2, though nothing was injected: 'echo no such option >&2; exit 2'; its output ends: no such option"* ]]
    refused --load /nonexistent/load --oracle true
    [[ $stderr == *"the load ended with status 127"*"/nonexistent/load"*"not found"* ]]
    refused --load "$BATS_TEST_DIRNAME/drill.bats" --oracle true
    [[ $stderr == *"the load ended with status 126"* ]]
    refused --load true --oracle true
    [[ $stderr == *"the load never connects to the server's port, though nothing was injected: 'true'; it printed nothing"* ]]
    refused --load 'sleep 60' --oracle true
    [[ $stderr == *"the load never connects"* ]]
    refused --load "echo drill: requests=0; $client load %p 2 >/dev/null" --oracle true
    [[ $stderr == *"the load made no request"* ]]
    refused --load "$client load %p 1" --oracle 'echo bad; exit 1'
    [[ $stderr == *"the oracle ended with status 1, though nothing was injected"* ]]
    refused --load "$client load %p 1" --oracle true --capacity 'echo many'
    [[ $stderr == *"the capacity command gives no number"*"its output ends: many"* ]]
    nothing_is_left
}

@test "a pool of another server is refused, and sites that nobody reaches have an end" {
    run -0 --separate-stderr drill -n 1 --seed 22
    cp "$server" "$BATS_TEST_TMPDIR/moved"
    run -3 --separate-stderr "$crumple" drill --sites "$pool" --load "$client load %p 4" --oracle "$client check %p" -- "$BATS_TEST_TMPDIR/moved" %p
    [[ $stderr == *"the pool '$pool' is of another server: its threads begin in '$server'"* ]]
    # the healthy server runs, all others end at once
    run -3 --separate-stderr "$crumple" drill --sites "$pool" --seed 22 -j 2 --load "$client load %p 4" --oracle "$client check %p" -- \
        sh -c "$(once 'exit 1'); exec $server %p"
    [[ $stderr == *"stopped: 25 sites in a row could not be activated; the last: the server ended before it was ready"* ]]
}

@test "the end of the table: why faults were not contained, with their share" {
    run -0 --separate-stderr drill -n 2 --seed 22 --recover 'serve=crash'
    [[ $output == *"SITES    SHARE  NOT CONTAINED, BECAUSE"*" 2  100.0 %  recovery was not asked for" ]]
}

@test "the locks that cost surface are named" {
    run -0 --separate-stderr "$crumple" drill --sites "$pool" --seed 24 -n 12 -j 2 --routine serve --exclude '*.so*' --json \
        --load "$client load %p 4" --oracle "$client check %p" -- "$server" %p
    gojq -e '[.reasons[] | select(.reason == "a lock is held").count] == [.locks[].count] and .locks[0].lock == "lock"' <<<"$output"
    gojq -e 'all(.runs[]; (.lock == "lock") == (.reason == "a lock is held"))' <<<"$output"
}
