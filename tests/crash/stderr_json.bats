#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# CRUMPLE_STDERR=json: each kind of line, against the tables of docs/stderr.md.

load helpers
setup() {
    setup_crash
    SHIM=(CRUMPLE_STDERR=json)
    LINES_FILE=$TMP/with.err
}
teardown() {
    teardown_crash
}

# The table of members as JSON: [{member, types, in, may}]. 'a', 'b' in a row are two members.
schema() {
    awk -F' *[|] *' '/^## Members/ {on = 1} on && /^[|] `/ {
        n = split($2, names, /, /)
        for (i = 1; i <= n; i++) { gsub(/`/, "", names[i]); printf "%s\t%s\t%s\t%s\n", names[i], $3, $4, $5 } }' \
        "$ROOT/docs/stderr.md" | gojq -Rn '[inputs | split("\t") |
        {member: .[0], types: (.[1] | split(" or ")), in: (.[2] | split(" ")), may: (.[3] | split(" "))}]'
}

# The events that the documentation names.
events_of_page() {
    sed -n '/^## Events/,/^## Members/ s/^| \(`[^|]*`\) |.*/\1/p' "$ROOT/docs/stderr.md" | tr -d '`,' | tr ' ' '\n' | gojq -Rn '[inputs]'
}

# What is wrong with the lines of crumple in LINES_FILE, one complaint a line; events in SEEN.
valid_lines() {
    local complaints
    schema >"$TMP/schema.json"
    [ "$(gojq length "$TMP/schema.json")" -ge 25 ] || fail "the table of docs/stderr.md cannot be read"
    grep -a '^{"crumple":' "$LINES_FILE" >"$TMP/lines" || fail "no line of crumple:" "$(cat "$LINES_FILE")"
    ! grep -a '^crumple: ' "$LINES_FILE" || fail "a line of text among the objects"
    iconv -f UTF-8 -t UTF-8 "$TMP/lines" >/dev/null || fail "not UTF-8"
    ! LC_ALL=C grep -aq $'[\x01-\x09\x0b-\x1f\x7f]' "$TMP/lines" || fail "control characters"
    # shellcheck disable=SC2016 # the variables are gojq's
    complaints=$(gojq -r --slurpfile rows "$TMP/schema.json" --argjson events "$(events_of_page)" '
        . as $line | $rows[0] as $rows | .event as $event |
        def type_of: if . == true then ["true"] else [type] end;
        def is_in(list): any(list[]; . == "all" or . == $event);
        (if ($events | index($event)) == null then "no event \($event)" else empty end),
        ($rows[] | select(is_in(.in)) | .member |
            select(. as $m | $line | has($m) | not) | "\($event) lacks \(.)"),
        (to_entries[] | . as $entry | [$rows[] | select(.member == $entry.key)] |
            if length == 0 then "\($event) has \($entry.key), which has no row"
            else .[0] | (if is_in(.in + .may) | not
                    then "\($event) may not have \($entry.key)" else empty end),
                (if .types - ($entry.value | type_of) == .types
                    then "\($event): \($entry.key) is \($entry.value | tojson)" else empty end) end)' "$TMP/lines") ||
        fail "not JSON:" "$(cat "$TMP/lines")"
    [ -z "$complaints" ] || fail "$complaints" "$(cat "$TMP/lines")"
    SEEN=$(gojq -r .event "$TMP/lines" | sort -u | paste -sd' ')
}

line() {
    gojq -r "$@" "$TMP/lines"
}

@test "json: a crash is a line with program, time, signal, host, and agrees with the report and the index" {
    crash() { run_without "$@" && run_with "$@" && right_files; }
    crash null-write
    valid_lines
    want "events" crash "$SEEN"
    want "lines" 1 "$(wc -l <"$TMP/with.err")"
    want "host" "$(uname -n)" "$(line .hostname)"
    want "path" "$BUNDLE" "$(line .path)"
    want "frames" "write_through_null null_write main" "$(line '[.frames[].function] | join(" ")')"
    want "crashes.ndjson" "$(gojq -c 'del(.path, .durable_us, .stack, .ppid)' "$(dirname "$BUNDLE")/crashes.ndjson")" \
        "$(line -c 'del(.path, .durable_us, .crumple, .tid, .reason, .description, .frames)')"
    want "report.json" "$(report -c '{title, signature, time, exe, hostname, reason, tid: .crashed_tid, frames: [.threads[0].frames[] | select(.runtime | not) | del(.registers)]}')" \
        "$(line -c '{title, signature, time, exe, hostname, reason, tid, frames}')"
}

@test "json: the index has the stack as people see it; below crumple-run, both name the run" {
    export CRUMPLE_RUN_ID=web-7-123
    run_with null-write
    valid_lines
    want "run" web-7-123 "$(line .run)"
    want "run in the index" web-7-123 "$(gojq -r .run "$CRASHES/$(id -u)/crashes.ndjson")"
    want "stack" "#0 write_through_null|#1 null_write|#2 main" \
        "$(gojq -r '[.stack[] | select(startswith("#")) | sub("[+].*"; "")] | join("|")' "$CRASHES/$(id -u)/crashes.ndjson")"
}

@test "json: an exit" {
    run_with exits 3
    valid_lines
    want "line" "exit exit 3 null" "$(line '"\(.event) \(.call) \(.status) \(.signal)"')"
}

@test "json: a crash that is only counted" {
    SHIM+=(CRUMPLE_KEEP='per_signature=1/1h')
    run_with null-write
    run_with null-write
    valid_lines
    want "line" "true null" "$(line '"\(.suppressed) \(.path)"')"
    [[ $(line .suppressed_by) == *"of this signature"* ]]
}

@test "json: bad variables, no writer, no directory are troubles, and the crash has its line" {
    SHIM+=(CRUMPLE_TIMEOUT='a"b\c'$'\001\xff' CRUMPEL=1 CRUMPLE_NOTHING=1 CRUMPLE_WRITER=/nowhere CRUMPLE=yes)
    CRASHES=/proc/nowhere
    run_with null-write
    valid_lines
    want "events" "crash trouble" "$SEEN"
    want "crash" "SIGSEGV null null" "$(line 'select(.event == "crash") | "\(.signal) \(.path) \(.signature)"')"
    want "troubles" 6 "$(line -s '[.[] | select(.event == "trouble")] | length')"
    want "the program of each" "$VICTIM" "$(line .exe | sort -u)"
    want "the process of each" "$(fact pid)" "$(line .pid | sort -u)"
    line .message | grep -q 'crumple collect'
}

@test "json: what the writer says itself is a trouble" {
    LINES_FILE=$TMP/said
    : >"$TMP/20260101T000000.000000Z-server-7.core"
    run -3 --separate-stderr "$BUILD/crumple-writer" --stderr=json "$TMP/20260101T000000.000000Z-server-7.core"
    # shellcheck disable=SC2154 # bats sets it
    printf '%s\n' "$stderr" >"$LINES_FILE"
    valid_lines
    want "line" "trouble 20260101T000000.000000Z-server-7" "$(line '"\(.event) \(.id)"')"
}

@test "json: hostile names of programs make valid lines, long ones shorter stacks" {
    local deep="$TMP/"$'"q\\ \001\x7f\xc2\x9b\xff\xe2\x80\xae'
    deep+=$(printf '/%0200d' 0 0 0)
    mkdir -p "$deep"
    cp "$T$LIBC/victim" "$deep/"$'a"b\\c\nd\xfe'
    VICTIM=$deep/$'a"b\\c\nd\xfe'
    run_with null-write
    valid_lines
    want "lines" 1 "$(wc -l <"$TMP/with.err")"
    [ "$(wc -c <"$TMP/with.err")" -le 4096 ] || fail "$(wc -c <"$TMP/with.err") bytes"
    read_report "$(line .path)"
    [ "$(line '.frames | length')" -lt "$(report '.threads[0].frames | length')" ] || fail "no frame is left out"
    rm -rf "$CRASHES"
    SHIM+=(CRUMPLE_WRITER=/nowhere CRUMPLE_NOTHING=1)
    run_with null-write
    valid_lines
    want "events" "crash trouble" "$SEEN"
}

# Every write to descriptor 2 in a run, as 'BYTES FIRST-CHARACTERS'
writes() {
    env CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD= strace -f -qq -s 12 -e trace=write,writev -e signal=none -o "$TMP/trace" \
        -E LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$VICTIM" "$@" >/dev/null 2>"$TMP/with.err" || true
    sed -nE 's/.*writev?\(2, "(.*)"\.*, ([0-9]+)\) += \2$/\2 \1/p' "$TMP/trace"
}

@test "json: each line is one write" {
    SHIM+=(CRUMPLE_NOTHING=1)
    run -0 writes null-write
    valid_lines
    want "events" "crash trouble" "$SEEN"
    want "writes" "$(LC_ALL=C awk '{print length($0) + 1}' "$TMP/lines")" "$(cut -d' ' -f1 <<<"$output")"
}

# recovers RULE BREAKER ARGUMENT...: the program of the tests of recovery
recovers() {
    VICTIM=$T$LIBC/contain/routines
    SHIM=(CRUMPLE_STDERR=json CRUMPLE_RECOVER="$1" CRUMPLE_BREAKER="$2" CRUMPLE_BACKOFF='10ms..20ms,2/10s'
        CRUMPLE_KEEP='per_signature=3/1h')
    run_with "${@:3}"
    valid_lines
}

@test "json: contained faults, the breaker that opens, and the fault that is refused" {
    recovers 'conn_*=contain' 'trip=2,interval=60s,timeout=60s,open=crash' repeat 10 10 0
    want "events" "breaker contained crash" "$SEEN"
    want "contained" "contain conn_main SIGSEGV" "$(line 'select(.event == "contained") | "\(.action) \(.routine) \(.signal)"' | sort -u)"
    want "bundles that are there" 3 "$(line 'select(.event == "contained") | .path' | xargs ls | wc -l)"
    want "crash" "refused" "$(line 'select(.event == "crash") | .action')"
    [[ $(line 'select(.event == "crash") | .decision') =~ breaker ]]
    want "change" "closed open" "$(line 'select(.event == "breaker") | "\(.from) \(.to)"')"
    want "crashes.ndjson" "$(gojq -c 'select(.event == "contained") | [.id, .title, .signature, .time, .peer, .routine]' "$CRASHES"/*/crashes.ndjson)" \
        "$(line -c 'select(.event == "contained") | [.id, .title, .signature, .time, .peer, .routine]')"
}

@test "json: restarts, and a routine that is parked and comes back" {
    recovers 'cleanup_main=restart:park' 'trip=1,interval=60s,timeout=300ms' restarts 4
    want "events" "breaker contained parked unparked" "$SEEN"
    want "actions" restart "$(line 'select(.event == "contained") | .action' | sort -u)"
    want "counted only" true "$(line 'select(.event == "contained" and .path == null) | .suppressed')"
    want "titles" "$(gojq -c 'select(.event == "contained") | [.title, .suppressed]' "$CRASHES"/*/crashes.ndjson)" \
        "$(line -c 'select(.event == "contained") | [.title, .suppressed]')"
    want "parked" cleanup_main "$(line 'select(.event == "parked") | .routine' | sort -u)"
}

@test "json: ends that crumple-run saw" {
    local command
    export CRUMPLE_STDERR=json CRUMPLE_DIR=$CRASHES
    for command in 'kill -9 $$' 'echo "FATAL: no" >&2; exit 7'; do
        "$BUILD/crumple-run" --keep-output -- bash -c "$command" 2>>"$TMP/with.err" || true
    done
    "$BUILD/crumple-run" -- /nonexistent/server 2>>"$TMP/with.err" || true
    valid_lines
    want "events" died "$SEEN"
    want "how" "killed status exec" "$(line .how | paste -sd' ')"
    want "the status" "null 7 null" "$(line .status | paste -sd' ')"
    want "the reason" "FATAL: no" "$(line 'select(.status == 7) | .reason')"
}
