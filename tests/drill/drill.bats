#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple drill on a small server with a thread for each connection: what it finds, tells, and leaves behind.
bats_require_minimum_version 1.5.0

load helpers

@test "a short drill: every fault is contained or ends the server with a report" {
    run -0 --separate-stderr drill -n 12 -j 2 --seed 11 --json
    gojq -e '.total.activated == 12 and .total.contained + .total.deliberate == 12' <<<"$output"
    gojq -e '.total.wedged == 0 and .total.corrupt == 0 and .total.unreported == 0' <<<"$output"
    gojq -e '.total.contained > 0 and .total.success == 1' <<<"$output"
    [[ $stderr == *"crumple: seed 11; policy *=contain:wide (the default)"* ]]
    nothing_is_left
}

@test "the JSON says what was done, by routine, module, reason and run" {
    run -0 --separate-stderr drill -n 6 --seed 12 --json -o "$BATS_TEST_TMPDIR/result.json"
    diff <(gojq . <<<"$output") <(gojq . "$BATS_TEST_TMPDIR/result.json")
    gojq -e '.seed == "12" and .fault == "nil" and .recover == "*=contain:wide" and (.server | length) == 2' <<<"$output"
    gojq -e '.recover_from == "the default" and .healthy.stop == "signal 15" and .healthy.longest_ms >= 0' <<<"$output"
    gojq -e '.sampled.sites > 100 and .sampled.steps > .sampled.sites' <<<"$output"
    gojq -e '.routines[0].routine == "serve" and .routines[0].activated == 6 and (.routines[0].entry | startswith("server+0x"))' <<<"$output"
    gojq -e '([.modules[].activated] | add) == 6' <<<"$output"
    gojq -e '([.reasons[].count] | add // 0) == .total.deliberate' <<<"$output"
    gojq -e '[.runs[] | select(.outcome == "contained" or .outcome == "deliberate")] | length == 6' <<<"$output"
    gojq -e 'all(.runs[]; (.site | test("^[^/]+[+]0x[0-9a-f]+$")) and .routine == "serve")' <<<"$output"
    gojq -e 'all(.runs[] | select(.outcome == "contained"); .recovered and .answered_us > 0 and .settled_us > 0 and .stop_us > 0 and .stop == "signal 15")' <<<"$output"
}

@test "the table has a line for each routine and module, and tells how to repeat it" {
    run -0 --separate-stderr drill -n 4 --seed 13
    [[ ${lines[0]} =~ ^ROUTINE\ +SITES\ +CONTAINED\ +DEATHS\ +WEDGED\ +CORRUPT\ +UNREPORTED\ +NO\ STOP\ +LEAKS ]]
    [[ ${lines[1]} =~ ^serve\ +4\  ]]
    [[ ${lines[2]} =~ ^all\ +4\  ]]
    [[ $output == *"crumple drill --seed 13 --runs 4 --fault nil"*"-- $server %p"* ]]
}

@test "the same seed draws the same sites, another one others" {
    run -0 --separate-stderr drill -n 3 --seed 1 --sites "$BATS_TEST_TMPDIR/pool" --json
    first=$(gojq -c '[.runs[0:3][].site]' <<<"$output")
    run -0 --separate-stderr drill -n 3 --seed 1 --sites "$BATS_TEST_TMPDIR/pool" --json
    [ "$first" = "$(gojq -c '[.runs[0:3][].site]' <<<"$output")" ]
    run -0 --separate-stderr drill -n 3 --seed 2 --sites "$BATS_TEST_TMPDIR/pool" --json
    [ "$first" != "$(gojq -c '[.runs[0:3][].site]' <<<"$output")" ]

    # one of them again, twice
    run -0 --separate-stderr drill -n 2 --seed 1 --sites "$BATS_TEST_TMPDIR/pool" --json --site "$(gojq -r '.[0]' <<<"$first")"
    gojq -e --argjson first "$first" '.total.activated == 2 and all(.runs[]; .site == $first[0])' <<<"$output"

    # a pool of another program is refused
    sed 's/"build_id":"[0-9a-f]\{4\}/"build_id":"0000/' "$BATS_TEST_TMPDIR/pool" >"$BATS_TEST_TMPDIR/stale"
    run -3 --separate-stderr drill -n 1 --sites "$BATS_TEST_TMPDIR/stale"
    [[ $stderr == *"cannot use '$BATS_TEST_TMPDIR/stale': '"*"' has changed since"* ]]
    # unless only other modules are drawn from: a drill of the same sites goes on with the next version of the shim
    sed 's/\(libcrumple.so","build_id":"\)[0-9a-f]\{4\}/\10000/' "$BATS_TEST_TMPDIR/pool" >"$BATS_TEST_TMPDIR/shim"
    run -3 --separate-stderr drill -n 1 --sites "$BATS_TEST_TMPDIR/shim"
    [[ $stderr == *"libcrumple.so' has changed since"* ]]
    run -0 --separate-stderr drill -n 1 --sites "$BATS_TEST_TMPDIR/shim" --exclude libcrumple.so
}

