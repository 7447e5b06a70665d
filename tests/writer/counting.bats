#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # bats sets them
# crashes.ndjson and what is derived from it: nothing uncounted, the disk bounded.
load ../lib

setup() {
    trace_test
    build=$BUILD
    writer=$build/crumple-writer
    crashes=$BATS_TEST_TMPDIR/crashes
    dir=$crashes/$(id -u)
    log=$dir/crashes.ndjson
    unset "${!CRUMPLE@}"
    mkdir -m 0755 "$crashes"
    mkdir -m 0700 "$dir"
}

# sample METRIC LABELS: the sum of the samples of the metric whose labels contain LABELS
sample() {
    awk -v name="$1" -v labels="${2-}" \
        'index($0, name "{") == 1 && index($0, labels) {sum += $NF} END {print sum + 0}' "$dir/crumple.prom"
}

# A pending core to make others of: one crash whose writer dies.
take_core() {
    CRUMPLE_DIR=$crashes CRUMPLE_WRITER=$build/tests/crashing_writer CRUMPLE_STDERR=off \
        LD_PRELOAD=$build/libcrumple.so "$build/tests/victim" null-write >/dev/null 2>&1 || true
    core=$BATS_TEST_TMPDIR/core
    mv "$dir"/*.core "$core"
}

# finish DAY WRITER-OPTION...: a crash of that day of January, as the writer finishes it
finish() {
    local name
    printf -v name '20260101T000000.%06dZ-victim-99.core' "$1"
    cp "$core" "$dir/$name"
    "$writer" --stderr=text "${@:2}" "$dir/$name" 2>&1
}

bundles() {
    find "$dir" -maxdepth 1 -name '*.tar.zst' | wc -l
}

# Limits of a large directory are kept by a process that outlives the writer. It ends with the counters.
pruned_are() {
    local turn
    for ((turn = 0; turn < 200; turn++)); do
        [ "$(sample crumple_bundles_pruned_total 'reason="count"')" != "$1" ] || return 0
        sleep 0.05
    done
    fail "not $1 are pruned: $(grep pruned "$dir/crumple.prom")"
}

@test "several processes append while the log is renamed: no line is lost, and the counters begin again once" {
    local before now status=0 resets=0 lines
    "$build/tests/appender" "$dir" 4 2900
    "$writer" --metrics="$dir"
    before=$(sample crumple_contained_total)
    [ "$before" -eq 11600 ] # more than there will be of the new log, whenever the counters are looked at
    "$build/tests/appender" "$dir" 4 1600 &
    local appender=$!
    while kill -0 "$appender" 2>/dev/null; do
        "$writer" --metrics="$dir"
        now=$(sample crumple_contained_total)
        [ "$now" -ge "$before" ] || resets=$((resets + 1))
        before=$now
    done
    wait "$appender" || status=$?
    [ "$status" -eq 0 ]
    "$writer" --metrics="$dir"
    "$build/tests/appender" "$dir" 1 100
    "$writer" --metrics="$dir"
    [ "$(sample crumple_contained_total)" -ge "$before" ] || resets=$((resets + 1))
    [ "$resets" -eq 1 ] || fail "$resets resets"
    [ "$(cat "$log.1" "$log" | wc -l)" -eq 18100 ]
    # each counter is that of the current file
    lines=$(wc -l <"$log")
    [ "$(sample crumple_contained_total)" -eq "$lines" ]
    [ "$(sample crumple_bundles_suppressed_total)" -eq "$lines" ]
    [ "$(sample crumple_leaked_sockets_total)" -eq "$lines" ]
    [ "$(stat -c %s "$log.1")" -gt 4194304 ]
    [ "$(stat -c %a "$log")" = 600 ]
    [ "$(find "$dir" -name '.*' -type f | wc -l)" -eq 0 ]
    # the command reads both files
    [ "$("$build/crumple" group --json "$crashes" | gojq .contained)" -eq 18100 ]
}

# large_log: 14,000 lines of contained faults, beyond the limit
large_log() {
    yes '{"event":"contained","signature":"SIGSEGV | handle_message","exe":"/usr/sbin/server","pid":1,"time":"2026-11-20T18:56:07.123456Z","signal":"SIGSEGV","path":null,"id":null,"action":"contain","routine":"conn_main","peer":"10.0.0.1","sockets":1,"suppressed":true,"count":1,"more":"................................"}' |
        head -n 14000 >"$log"
}

@test "a log that is renamed belongs to the same user, and the counters keep their last values until the next event" {
    [ "$(id -u)" -eq 0 ] || skip "needs root to give a file away"
    large_log
    chown 65534:65534 "$dir" "$log"
    chmod 0640 "$log"
    "$writer" --metrics="$dir"
    [ "$(sample crumple_contained_total)" -eq 14000 ]
    [ ! -e "$log" ]
    [ "$(stat -c %u:%g:%a "$log.1")" = 65534:65534:640 ]
    grep -q 'uid="65534"' "$dir/crumple.prom"
    "$writer" --metrics="$dir"
    grep -q '^crumple_contained_total{.*} 0$' "$dir/crumple.prom"
}

@test "a folder in the place of the older log: it is said, nothing is lost, and the metrics are right" {
    large_log
    mkdir "$log.1"
    run -0 "$writer" --metrics="$dir"
    [ "$output" = "crumple: 'crashes.ndjson' cannot be renamed to 'crashes.ndjson.1': Is a directory, ignoring; it grows beyond 4 MiB" ]
    [ "$(wc -l <"$log")" -eq 14000 ]
    [ "$(sample crumple_contained_total)" -eq 14000 ]
    rmdir "$log.1"
    run -0 "$writer" --metrics="$dir"
    [ -z "$output" ]
    [ "$(wc -l <"$log.1")" -eq 14000 ]
}

@test "the limit of bundles of one signature does not begin again with a new log" {
    take_core
    finish 1 --keep=per_signature=1/1h >/dev/null
    mv "$log" "$log.1"
    run -0 finish 2 --keep=per_signature=1/1h
    [[ $output == *"crumple: bundle suppressed: the 2nd of this signature within 1h" ]]
}

@test "promtool finds nothing wrong with the metrics" {
    command -v promtool >/dev/null || skip "promtool (Debian's prometheus) is not installed"
    local now self=$BASHPID
    now=$(date -u +%FT%T.000000Z)
    "$build/tests/appender" "$dir" 2 100
    cat >>"$log" <<LINES
{"event":"crash","exe":"/a \"quoted\" \\\\ name","pid":1,"time":"$now","signal":"SIGSEGV","path":"a.tar.zst"}
{"event":"crash","exe":"/x","pid":1,"time":"$now","signal":"SIGSEGV","action":"refused","decision":"holds a lock"}
{"event":"restart","exe":"/x","pid":$self,"time":"$now","routine":"cleanup","delay_ms":100,"attempt":1}
{"event":"parked","exe":"/y","pid":$self,"time":"$now","routine":"cleanup"}
{"event":"breaker","exe":"/y","pid":$self,"time":"$now","scope":"peer","name":"::1","from":"closed","to":"open"}
{"event":"contained","exe":"/y","pid":$self,"time":"$now","signal":"SIGSEGV","routine":"$(printf '\\u00e9\\n')","sockets":3}
{"event":"peer_refused","exe":"/y","pid":$self,"time":"$now","peer":"::1","count":7}
{"event":"escalated","exe":"/y","pid":1,"time":"$now","reason":"the thread did not end"}
{"event":"pruned","exe":"/y","pid":1,"time":"$now","path":"b.tar.zst","bytes":3,"reason":"count"}
LINES
    "$writer" --metrics="$dir"
    run -0 promtool check metrics <"$dir/crumple.prom"
    [ -z "$output" ] || fail "$output"
    for metric in crashes_total contained_total refused_total restarts_total parked breaker_state \
        breaker_transitions_total leaked_sockets leaked_sockets_total peer_refused_total bundles_written_total \
        bundles_suppressed_total bundles_pruned_total escalations_total last_fault_timestamp_seconds \
        last_event_timestamp_seconds; do
        grep -q "^crumple_$metric{" "$dir/crumple.prom" || fail "no sample of crumple_$metric"
        grep -q "^crumple_$metric{" "$ROOT/docs/metrics.md" || grep -q "\`crumple_$metric" "$ROOT/docs/metrics.md" ||
            fail "docs/metrics.md does not name crumple_$metric"
    done
}

@test "a crash refreshes the metrics, and the counters go on after it" {
    for _ in 1 2 3; do
        CRUMPLE_DIR=$crashes LD_PRELOAD=$build/libcrumple.so "$build/tests/victim" null-write >/dev/null 2>&1 || true
    done
    [ "$(sample crumple_crashes_total 'signal="SIGSEGV"')" -eq 3 ]
    [ "$(sample crumple_bundles_written_total)" -eq "$(bundles)" ]
    [ "$(stat -c %a "$dir/crumple.prom")" = 644 ]
}

@test "a signature that comes too often leaves counted lines, and its cores are removed" {
    take_core
    for i in 1 2 3 4 5; do
        run -0 finish "$i" --keep=per_signature=3/1h
    done
    [[ $output == *"crumple: bundle suppressed: the 5th of this signature within 1h" ]]
    [ "$(bundles)" -eq 3 ]
    [ "$(find "$dir" -name '*.core' | wc -l)" -eq 0 ]
    [ "$(gojq -s 'map(select(.suppressed and .path == null and .suppressed_by != null)) | length' "$log")" -eq 2 ]
    [ "$(sample crumple_crashes_total)" -eq 5 ]
    [ "$(sample crumple_bundles_suppressed_total)" -eq 2 ]
    run -0 --separate-stderr "$build/crumple" list --table --no-legend "$crashes"
    [ "${#lines[@]}" -eq 3 ]
    [[ $stderr == "crumple: 2 more without a bundle; 'crumple group $crashes' counts them" ]]
    run -0 "$build/crumple" group --json "$crashes"
    gojq -e '.count == 5 and .counted == 2 and (.paths | length) == 3' <<<"$output"
}

@test "who waits is told that the bundle is suppressed" {
    take_core
    finish 1 --keep=per_signature=1/1h >/dev/null
    [ "$(finish 2 --keep=per_signature=1/1h --status-fd=3 3>&1 >/dev/null 2>&1)" = "ok suppressed" ]
    cp "$core" "$dir/20260101T000000.000003Z-victim-99.core"
    run -0 "$writer" --stderr=json --keep=per_signature=1/1h "$dir/20260101T000000.000003Z-victim-99.core"
    gojq -e '.path == null and .suppressed_by == "the 3rd of this signature within 1h"' <<<"$output"
}

@test "bundles go beyond the number, the first and the latest of a signature stay, and each that goes is named" {
    take_core
    for i in 1 2 3 4; do
        finish "$i" --keep=count=2 >/dev/null
    done
    [ "$(bundles)" -eq 2 ]
    [ -e "$dir/20260101T000000.000001Z-victim-99.tar.zst" ]
    [ -e "$dir/20260101T000000.000004Z-victim-99.tar.zst" ]
    [ "$(gojq -r 'select(.event == "pruned") | .path' "$log")" = "20260101T000000.000002Z-victim-99.tar.zst
20260101T000000.000003Z-victim-99.tar.zst" ]
    [ "$(sample crumple_bundles_pruned_total 'reason="count"')" -eq 2 ]
    # what is gone is still counted
    run -0 "$build/crumple" group --json "$crashes"
    gojq -e '.count == 4 and .counted == 2 and (.paths | length) == 2' <<<"$output"
}

# A directory that was filled without limits, or by an older crumple: one writer must come to its end.
@test "thousands of bundles too many: each writer deletes its share, names what it deletes, and counts" {
    take_core
    (cd "$dir" && seq -f '20250101T000000.%06g' 5000 | sed 's/$/Z-victim-9.tar.zst/' | xargs touch)
    finish 1 --keep=count=100 >/dev/null
    pruned_are 2000
    [ "$(bundles)" -eq 3001 ]
    [ "$(gojq -r 'select(.event == "pruned") | .path' "$log" | sort -u | wc -l)" -eq 2000 ]
    [ ! -e "$dir/20250101T000000.002000Z-victim-9.tar.zst" ]
    [ -e "$dir/20250101T000000.002001Z-victim-9.tar.zst" ]
    finish 2 --keep=count=100 >/dev/null
    finish 3 --keep=count=100 >/dev/null
    pruned_are 4903
    [ "$(bundles)" -eq 100 ]
}

@test "writers at the same time delete no file twice" {
    take_core
    for i in 1 2 3 4 5 6 7 8; do
        finish "$i" --keep=count=3 >/dev/null &
    done
    wait
    [ "$(bundles)" -eq 3 ]
    [ "$(gojq -r 'select(.event == "pruned") | .path' "$log" | sort | uniq -d | wc -l)" -eq 0 ]
    [ "$(sample crumple_crashes_total)" -eq 8 ]
}

@test "a full disk: old bundles make room, and without room nothing is written" {
    local disk=$BATS_TEST_TMPDIR/disk
    take_core
    mkdir "$disk"
    mount -t tmpfs -o size=2M,mode=0755 none "$disk" 2>/dev/null || skip "cannot mount a file system"
    crashes=$disk dir=$disk/$(id -u)
    log=$dir/crashes.ndjson
    mkdir -m 0700 "$dir"
    for i in 1 2; do
        finish "$i" --keep= >/dev/null
        dd if=/dev/zero bs=1k count=500 >>"$dir/20260101T000000.00000${i}Z-victim-99.tar.zst" 2>/dev/null
    done
    # 1,000 KiB of 2 MiB are taken by the two; the floor can be kept if one goes
    local result=0
    run finish 3 --keep=free=60%
    [ "$status" -eq 0 ] && [ ! -e "$dir/20260101T000000.000001Z-victim-99.tar.zst" ] &&
        [ -e "$dir/20260101T000000.000003Z-victim-99.tar.zst" ] &&
        [ "$(gojq -r 'select(.event == "pruned") | .reason' "$log")" = "free space" ] || result=1
    # what is not ours takes the rest: nothing of ours would help
    dd if=/dev/zero of="$disk/other" bs=1k count=1300 2>/dev/null
    run finish 4 --keep=free=60%
    [ "$status" -eq 0 ] && [[ $output == *"bundle suppressed: free space below 60%" ]] &&
        [ -e "$dir/20260101T000000.000003Z-victim-99.tar.zst" ] && [ "$(sample crumple_crashes_total)" -eq 4 ] ||
        result=2
    umount "$disk"
    [ "$result" -eq 0 ] || fail "$result: $output"
}

@test "a wrong limit is said, and the crash is not lost" {
    take_core
    run -0 finish 1 --keep=count=many
    [[ $output == "crumple: --keep: 'count=many' should be a number of bundles: count=500; 'count=500,"*"' is used"* ]]
    [ "$(bundles)" -eq 1 ]
}

@test "--metrics: what cannot be done is said" {
    run -4 "$writer" --metrics="$dir/none"
    [ "$output" = "crumple: '$dir/none/crumple.prom' cannot be written: No such file or directory; the old file stays" ]
    mkfifo "$log"
    run -4 timeout 10 "$writer" --metrics="$dir"
    [[ $output == *"cannot be written: Invalid argument"* ]]
    run -2 "$writer" --metrics="$dir" "$dir/x.core"
    rm "$log"
    run -0 "$writer" --metrics="$dir"
    [ -f "$dir/crumple.prom" ]
}

@test "--metrics: a file that lies in the way is not followed" {
    local target=$BATS_TEST_TMPDIR/target
    echo kept >"$target"
    ln -s "$target" "$dir/.crumple.prom.tmp"
    ln -s "$target" "$dir/crumple.prom"
    "$writer" --metrics="$dir"
    [ "$(cat "$target")" = kept ]
    [ ! -L "$dir/crumple.prom" ]
}
