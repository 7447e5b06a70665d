# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# demo/arena, its players, and the one who sends it bad messages. ARENA is the program.

POLICY='conn_handler=contain,cleanup_loop=restart:park,*=crash'
CULPRIT=127.0.0.66
CLOSED=3 # what the client says when the server has closed the connection

# start_arena [VARIABLE=VALUE...]
start_arena() {
    SHIM=(${POLICY:+CRUMPLE_RECOVER="$POLICY"} "$@")
    start_server "${ARENA:-$BUILD/demo/arena}" -p 0
    await "listening" grep -q listening "$TMP/with.out"
    PORT=$(sed -n 's/^arena: listening.*://p' "$TMP/with.out")
    child_of_runner
}

client() {
    "$BUILD/demo/arena-client" -p "$PORT" "$@"
}

# start_innocents NUMBER SECONDS [RATE]: their summary goes to innocents.json.
start_innocents() {
    rm -f "$TMP/innocents.err"
    client -j -n "$1" -d "$2" -r "${3:-10}" play >"$TMP/innocents.json" 2>"$TMP/innocents.err" &
    INNOCENTS=$!
    await "playing" grep -q 'everybody is there' "$TMP/innocents.err"
}

innocents() {
    gojq -r ".$1" "$TMP/innocents.json"
}

# Not one request was lost, answered late or wrongly.
no_innocent_has_suffered() {
    wait "$INNOCENTS" || fail "innocents:" "$(cat "$TMP/innocents.json" "$TMP/innocents.err")" "$(tail -n 20 "$TMP/with.err")"
    INNOCENTS=''
    want "all innocents" "$(innocents players)" "$(innocents connected)"
    want "disconnected, failed, wrong" "0 0 0" "$(innocents disconnected) $(innocents failed) $(innocents wrong)"
}

# culprit LINE...: the last one is the bad one. Within the client's limit of 2 s the connection must be closed.
culprit() {
    local status=0
    client -s "$CULPRIT" say "HELLO mallory" "JOIN 1" "$@" >"$TMP/culprit" 2>&1 || status=$?
    want "end of the culprit's conversation: $(cat "$TMP/culprit")" "$CLOSED" "$status"
}

all_is_well() {
    client say CHECK >"$TMP/check" || fail "no answer to CHECK: $(cat "$TMP/check")"
    grep -q '^< OK ' "$TMP/check" || fail "CHECK: $(cat "$TMP/check")"
}

# contained_in FUNCTION SIGNAL WORD-OF-TITLE: the event, the bundle, and the line on stderr.
contained_in() {
    server_lives
    take_event '.event == "contained"'
    want "event" "contained contain $2" "$(event '"\(.event) \(.action) \(.signal)"')"
    want "routine" conn_handler "$(event .routine)"
    want "peer" "$CULPRIT" "$(event .peer)"
    want "event of the report" contained "$(report .event)"
    want "threads in the report" 1 "$(report '.threads | length')"
    function_on_stack "$1"
    function_on_stack conn_handler
    expect_title "$3" "$1"
    expect_said "contained $2 .*(conn_handler).*$(basename "$BUNDLE")"
}