@test "every kind of fault is injected" {
    for kind in wild ill fpe; do
        run -0 --separate-stderr drill -n 3 --seed 3 --fault $kind --json
        gojq -e --arg kind "$kind" '.fault == $kind and .total.contained + .total.deliberate == 3' <<<"$output"
    done
    run -0 --separate-stderr drill -n 8 -j 2 --seed 3 --fault flip --json
    gojq -e '.total | .contained + .deliberate + .no_effect + .silent == 8 and .no_effect > 0' <<<"$output"
    nothing_is_left
}

@test "an oracle that gets no answer is a wedged server, one that fails a corrupt one" {
    run -1 --separate-stderr "$crumple" drill --sample-time 1s -n 12 --first-fatal --seed 4 --exclude '*.so*' --json \
        --oracle-timeout 300ms --load "$client load %p 4" --oracle "$(once 'sleep 9')" -- "$server" %p
    gojq -e '.total.wedged == 1 and .runs[-1].outcome == "wedged"' <<<"$output"
    kept=$(gojq -r '.runs[-1].evidence' <<<"$output")
    [ -s "$kept/log" ] && [ -n "$(find "$kept/crashes" -name crashes.ndjson)" ]
    rmdir "$BATS_TEST_TMPDIR/asked"
    run -1 --separate-stderr "$crumple" drill --sample-time 1s -n 12 --first-fatal --seed 4 --exclude '*.so*' \
        --load "$client load %p 4" --oracle "$(once 'exit 1')" -- "$server" %p
    [[ $output == *"Failures:"*"corrupt at "*"kept in "* ]]
    rm -rf "$BATS_TEST_TMPDIR"/crumple-drill*
    nothing_is_left
}

@test "a load that somebody leaves waiting is a wedged server" {
    run -1 --separate-stderr "$crumple" drill --sample-time 1s -n 12 --first-fatal --seed 4 --exclude '*.so*' --json \
        --load "trap '$(once 'exit 1'); exit' TERM; $client load %p 4" --oracle "$client check %p" -- "$server" %p
    gojq -e '.total.wedged == 1 and (.runs[-1].detail | contains("load"))' <<<"$output"
}

@test "a death that nobody reports is told" {
    run -1 --separate-stderr drill -n 1 --seed 5 --json --shim "$programs/libnomalloc.so"
    gojq -e '.total.unreported == 1' <<<"$output"
}

@test "without threads there is nothing to inject into" {
    run -3 --separate-stderr "$crumple" drill --sample-time 1s --load "$client load %p 2" --oracle true -- \
        "$server" %p plain
    [[ $stderr == *"no thread to inject into"* ]]
    nothing_is_left
}

@test "a server that does not start, or ends, is said" {
    run -3 --separate-stderr "$crumple" drill --load true --oracle true -- /nonexistent/server
    [[ $stderr == *"cannot start '/nonexistent/server': No such file or directory"* ]]
    run -3 --separate-stderr "$crumple" drill --load true --oracle true -- true
    [[ $stderr == *"the server ended before it was ready"* ]]
    run -3 --separate-stderr "$crumple" drill --start-timeout 300ms --load true --oracle true -- sleep 60
    [[ $stderr == *"the server is not ready"* ]]
    nothing_is_left
}

@test "an interrupted drill ends what it started, and shows what was done" {
    drill -n 10000 --seed 6 -v --json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
    for _ in $(seq 300); do
        ! grep -q 'run 2' "$BATS_TEST_TMPDIR/err" || break
        sleep 0.1
    done
    kill -TERM "$(pgrep -P $! -f 'crumple-drill' || echo $!)"
    status=0
    wait $! || status=$?
    [ "$status" -eq 3 ]
    grep -q interrupted "$BATS_TEST_TMPDIR/err"
    # Whatever became of them: no thread may have come by.
    gojq -e '.total | .activated + .not_activated + .masked + .failed >= 2' "$BATS_TEST_TMPDIR/out"
    nothing_is_left
}

@test "wrong usage is 2, and says so once on stderr" {
    local base=(--load true --oracle true)
    refused() {
        run -2 --separate-stderr "$crumple" drill "$@"
        [ -z "$output" ] && [ "$(wc -l <<<"$stderr")" -eq 1 ] && [[ $stderr == "crumple: "* ]]
    }
    refused "${base[@]}"
    refused "${base[@]}" server
    refused --load true -- server
    refused --oracle true -- server
    refused "${base[@]}" --fault none -- server
    refused "${base[@]}" --runs 0 -- server
    refused "${base[@]}" --seed x -- server
    refused "${base[@]}" --oracle-timeout 5 -- server
    refused "${base[@]}" --jobs 2 -- server
    refused "${base[@]}" --jobs 65 -- server %p
    refused "${base[@]}" --site libc -- server
    nothing_is_left
}
