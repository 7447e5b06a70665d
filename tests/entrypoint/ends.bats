#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each end that crumple has not told otherwise is one event 'died', with the right words; the status stays what it is.

load helpers

ENDS=$T/ends

# run STATUS COMMAND...: under crumple-run, whose stderr goes to TMP/err
run_it() {
    local expected=$1 status=0
    shift
    "$RUN" "$@" 2>"$TMP/err" || status=$?
    want "the status of $*" "$expected" "$status"
}

# one EVENT TITLE: there is one event, of that kind
one() {
    want "the events" "$1" "$(events -r .event | paste -sd' ')"
    want "the title" "$2" "$(events -r .title)"
}

# none: no event at all
none() {
    want "the events" "" "$(events -r '"\(.event) \(.title)"')"
}

teardown() {
    [ -z "${COPY-}" ] || rm -rf "$COPY"
}

end_json() {
    "$BUILD/crumple" show --json last | gojq -rc "$@"
}

@test "SIGKILL" {
    run_it 137 -- bash -c 'kill -9 $$'
    one died "bash was killed by SIGKILL; the sender is not known"
    want "the group" "died | killed | bash" "$(events -r .signature)"
    want "the signal" SIGKILL "$(events -r .signal)"
    want "the report" '["killed",null,9,null]' \
        "$(end_json '[.end.how, .end.status, .signal.number, .end.asked_by]')"
    grep -q "^crumple: bash was killed by SIGKILL" "$TMP/err"
    grep -q "^crumple: report: $BUILD/crumple show $CRASHES/0/.*-bash-[0-9]*.tar.zst$" "$TMP/err"
    want "the counter" 1 "$(metric died_total 'how="killed"')"
    want "the bundles" 1 "$(metric bundles_written_total)"
    want "the mode" 600 "$(stat -c %a "$CRASHES"/0/*.tar.zst)"
}

@test "a status, by exit and by a raw system call" {
    CRUMPLE_EXIT=off run_it 7 -- sh -c 'exit 7'
    run_it 7 -- "$ENDS" exit 7
    want "the events" "died died" "$(events -r .event | paste -sd' ')"
    want "the titles" "sh ended with status 7|ends ended with status 7" "$(events -r .title | paste -sd'|')"
    want "the statuses" "7 7" "$(events -r .status | paste -sd' ')"
    want "the counter" 2 "$(metric died_total 'how="status"')"
}

@test "a status: the last line of the output says why, and groups by what stays the same" {
    local i
    for i in 1 2; do
        run_it 7 --keep-output -- bash -c "echo listening; echo '2026-11-2$i 10:00:0$i [$$] FATAL: cannot bind port 80$i' >&2; exit 7"
    done
    want "the titles" "bash ended with status 7: \"2026-11-21 10:00:01 [$$] FATAL: cannot bind port 801\"" \
        "$(events -r .title | head -n 1)"
    want "the groups" "died | status 7 | bash | # [#] FATAL: cannot bind port #" "$(events -r .signature | sort -u)"
    want "what was kept" "listening" "$(end_json .end.stdout)"
}

@test "a signal of a static program" {
    run_it 139 -- "$ENDS" segv
    one died "ends died of SIGSEGV"
    want "the reason" true "$(end_json '.end.description | contains("a static program")')"
}

@test "a command that cannot be started" {
    run_it 127 -- nonexistent-server --password=secret
    one died "nonexistent-server cannot be started: No such file or directory"
    want "error" '["exec","ENOENT",null]' "$(end_json '[.end.how, .end.error, .end.status]')"
    want "the command" '["nonexistent-server","--password=[redacted]"]' "$(end_json .cmdline)"
    printf '#!/nonexistent/interpreter\n' >"$TMP/script"
    run_it 126 -- "$TMP/script"
    chmod +x "$TMP/script"
    run_it 127 -- "$TMP/script"
    want "the titles" "script cannot be started: Permission denied|script cannot be started: the interpreter that it names is not there" \
        "$(events -r .title | tail -n 2 | paste -sd'|')"
    want "the lines on stderr" 1 "$(grep -c 'cannot be started' "$TMP/err")"
}

