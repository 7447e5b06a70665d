#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common
setup() { common_setup; }

@test "group: counts by signature, the most frequent first, then the latest" {
    three
    bundle "20260101T000000.000000Z-old-1" '.signature = "SIGBUS | old"'
    run -0 --separate-stderr "$crumple" group --table
    [[ ${lines[0]} =~ ^GROUP\ +COUNT\ +TREND\ +CONTAINED\ +FIRST\ +LAST\ +BUILDS\ +HOSTS\ +SIGNAL\ +SIGNATURE$ ]]
    [[ ${lines[1]} == g*" 2 "*" 0%  2026-01-02 03:04  2026-01-04 03:04 "*" SIGSEGV  SIGSEGV | parse_header | handle_client" ]]
    [[ ${lines[2]} == *"SIGABRT | other" ]]
    [[ ${lines[3]} == *"SIGBUS | old" ]]
    run -0 "$crumple" group --table -r -n 2 --no-legend
    [[ ${#lines[@]} -eq 2 && ${lines[0]} == *other && ${lines[1]} == *parse_header* ]]
}

@test "group --json: count, first, last and the newest paths" {
    for day in 1 2 3 4 5 6 7; do
        bundle "2026010${day}T000000.000000Z-srv-$day"
    done
    run -0 --separate-stderr "$crumple" group --json
    [ "${#lines[@]}" -eq 1 ]
    gojq -e '.count == 7 and .first == "2026-01-01T00:00:00.000000Z" and .last == "2026-01-07T00:00:00.000000Z" and
           (.paths | length) == 5 and (.paths[0] | endswith("srv-7.tar.zst")) and
           (.paths[4] | endswith("srv-3.tar.zst")) and .pid == 7 and .event == "crash" and .signal == "SIGSEGV" and
           (.title | type == "string") and (.exe | type == "string") and .time == .last and
           .path == .paths[0] and (.signature | type == "string")' <<<"$output"
}

@test "group: filters, nothing matched, pending and damaged are not counted" {
    three
    run -0 "$crumple" group --json --exe beta
    [ "$(gojq .count <<<"$output")" -eq 1 ]
    run -1 --separate-stderr "$crumple" group --table --since 1h
    [ -z "$output" ]
    touch "$CRUMPLE_DIR/20260105T030405.000004Z-x-44.core"
    run -0 --separate-stderr "$crumple" group --json
    [ "${#lines[@]}" -eq 2 ]
    [[ $stderr == *"1 pending"* ]]
    truncate -s 100 "$CRUMPLE_DIR/$a.tar.zst"
    run -3 --separate-stderr "$crumple" group --json
    [ "$(gojq -s 'map(.count) | add' <<<"$output")" -eq 2 ]
    [[ $stderr == *"1 damaged"* ]]
}

@test "group --by: where no event has the key, stderr says so" {
    three
    run -1 --separate-stderr "$crumple" group --by zone
    [ -z "$output" ]
    [ "$stderr" = "crumple: none of the 3 events in '$CRUMPLE_DIR' has a tag or member 'zone'" ]
}

@test "group: without signatures by title; only pending cores is nothing" {
    bundle "$a" '.signature = null'
    bundle "$b" 'del(.signature)'
    run -0 "$crumple" group --table --no-legend
    [ "${#lines[@]}" -eq 2 ]
    rm "$CRUMPLE_DIR"/*.tar.zst
    touch "$CRUMPLE_DIR/20260105T030405.000004Z-x-44.core"
    run -1 --separate-stderr "$crumple" group --table
    [ -z "$output" ]
}
