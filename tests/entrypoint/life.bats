#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The life record: an end that nobody was left to see is told by the next start, once.

load helpers

records() {
    find "$CRASHES" -name '*.life' | wc -l
}

# start COMMAND...: crumple-run in the background, once its record is there; PID is that of crumple-run
start() {
    "$RUN" "${OPTIONS[@]}" -- "$@" >"$TMP/out" 2>"$TMP/err" &
    PID=$!
    until_records 1
}

# until_records N: waits until so many records are there, for some seconds at most
until_records() {
    local i
    for i in $(seq 200); do
        [ "$(records)" -ne "$1" ] || return 0
        sleep 0.02
    done
    fail "no $1 records" "$(find "$CRASHES")" "$(cat "$TMP/err")"
}

OPTIONS=()

@test "the record is there while the server runs, and goes with its end, whatever that is" {
    start sleep 1000
    pkill -P $PID
    wait $PID || true
    until_records 0
    want "an end by TERM that nobody asked crumple-run for" 'died' "$(events -r .event)"
    start sleep 0.2
    wait $PID
    until_records 0
    want "events" 1 "$(events | wc -l)"
}

@test "a PID namespace is killed with all that is in it: the next start tells one event, and later ones none" {
    unshare -pf --mount-proc "$RUN" --keep-output -- bash -c 'echo "the last words"; sleep 1000' 2>"$TMP/err" | cat >"$TMP/out" &
    until_records 1
    sleep 1.2 # the record is renewed
    kill -9 "$(process_of crumple-run "the last words")"
    wait
    want "records" 1 "$(records)"
    "$RUN" -- true
    until_records 0
    "$RUN" -- true
    want "events" 1 "$(events | wc -l)"
    want "the event" "died bash" "$(events -r '"\(.event) \(.exe | split("/") | last)"')"
    [[ $(events -r .title) == *'ended together with crumple-run'* ]] || fail "$(events)"
    "$BUILD/crumple" show last >"$TMP/show"
    grep -q 'the last words' "$TMP/show" || fail "$(cat "$TMP/show")"
}

@test "crumple-run alone is killed: nothing is told while the server lives, and one event after" {
    start sleep 1000
    local server
    server=$(server_of $PID)
    kill -9 $PID
    wait $PID || true
    "$RUN" -- true
    want "events" 0 "$(events | wc -l)"
    want "records" 1 "$(records)"
    kill -9 "$server"
    local i
    for ((i = 0; i < 200; i++)); do # it dies when it is next scheduled, and the next start asks once
        grep -q '^State:.[^Z]' "/proc/$server/status" 2>/dev/null || break
        sleep 0.02
    done
    "$RUN" -- true
    until_records 0
    want "events" 1 "$(events | wc -l)"
}

@test "a keeper of the record that is killed is replaced, and the end leaves no record and no event" {
    start sleep 1
    local keeper
    keeper=$(pgrep --parent $PID -x crumple-life)
    kill -9 "$keeper"
    sleep 0.3
    want "records" 1 "$(records)"
    [ "$(pgrep --parent $PID -x crumple-life)" != "$keeper" ]
    wait $PID
    want "records" 0 "$(records)"
    "$RUN" -- true
    want "events" 0 "$(events | wc -l)"
}

@test "a crash directory that hangs holds up no signal, and the end no longer than its limit" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    local fs run i status=0 started
    mkdir -p "$CRASHES"
    "$T/hanging_fs" "$CRASHES" create >"$TMP/served" 2>&1 3>&- &
    fs=$!
    for i in $(seq 100); do ! grep -q mounted "$TMP/served" || break; sleep 0.05; done
    grep -q mounted "$TMP/served" || skip "$(cat "$TMP/served")"
    CRUMPLE_TIMEOUT=1s "$RUN" --no-preload -- bash -c 'trap "exit 5" USR1; touch "$0"; while :; do sleep 0.05; done' "$TMP/ready" 2>"$TMP/err" &
    run=$!
    for i in $(seq 100); do [ ! -e "$TMP/ready" ] || break; sleep 0.05; done
    sleep 1.5
    started=${EPOCHREALTIME/./}
    kill -USR1 $run
    wait $run || status=$?
    started=$((${EPOCHREALTIME/./} - started))
    umount -l "$CRASHES"
    kill -9 $fs
    want "status" 5 "$status"
    [ "$started" -lt 6000000 ] || fail "the end took $started us"
}

@test "ten servers that start at once tell a record once" {
    start sleep 1000
    kill -9 $PID "$(server_of $PID)"
    wait $PID || true
    for _ in 1 2 3 4 5 6 7 8 9 10; do "$RUN" -- sleep 0.3 & done
    wait
    want "events" 1 "$(events | wc -l)"
    want "records" 0 "$(records)"
}

@test "a directory that cannot be written to costs the record, and no line of a healthy server" {
    CRUMPLE_DIR=/proc/nowhere TMPDIR=/proc/nowhere run --separate-stderr "$RUN" --no-preload -- echo fine
    want "status" 0 "$status"
    want "stdout" fine "$output"
    want "stderr" '' "$stderr"
}

@test "CRUMPLE=0 and CRUMPLE_ONLY switch it off" {
    CRUMPLE=0 "$RUN" -- sh -c 'exit 3' 2>"$TMP/err" || want "status" 3 $?
    CRUMPLE_ONLY=other "$RUN" -- sh -c 'exit 3' 2>>"$TMP/err" || want "status" 3 $?
    want "stderr" '' "$(cat "$TMP/err")"
    [ ! -e "$CRASHES" ]
}

# The keeper ends after crumple-run has looked at its children, and before crumple-run reads its signals: strace slows the
# look, and the keeper's removal of the record.
@test "a keeper that ends while crumple-run looks at its children delays no end" {
    local status=0
    CRUMPLE_TIMEOUT=60s timeout 30 strace -f -qq -o "$TMP/trace" -e trace=wait4,unlinkat,unlink -e inject=wait4:delay_exit=100000 \
        -e inject=unlinkat,unlink:delay_enter=50000 "$RUN" -- true || status=$?
    want "status" 0 "$status"
    grep -qE '^[0-9]+ +(<\.\.\. )?unlink.*DELAYED' "$TMP/trace" || fail "nothing was slow" "$(cat "$TMP/trace")"
    want "records" 0 "$(records)"
}