@test "out of memory in a memory cgroup" {
    local group=/sys/fs/cgroup/memory/crumple-ends-$$ status=0
    [ -e /sys/fs/cgroup/memory/memory.oom_control ] && mkdir "$group" 2>/dev/null || skip "no memory cgroup can be made"
    echo 64M >"$group/memory.limit_in_bytes"
    sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2" -- "$3" eat' sh "$group" "$RUN" "$ENDS" 2>"$TMP/err" || status=$?
    rmdir "$group"
    want "the status" 137 $status
    one died "ends ran out of memory: killed by the OOM killer at its limit of 64 MiB"
    want "the memory" '[67108864,true,1]' "$(end_json '.end.memory | [.limit, (.peak > 60000000), .oom_kills]')"
    want "the counter" 1 "$(metric died_total 'how="oom"')"
    "$BUILD/crumple" show last | sed -n '3,6p' >"$TMP/show"
    grep -q "^  memory .* limit 64 MiB; 1 killed for want of memory" "$TMP/show"
}

@test "what crumple has told is told once: a crash, one that is only counted, one whose writer does not run" {
    local i
    export CRUMPLE_KEEP=per_signature=1/1h
    for i in 1 2; do
        run_it 139 -- "$T/victim" null-write
    done
    want "the events" "crash crash" "$(events -r .event | paste -sd' ')"
    want "counted" 1 "$(events 'select(.suppressed)' | wc -l)"
    CRUMPLE_WRITER=/nonexistent run_it 139 -- "$T/victim" null-write
    want "the events" "crash crash" "$(events -r .event | paste -sd' ')"
    want "the pending cores" 1 "$(find "$CRASHES" -name '*.core' | wc -l)"
    CRUMPLE_EXIT=all run_it 3 -- "$T/victim" exits 3
    want "the events" "crash crash exit" "$(events -r .event | paste -sd' ')"
}

@test "the report of a server that changed its user is found" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX) # the user may enter it
    chmod 755 "$COPY"
    CRASHES=$COPY/crashes CRUMPLE_DIR=$COPY/crashes
    run_it 139 -- setpriv --reuid=65534 --clear-groups "$T/victim" null-write
    want "the folders" 65534 "$(cd "$CRASHES" && find . -name '*.zst' | cut -d/ -f2)"
    one crash "$(events -r .title)"
    run_it 137 -- setpriv --reuid=65534 --clear-groups bash -c 'kill -9 $$'
    want "the events" "crash died" "$(events -r .event | sort | paste -sd' ')"
}

@test "an end that was asked for is none: SIGTERM, and status 128 and its number" {
    local pid
    "$RUN" -- sleep 30 &
    pid=$!
    sleep 0.3
    kill -TERM $pid
    wait $pid || want "the status" 143 $?
    "$RUN" -- "$ENDS" asked 143 >"$TMP/out" &
    pid=$!
    until grep -q ready "$TMP/out"; do sleep 0.05; done
    kill -TERM $pid
    wait $pid || want "the status" 143 $?
    run_it 0 -- true
    run_it 0 -e 1 -- "$ENDS" exit 1
    none
}

@test "a server that is asked to end, and fails or is killed" {
    local pid child
    "$RUN" -- "$ENDS" asked 1 >"$TMP/out" 2>"$TMP/err" &
    pid=$!
    until grep -q ready "$TMP/out"; do sleep 0.05; done
    kill -TERM $pid
    wait $pid || want "the status" 1 $?
    one died "ends ended with status 1"
    want "asked" SIGTERM "$(end_json .end.asked_by)"
    "$RUN" -- "$ENDS" deaf >"$TMP/out2" 2>"$TMP/err" &
    pid=$!
    until grep -q ready "$TMP/out2"; do sleep 0.05; done
    kill -TERM $pid
    sleep 0.2
    child=$(server_of $pid)
    kill -KILL "$child"
    wait $pid || want "the status" 137 $?
    [[ "$(events -r .title | tail -n 1)" =~ ^"ends was killed by SIGKILL "[0-9]+" ms after SIGTERM"$ ]] ||
        fail "$(events -r .title)"
}

