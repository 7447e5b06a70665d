#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common
setup() {
    common_setup
    log=$CRUMPLE_DIR/crashes.ndjson
    signature='SIGSEGV | parse_header | handle_client'
}

# line EVENT TIME [JQ-FILTER]: a line of the log, as the keeper and the writer append them
line() {
    gojq -nc --arg event "$1" --arg time "$2" --arg signature "$signature" "{
        event: \$event, signature: \$signature, title: \"SIGSEGV in parse_header\", exe: \"/usr/sbin/alpha\",
        pid: 101, time: \$time, signal: \"SIGSEGV\", path: null, id: null } | ${3:-.}" >>"$log"
}

# a report of a contained fault
contained='.event = "contained" | .recovery = { action: "contain", how: "unwind", decision: null,
    rule: "conn_*=contain", routine: "conn_main", cause: "exception", peer: "10.0.0.1", locks_held: 0,
    sockets_shut: 1, exception: { type: "std::runtime_error", what: "bad \u001b[31mrequest" } }'

@test "list: what an event was, and --event" {
    bundle "$a" "$contained"
    bundle "$b"
    run -0 "$crumple" list --table --no-legend
    [[ ${lines[0]} == *"  contained  SIGSEGV  "* && ${lines[1]} == *"  crash      SIGSEGV  "* ]]
    run -0 "$crumple" list --table --no-legend --event contained
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *alpha* ]]
    run -0 "$crumple" list --json --event crash
    [ "$(gojq -r .exe <<<"$output")" = /usr/sbin/beta ]
    run -1 "$crumple" list --table --event dump
}

@test "list: the column is left out of a terminal without room for it" {
    bundle "$a" '.title = "SIGSEGV in " + ("long_function_name_" * 10)'
    run -0 on_terminal 80 "$crumple" list
    [[ ${lines[0]} == *EVENT* ]]
    run -0 on_terminal 60 "$crumple" list
    [[ ${lines[0]} != *EVENT* && ${lines[0]} == *TITLE* ]]
}

@test "list: says how many it does not show, of those that match" {
    bundle "$a"
    line contained 2026-01-02T10:00:00Z '.suppressed = true | .count = 7'
    line contained 2026-02-02T10:00:00Z '.suppressed = true | .exe = "/usr/sbin/beta"'
    line crash 2026-01-02T03:04:05Z ".path = \"$a.tar.zst\""
    run -0 --separate-stderr "$crumple" list --table --no-legend
    [ "${#lines[@]}" -eq 1 ]
    [ "$stderr" = "crumple: 8 more without a bundle; 'crumple group $CRUMPLE_DIR' counts them" ]
    run -0 --separate-stderr "$crumple" list --table --no-legend --exe alpha
    [[ $stderr == "crumple: 7 more"* ]]
    run -0 --separate-stderr "$crumple" list --json
    [ -z "$stderr" ]
}

@test "group: faults without a bundle are counted, and those whose bundle is gone" {
    bundle "$a"
    bundle "$b" "$contained | .signature = \"$signature\""
    line crash 2026-01-02T03:04:05Z ".path = \"$a.tar.zst\""
    line crash 2026-01-01T00:00:00Z '.path = "gone.tar.zst"'
    line contained 2026-01-05T00:00:00Z '.suppressed = true | .count = 40'
    line breaker 2026-01-05T00:00:00Z '{event, time, exe, scope: "peer", to: "open"}'
    run -0 --separate-stderr "$crumple" group --table
    [ -z "$stderr" ]
    [[ ${lines[1]} == g*" 43 "*" 95%  2026-01-01 00:00  2026-01-05 00:00 "*" SIGSEGV  $signature" ]]
    run -0 "$crumple" group --json
    gojq -e --arg b "$b" '.count == 43 and .contained == 41 and .counted == 41 and .state == "present" and
        (.paths | length) == 2 and (.path | endswith($b + ".tar.zst")) and
        .first == "2026-01-01T00:00:00.000000Z" and .last == "2026-01-05T00:00:00.000000Z"' <<<"$output"
    run -0 "$crumple" group --json --event crash
    gojq -e '.count == 2 and .contained == 0' <<<"$output"
}

@test "group: a fault that nothing but the log tells of" {
    line contained 2026-01-05T00:00:00Z '.suppressed = true | .count = 2'
    mkdir "$CRUMPLE_DIR/33"
    log=$CRUMPLE_DIR/33/crashes.ndjson line contained 2026-01-06T00:00:00Z '.suppressed = true'
    run -0 --separate-stderr "$crumple" group --table --no-legend
    [[ $output == g*" 3 "*" 100%  2026-01-05 00:00  2026-01-06 00:00 "*" SIGSEGV  $signature" ]]
    run -0 "$crumple" group --json
    gojq -e '.count == 3 and .state == "counted" and .path == null and .id == null and .paths == []' <<<"$output"
}

@test "group: totals that an earlier version wrote are skipped" {
    line totals 2026-01-05T00:00:00Z '{event, of: "contained", signature, exe, signal, count: 500, suppressed: 500,
        first: "2026-01-01T00:00:00Z", last: "2026-01-04T00:00:00Z"}'
    line totals 2026-01-05T00:00:00Z '{event, of: "contained", exe, state: true, pid: 1, sockets: 5}'
    line contained 2026-01-05T00:00:00Z '.suppressed = true'
    run -0 --separate-stderr "$crumple" group --json
    gojq -e '.count == 1 and .contained == 1' <<<"$output"
    [ -z "$stderr" ]
}

