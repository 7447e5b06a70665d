#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# demo/arena, a game server with a thread for each connection: what is promised of containment, seen by its clients.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load recovery
load arena
setup() {
    setup_server
    INNOCENTS=''
}
teardown() {
    [ -z "$INNOCENTS" ] || kill -KILL "$INNOCENTS" 2>/dev/null || true
    teardown_server
}

@test "arena: NULL dereference in a handler: only the culprit is disconnected" {
    start_arena
    start_innocents 20 4
    culprit EMOTE
    no_innocent_has_suffered
    all_is_well
    contained_in handle_emote SIGSEGV SIGSEGV
    ends_with_status_0
}

@test "arena: failed assertion in a handler: only the culprit is disconnected" {
    start_arena
    start_innocents 20 4
    culprit "TEAM 9"
    no_innocent_has_suffered
    all_is_well
    contained_in handle_team SIGABRT assert
    grep -q "Assertion .team >= 0" "$TMP/with.err" || fail "the program's own message is missing"
    ends_with_status_0
}

@test "arena: a slot of an ended thread is freed by the server itself" {
    start_arena
    culprit EMOTE
    await "rid of the ended player" eval 'client say CHECK | grep -q "^< OK 0 players, 0 seats"'
    ends_with_status_0
}

@test "arena: fault with the match locked: the process dies on purpose, and says why" {
    start_arena
    start_innocents 20 30
    culprit "CHEAT nobody 5"
    died_deliberately 11 "a lock is held"
    function_on_stack world_cheat
    function_on_stack handle_cheat
    want "threads" true "$(report '(.threads | length) > 20')"
}

@test "arena: without a rule for it the same fault ends the process as ever" {
    start_arena CRUMPLE_RECOVER='cleanup_loop=restart,*=crash'
    culprit EMOTE
    await_death
    want "status" 11 "$(status_of with signal)"
    take_event '.event == "crash"'
    function_on_stack handle_emote
    want "contained" 0 "$(count_events '.event == "contained"')"
}

@test "arena: the cleanup thread is run again after a fault" {
    start_arena
    start_innocents 10 3
    client say "KICK nobody" PING
    await_events 1 '.event == "restart" and .routine == "cleanup_loop"'
    no_innocent_has_suffered
    take_event '.event == "contained"'
    want "action" restart "$(event .action)"
    function_on_stack cleanup_loop
    # It works again: who is kicked now goes.
    client say "HELLO idler" "JOIN 3" "KICK idler" >"$TMP/kick"
    await "rid of the kicked player" eval 'client say CHECK | grep -q "^< OK 0 players, 0 seats"'
    ends_with_status_0
}

@test "arena: a cleanup thread that always faults is parked, and the server goes on" {
    start_arena CRUMPLE_BACKOFF='10ms..50ms,3/60s'
    for _ in 1 2 3 4 5 6; do
        client say "KICK nobody" >/dev/null
    done
    await_events 1 '.event == "parked" and .routine == "cleanup_loop"'
    expect_said parked
    start_innocents 20 2
    no_innocent_has_suffered
    all_is_well
    await "counting the parked routine" metric_is crumple_parked cleanup_loop 1
    server_lives
    kill -TERM "$SERVER" # with a thread that does not come back: the server waits 2 s for it
    await_death
    want "status" "0 0" "$(status_of with exit) $(status_of with signal)"
}

# storm_of SECONDS: the attack beside 50 innocents, and the same without it. Prints what became of the latency.
storm_of() {
    start_innocents 50 "$1"
    no_innocent_has_suffered
    local quiet
    quiet=$(innocents p99_ms)
    start_innocents 50 "$(($1 + 2))"
    client -j -s "$CULPRIT" -d "$1" -r 100 attack >"$TMP/attack.json" || fail "attack: $(cat "$TMP/attack.json")"
    no_innocent_has_suffered
    printf '# p99 of the innocents in ms: %s without faults, %s in the storm\n' "$quiet" "$(innocents p99_ms)" >&3
    printf '# attack: %s\n' "$(cat "$TMP/attack.json")" >&3
}

@test "arena: a storm of malformed messages: only their sender is refused, no request is lost" {
    start_arena
    storm_of 10
    all_is_well
    server_lives
    want "answered, hung, unreachable" "0 0 0" "$(gojq -r '"\(.answered) \(.hung) \(.unreachable)"' "$TMP/attack.json")"
    # Five are forgiven, the sixth trips; the breaker's timeout of 30 s is longer than this storm.
    want "contained before the breaker opened" true "$(gojq '.disconnected >= 6 and .disconnected <= 20' "$TMP/attack.json")"
    want "refused" true "$(gojq '.refused >= 900' "$TMP/attack.json")"
    await_events 1 '.event == "breaker" and .scope == "peer" and .to == "open"'
    want "peers with a breaker" "[\"$CULPRIT\"]" \
        "$(events | gojq -sc '[.[] | select(.event == "breaker" and .scope == "peer") | .name] | unique')"
    want "routines with a tripped breaker" 0 "$(count_events '.event == "breaker" and .scope == "routine"')"
    want "refused peers" "[\"$CULPRIT\"]" \
        "$(events | gojq -sc '[.[] | select(.event == "peer_refused") | .peer] | unique')"
    want "counted" "$(gojq .disconnected "$TMP/attack.json")" \
        "$(events | gojq -s '[.[] | select(.event == "contained") | .count // 1] | add')"
    want "bundles at most" true "$([ "$(count_files '*.tar.zst')" -le 5 ] && echo true)"
    await "counting" metric_is crumple_contained_total conn_handler "$(gojq .disconnected "$TMP/attack.json")"
    expect_said "$CULPRIT"
    ends_with_status_0
}

@test "arena: its demonstration shows what it says, and leaves nothing running" {
    DEMO_DIR=$TMP/demo timeout 90 "$ROOT/demo/run" arena >"$TMP/demo.out" 2>&1 || fail "$(cat "$TMP/demo.out")"
    grep -q '20 disconnected' "$TMP/demo.out" || fail "$(cat "$TMP/demo.out")"
    want "runs in which nobody else was hurt" 3 "$(grep -c ' 0 disconnected; .* 0 failed, 0 wrong' "$TMP/demo.out")"
    grep -q 'handle_emote' "$TMP/demo.out"
    grep -q 'handle_team' "$TMP/demo.out"
    grep -q 'a lock is held' "$TMP/demo.out"
    grep -q 'refused at the door' "$TMP/demo.out"
    grep -q 'crumple_contained_total' "$TMP/demo.out"
    want "processes still running" '' "$(grep -laz "$TMP/demo" /proc/[0-9]*/environ 2>/dev/null | grep -v "/$$/" || true)"
}