@test "crumple-run below crumple-run, and a shell that passes a signal on, add no second event" {
    run_it 7 -- "$RUN" -- "$ENDS" exit 7
    one died "ends ended with status 7"
    run_it 137 -- "$RUN" -- "$ENDS" kill 9
    run_it 139 -- "$RUN" -- "$T/victim" null-write
    run_it 139 -- sh -c "'$T/victim' null-write; exit \$?"
    want "the events" "died died crash crash" "$(events -r .event | paste -sd' ')"
    # The inner one is itself killed.
    run_it 137 -- "$RUN" -- bash -c 'kill -9 $PPID'
    want "the last one" "crumple-run was killed by SIGKILL; the sender is not known" "$(events -r .title | tail -n 1)"
}

@test "CRUMPLE=0, CRUMPLE_ONLY and CRUMPLE_STDERR mean what they mean for a crash" {
    CRUMPLE=0 run_it 7 -- "$ENDS" exit 7
    CRUMPLE_ONLY='redis*' run_it 7 -- "$ENDS" exit 7
    none
    CRUMPLE_STDERR=off run_it 7 -- "$ENDS" exit 7
    want "stderr" "" "$(grep -v 'is a static program' "$TMP/err")"
    CRUMPLE_STDERR=json run_it 7 -- "$ENDS" exit 7
    want "json" "died status 7" "$(grep '^{' "$TMP/err" | gojq -r '"\(.event) \(.how) \(.status)"')"
    want "the events" "died died" "$(events -r .event | paste -sd' ')"
}

@test "without a writer the core stays, and 'crumple collect' finishes it" {
    CRUMPLE_WRITER=/nonexistent run_it 7 -- "$ENDS" exit 7
    none
    grep -q "^crumple: crumple-writer cannot be started: No such file or directory; '$CRASHES/0/.*-ends-[0-9]*.core' is kept" "$TMP/err"
    want "the mode" 600 "$(stat -c %a "$CRASHES"/0/*.core)"
    "$BUILD/crumple" collect --force "$CRASHES" >"$TMP/collect" 2>&1 || fail "$(cat "$TMP/collect")"
    one died "ends ended with status 7"
}

@test "a writer that hangs, a folder that cannot be written to: one line, the status, and in time" {
    local before=${EPOCHREALTIME/./}
    CRUMPLE_WRITER=$T/hanging_writer CRUMPLE_TIMEOUT=500ms run_it 7 -- "$ENDS" exit 7
    [ $((${EPOCHREALTIME/./} - before)) -lt 3000000 ]
    want "lines" 1 "$(grep -c 'could not be told within' "$TMP/err")"
    rm -rf "$CRASHES"
    touch "$CRASHES"
    TMPDIR=/proc run_it 7 -- "$ENDS" exit 7
    want "lines" 1 "$(grep -c 'leaves no report' "$TMP/err")"
    rm -f "$CRASHES"
    mkdir -m 777 "$CRASHES" # anybody could swap folders in it
    TMPDIR=$TMP run_it 7 -- "$ENDS" exit 7
    want "the fallback" 1 "$(find "$TMP/crumple-$(id -u)" -name '*.tar.zst' | wc -l)"
}

@test "PID 1 of a namespace tells the end, and ends with the status" {
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespace can be made"
    local status=0
    unshare -pf --mount-proc "$RUN" -- "$ENDS" exit 7 2>"$TMP/err" || status=$?
    want "the status" 7 $status
    one died "ends ended with status 7"
    want "the parent" 1 "$(events .ppid)"
}

