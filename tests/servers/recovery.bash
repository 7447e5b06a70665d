# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Servers that go on: events of crashes.ndjson, bundles of contained faults, peers that are refused.

source "$ROOT/tests/servers/helpers.bash"

# count_events FILTER: of gojq, over one event.
count_events() {
    events -s "[.[] | select($1)] | length"
}

has_events() {
    [ "$(count_events "$2")" -ge "$1" ]
}

# await_events NUMBER FILTER
await_events() {
    await "seeing $1 events with $2" has_events "$1" "$2"
}

# take_event FILTER: the last such event goes to event.json; its bundle and report to BUNDLE and REPORT.
take_event() {
    await_events 1 "$1"
    events -s "[.[] | select($1)] | last" >"$TMP/event.json"
    BUNDLE=$CRASHES/$(id -u)/$(gojq -r .id "$TMP/event.json").tar.zst
    [ -f "$BUNDLE" ] || fail "no bundle $BUNDLE of:" "$(cat "$TMP/event.json")"
    read_report "$BUNDLE"
}

event() {
    gojq -r "$1" "$TMP/event.json"
}

server_lives() {
    kill -0 "$SERVER" 2>/dev/null || fail "the server is dead; stderr:" "$(tail -n 20 "$TMP/with.err")"
}

# It ends as asked, and reports nothing: the threads that were ended are no burden.
ends_with_status_0() {
    kill -TERM "$SERVER"
    await_death
    want "status" "0 0" "$(status_of with exit) $(status_of with signal)"
}

# died_deliberately SIGNAL REASON: a bundle of the whole process says that an ending was asked for, and why not done.
died_deliberately() {
    await_death
    want "status" "$1" "$(status_of with signal)"
    take_event '.event == "crash"'
    want "action" refused "$(report .recovery.action)"
    [[ $(report .recovery.decision) == *"$2"* ]] || fail "decision '$(report .recovery.decision)' lacks '$2'"
    want "event" "refused" "$(event .action)"
    want "contained" 0 "$(count_events '.event == "contained"')"
    expect_said "$2"
}

# function_on_stack NAME: of the thread that faulted, in the report.
function_on_stack() {
    [[ $(report '.threads[0].frames | tostring') == *"$1"* ]] || # inlined ones too
        fail "$1 is not among the frames: $(report '[.threads[0].frames[].function // "?"] | join(" ")')"
}

metric_is() {
    [ "$(metric "$1" "$2")" = "$3" ]
}