@test "group and list: the older log is read too" {
    bundle "$a"
    log=$log.1 line contained 2026-01-05T00:00:00Z '.suppressed = true | .count = 2'
    line contained 2026-01-06T00:00:00Z '.suppressed = true'
    run -0 --separate-stderr "$crumple" group --json --event contained
    gojq -e '.count == 3 and .first == "2026-01-05T00:00:00.000000Z" and .last == "2026-01-06T00:00:00.000000Z"' <<<"$output"
    [ -z "$stderr" ]
    run -0 --separate-stderr "$crumple" list --table --no-legend
    [[ $stderr == "crumple: 3 more without a bundle"* ]]
    # the same file under both names is counted once
    ln -f "$log" "$log.1"
    run -0 --separate-stderr "$crumple" group --json --event contained
    gojq -e '.count == 1' <<<"$output"
}

@test "group: an older log that is a trap is left out, the current one is read" {
    line contained 2026-01-05T00:00:00Z '.suppressed = true'
    mkfifo "$log.1"
    run -3 --separate-stderr timeout 10 "$crumple" group --json
    gojq -e '.count == 1' <<<"$output"
    [[ $stderr == *"cannot read '$log.1'"* ]]
    rm "$log.1"
    ln -s /etc/passwd "$log.1"
    run -3 --separate-stderr "$crumple" group --json
    gojq -e '.count == 1' <<<"$output"
    rm "$log.1"
    mkdir "$log.1"
    run -3 --separate-stderr "$crumple" group --json
    gojq -e '.count == 1' <<<"$output"
    rmdir "$log.1"
    truncate -s 81M "$log.1"
    run -3 --separate-stderr "$crumple" group --json
    gojq -e '.count == 1' <<<"$output"
    [[ $stderr == *"'$log.1' has more than 80 MiB or"* ]]
}

@test "group: a log that is torn, damaged or a trap" {
    bundle "$a"
    line contained 2026-01-05T00:00:00Z '.suppressed = true'
    printf '{"event":"contai\n\n[[[[\n{"event":"contained","count":-5}\n{"event":"contained","count":"x","signature":7}\n' >>"$log"
    printf '{"event":"contained","count":99999999999999999999}\n\0\0\0\n{"event":"crash"' >>"$log"
    run -0 --separate-stderr "$crumple" group --json
    gojq -se 'map(select(.signature != null))[0].count == 2' <<<"$output"
    printf '{"event":"crash","signature":"%s"}\n' "$(head -c 100000 /dev/zero | tr '\0' x)" >"$log"
    run -0 "$crumple" group --json
    [ "${#lines[@]}" -eq 1 ]
    # more lines than a log has
    yes '{"event":"crash"}' | head -n 200001 >"$log"
    run -3 --separate-stderr "$crumple" group --json
    [[ $stderr == *"'$log' has more than 80 MiB or 200000 lines; it is left out" ]]
    [ "${#lines[@]}" -eq 1 ]
    truncate -s 81M "$log"
    run -3 --separate-stderr "$crumple" group --json
    [[ $stderr == *"'$log' has more than 80 MiB or"* ]]
    rm "$log"
    mkfifo "$log"
    run -3 --separate-stderr timeout 10 "$crumple" group --table
    [[ $stderr == *"cannot read '$log'"* ]]
    rm "$log"
    ln -s /etc/passwd "$log"
    run -3 --separate-stderr "$crumple" group --table
    [[ $stderr == *"cannot read '$log'"* ]]
}

@test "group and list: what the log says is clean on a terminal" {
    line contained 2026-01-05T00:00:00Z '.suppressed = true | .signature = "\u001b[2J\u202e\n"'
    run -0 "$crumple" group --table
    assert_clean "$output"
}

@test "show: what became of a contained fault" {
    bundle "$a" "$contained"
    run -0 "$crumple" show "$a"
    [[ $output == *"event      contained"* ]]
    [[ $output == *"outcome    the thread was ended; the process lives (by unwinding its stack)"* ]]
    [[ $output == *"rule       conn_*=contain"* ]]
    [[ $output == *"routine    conn_main"* ]]
    [[ $output == *"peer       10.0.0.1"* ]]
    [[ $output == *'exception  std::runtime_error: bad \x1b[31mrequest'* ]]
    [[ $output == *"sockets    1 shut down, and left open"* ]]
    [[ $output != *"locks "* ]]
    assert_clean "$output"
}

@test "show: why a fault was not contained" {
    bundle "$a" "$contained"' | .event = "crash" | .recovery.action = "refused" | .recovery.how = null |
        .recovery.decision = "holds a lock" | .recovery.locks_held = 2 | .recovery.exception = null'
    run -0 "$crumple" show "$a"
    [[ $output == *"outcome    not contained: holds a lock"* ]]
    [[ $output == *"locks      2 held by the thread"* ]]
    [[ $output != *exception* ]]
    bundle "$b" '.recovery = { action: 5 }'
    run -3 "$crumple" show "$b"
    [[ $output == *"wrong type"* ]]
    bundle "$c" '.recovery = null'
    run -0 "$crumple" show "$c"
    [[ $output != *outcome* ]]
}

@test "counted: a list of nothing but such faults says where they are counted, and not that there is none" {
    echo '{"event":"crash","time":"2026-01-06T00:00:00Z","signature":"SIGSEGV | storm","count":7,"suppressed":true}' >"$CRUMPLE_DIR/crashes.ndjson"
    for form in --table --json; do
        run -1 --separate-stderr "$crumple" list $form
        [ "$output$stderr" = "crumple: 7 without a bundle; 'crumple group $CRUMPLE_DIR' counts them" ]
    done
}