@test "the program's path is whole, however it was named" {
    (cd "$T" && run_it 7 -- ./ends exit 7 && PATH=.:$PATH run_it 8 -- ends exit 8)
    want "the paths" "$ENDS $ENDS" "$(events -r .exe | paste -sd' ')"
}

@test "a core of a crash that calls itself an end, and cut cores of ends: no trouble for the writer" {
    local core size part
    CRUMPLE_WRITER=/nonexistent run_it 139 -- "$T/victim" null-write
    core=$(find "$CRASHES" -name '*.core')
    sed -i 's/event=crash/event=died\n/' "$core" # as long as it was
    "$BUILD/crumple-writer" --stderr=text "$core" 2>"$TMP/err"
    one died "victim ended with status 0"
    want "nothing of the memory" 0 "$("$BUILD/crumple" show --core "$TMP/core" last 2>/dev/null; find "$TMP" -maxdepth 1 -name core | wc -l)"
    CRUMPLE_WRITER=/nonexistent run_it 7 --keep-output -- sh -c 'echo password=hunter2; exit 7'
    core=$(find "$CRASHES" -name '*.core')
    size=$(stat -c %s "$core")
    for part in 1 63 64 119 120 130 200 300 $((size - 40)) $((size - 1)); do
        head -c "$part" "$core" >"$TMP/20260102T030405.00000${part: -1}Z-cut-$part.core"
        "$BUILD/crumple-writer" "$TMP/20260102T030405.00000${part: -1}Z-cut-$part.core" 2>"$TMP/err" || want "the status at $part" 3 $?
    done
    "$BUILD/crumple-writer" --stderr=text "$core" 2>"$TMP/err"
    ! grep -rq hunter2 <(zstd -dc "$CRASHES"/0/*-sh-*.tar.zst) || fail "the secret is in the bundle"
}

@test "another user cannot hide an end: his lines, cores and folders do not name the run" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    local pid now
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    CRASHES=$COPY/crashes CRUMPLE_DIR=$COPY/crashes
    mkdir -p "$CRASHES/65534" "$CRASHES/12345"
    chmod 755 "$COPY" "$CRASHES"
    "$RUN" -- "$ENDS" deaf >"$TMP/out" 2>"$TMP/err" &
    until grep -q ready "$TMP/out"; do sleep 0.05; done
    pid=$(server_of $!)
    now=$(date -u +%Y-%m-%dT%H:%M:%S.999999Z)
    printf '{"event":"crash","pid":%d,"time":"%s"}\n{"event":"crash","pid":%d,"time":"%s","run":"x"}\n' "$pid" "$now" "$pid" "$now" \
        | tee "$CRASHES/65534/crashes.ndjson" >"$CRASHES/12345/crashes.ndjson"
    echo CRUMPLE_RUN_ID= >"$CRASHES/65534/$(date -u +%Y%m%dT%H%M%S.999999Z)-ends-$pid.core"
    chown -R 65534 "$CRASHES/65534" "$CRASHES/12345"
    kill -9 "$pid"
    wait $! || want "the status" 137 $?
    want "the event" "ends was killed by SIGKILL; the sender is not known" "$(gojq -r .title "$CRASHES/0/crashes.ndjson")"
}

@test "a pending core of a server that changed its user counts: it names the run" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    CRASHES=$COPY/crashes CRUMPLE_DIR=$COPY/crashes
    chmod 755 "$COPY"
    CRUMPLE_WRITER=/nonexistent run_it 139 -- setpriv --reuid=65534 --clear-groups "$T/victim" null-write
    want "the pending core" 1 "$(find "$CRASHES/65534" -name '*.core' | wc -l)"
    none
    [ ! -e "$CRASHES/0" ] || want "cores of an end" 0 "$(find "$CRASHES/0" -name '*.core' | wc -l)"
}
