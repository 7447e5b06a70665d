#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # bats sets them
# docs/alerts.yml against what the writer makes of crashes.ndjson, by promtool: when the alerts fire, and when they do not.
bats_require_minimum_version 1.5.0

setup() {
    root=$(cd "$(dirname "$BATS_TEST_FILENAME")/../.." && pwd)
    writer=${BUILD:-$root/build}/crumple-writer
    dir=$BATS_TEST_TMPDIR/crashes
    rules=$root/docs/alerts.yml
    cases=$BATS_TEST_TMPDIR/cases.yml
    mkdir -m 0700 "$dir"
    cd "$BATS_TEST_TMPDIR" || return 1
    printf 'rule_files: [%s]\nevaluation_interval: 30s\ntests:\n' "$rules" >"$cases"
}

# happens EVENT MINUTE: promtool's time begins in 1970
happens() {
    printf '{"event":"%s","exe":"/usr/sbin/server","pid":1,"time":"1970-01-01T00:%02d:00.000000Z","signal":"SIGSEGV","path":null,"id":null}\n' \
        "$1" "$2" >>"$dir/crashes.ndjson"
    "$writer" --metrics="$dir"
}

# The value of the sample that the alerts read, as the writer has just written it; _ where there is none.
value_of() {
    awk -v start="$series" 'index($0, start) == 1 {value = $NF} END {print value == "" ? "_" : value}' "$dir/crumple.prom"
}

# scraped EVENT VALUE...: a test of one sample a minute, from minute 0 on; _ is a scrape without the sample
scraped() {
    series="crumple_last_event_timestamp_seconds{event=\"$1\",exe=\"/usr/sbin/server\",uid=\"$(id -u)\"}"
    printf '  - interval: 1m\n    input_series:\n      - series: %s\n        values: "%s"\n    alert_rule_test:\n' \
        "'$series'" "${*:2}" >>"$cases"
}

# expect ALERT MINUTE yes|no
expect() {
    printf '      - alertname: %s\n        eval_time: %sm\n' "$1" "$2" >>"$cases"
    [ "$3" = yes ] || { echo '        exp_alerts: []' >>"$cases" && return; }
    printf '        exp_alerts:\n          - exp_labels: {event: %s, exe: /usr/sbin/server, uid: "%s"}\n' "$event" "$(id -u)" >>"$cases"
    printf '            exp_annotations: {summary: "%s"}\n' "$summary" >>"$cases"
}

# collect EVENT: the scrapes of the minutes 0 to 40, while it happens in the minutes 10 and 25
collect() {
    local minute
    series="crumple_last_event_timestamp_seconds{event=\"$1\","
    values=()
    "$writer" --metrics="$dir"
    for minute in {0..40}; do
        case $minute in 10 | 25) happens "$1" "$minute" ;; esac
        values[minute]=$(value_of)
    done
    rm -f "$dir"/*
}

@test "an alert fires for the first event of its kind and for each later one, not without, not for long" {
    local alert event summary minute
    # The summaries as Prometheus fills them in: these series have no instance.
    while IFS='|' read -r alert event summary; do
        collect "$event"
        [ "${values[9]} ${values[10]} ${values[24]} ${values[25]}" = "_ 600 600 1500" ]
        scraped "$event" "${values[@]}"
        for minute in 0 9 16 24 31 40; do expect "$alert" "$minute" no; done
        for minute in 10 11 14 25 29; do expect "$alert" "$minute" yes; done
    done <<END
CrumpleDied|crash|/usr/sbin/server of user $(id -u) died of a fatal signal on 
CrumpleExited|exit|/usr/sbin/server of user $(id -u) ended itself, or a signal that it does not handle ended it, on 
CrumpleGivenUp|restart_limit|/usr/sbin/server of user $(id -u) died too often, and crumple-run does not restart it any more, on 
CrumpleContained|contained|a thread of /usr/sbin/server faulted on ; the process lives
END
    run -0 promtool test rules "$cases"
}

@test "an alert does not fire again when the collector or Prometheus comes back" {
    local event=crash summary minute
    summary="/usr/sbin/server of user $(id -u) died of a fatal signal on "
    collect crash
    # no scrape from minute 12 to 22, the crash of minute 25 does not happen
    scraped crash "${values[@]:0:12}" _ _ _ _ _ _ _ _ _ _ _ "${values[10]}" "${values[10]}" "${values[10]}" "${values[10]}"
    expect CrumpleDied 11 yes
    for minute in 17 22 23 24 26; do expect CrumpleDied "$minute" no; done
    run -0 promtool test rules "$cases"
}

@test "an alert goes on over a new log, and does not fire again" {
    local event=crash summary minute
    summary="/usr/sbin/server of user $(id -u) died of a fatal signal on "
    happens crash 10
    series="crumple_last_event_timestamp_seconds{event=\"crash\","
    mv "$dir/crashes.ndjson" "$dir/crashes.ndjson.1"
    "$writer" --metrics="$dir"
    [ "$(value_of)" = 600 ]
    happens exit 12
    [ "$(value_of)" = 600 ]
    rm -f "$dir"/*
    collect crash
    scraped crash "${values[@]:0:24}" 600 600 600
    for minute in 11 14; do expect CrumpleDied "$minute" yes; done
    for minute in 16 22 26; do expect CrumpleDied "$minute" no; done
    run -0 promtool test rules "$cases"
}

@test "docs/alerts.yml is valid and docs/metrics.md prints it as it is" {
    run -0 promtool check rules "$rules"
    diff <(sed -n '/^    groups:/,/^$/ {/./ s/^    //p}' "$root/docs/metrics.md") <(grep -v '^#' "$rules")
}
