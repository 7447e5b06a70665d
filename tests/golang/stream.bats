#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a Go program prints, with crumple-run and without: the same bytes in the same order, and the whole dump in the event.

# shellcheck disable=SC2153 # ROOT is of lib.bash
load helpers

ENDS=$STANDIN/ends

setup_file() {
    mkdir -p "$STANDIN"
    [ "$ENDS" -nt "$ROOT/tests/golang/ends/ends.go" ] ||
        HOME=$STANDIN CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' GOCACHE=$STANDIN/gocache \
            /usr/lib/go-1.19/bin/go build -o "$ENDS" "$ROOT/tests/golang/ends/ends.go" >&2
}

setup() {
    trace_test
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
    RUN_OPTIONS=()
}

teardown() {
    [ -z "${STARTED-}" ] || kill -KILL "$STARTED" 2>/dev/null || true
}

# piped OUT ERR COMMAND...: stdout and stderr are pipes; STATUS is the command's
piped() {
    local out=$1 err=$2
    shift 2
    (
        "$@" 2>&1 1>&5 5>&- | cat >"$err"
        exit "${PIPESTATUS[0]}"
    ) 5>&1 | cat >"$out"
    STATUS=${PIPESTATUS[0]}
}

under() {
    piped "$TMP/under.out" "$TMP/under.err" "$RUN" "${RUN_OPTIONS[@]}" -- "$ENDS" "$@"
}

# both WORD...: without crumple-run and with it, the server's status, its stdout and its stderr are the same
both() {
    local status
    piped "$TMP/bare.out" "$TMP/bare.err" "$ENDS" "$@"
    status=$STATUS
    under "$@"
    want "the status of $*" "$status" "$STATUS"
    diff -a <(plain "$TMP/bare.out") <(plain "$TMP/under.out") || fail "stdout of $* differs"
    diff -a <(plain "$TMP/bare.err") <(of_server "$TMP/under.err" | plain) || fail "stderr of $* differs"
}

# start WORD...: STARTED is crumple-run, whose server is ready
start() {
    : >"$TMP/out"
    "$RUN" -- "$ENDS" "$@" 2>"$TMP/err" >"$TMP/out" 3>&- &
    STARTED=$!
    line_within "$TMP/out" ready
}

last_bundle() {
    find "$CRASHES" -name '*.tar.zst' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2
}

# The dump of the last event.
last_dump() {
    tar --zstd -xOf "$(last_bundle)" goroutines.txt
}

# how: of each event, in order
how() {
    events -r '.event + " " + (.how // "")' | paste -sd,
}

@test "each end of Go's runtime prints the same as without crumple-run, and is one event with the whole dump" {
    local word
    for word in nil panic error lines long nul nested again embedded deadlock goexit stack memory angry partial; do
        rm -rf "$CRASHES"
        both "$word" 5
        want "the event of $word" "died go" "$(how)"
        last_dump >"$TMP/dump"
        want "goroutines of $word" yes "$([ "$(grep -ac '^created by main.others' "$TMP/dump")" -ge 5 ] && echo yes)"
        grep -aqE '^(panic|fatal error): ' <(head -n 1 "$TMP/dump") || fail "$word: $(head -n 1 "$TMP/dump")"
    done
}

@test "threads that write one map: what each of them prints passes, and is one event" {
    export GOMAXPROCS=4 # with one processor Go's threads would never meet in the map
    under map 5
    want "the status" 2 "$STATUS"
    want "the event" "died go" "$(how)"
    last_dump | diff - <(of_server "$TMP/under.err")
    want "the title" yes "$(events -r .title | grep -q '^Go fatal error: concurrent map writes' && echo yes)"
}

@test "ends that are not of Go's runtime, and programs that live on, print the same: no dump is seen" {
    local word
    for word in exit exit2 log log-exit serve stacks-go; do
        rm -rf "$CRASHES"
        both "$word" 5
        want "a dump of $word" 0 "$(events | grep -c '"how":"go"' || true)"
    done
}

@test "a message without any goroutine is Go's last word, too" {
    local word
    for word in panic deadlock goexit; do
        rm -rf "$CRASHES"
        GOTRACEBACK=none both "$word"
        want "the event of $word" "died go" "$(how)"
    done
}

@test "goroutines that print while one panics: each of their lines passes, in order" {
    local last
    for _ in 1 2 3; do
        under talk 50
        want "the status" 2 "$STATUS"
        grep -a '^talk ' "$TMP/under.err" | cut -d' ' -f2 >"$TMP/talk"
        last=$(tail -n 1 "$TMP/talk")
        seq 0 "$last" | cmp - "$TMP/talk"
        want "goroutines" 1 "$(of_server "$TMP/under.err" | grep -ac '^goroutine ')"
    done
    want "the events" "died go,died go,died go" "$(how)"
    want "goroutines of the dump" yes "$([ "$(last_dump | grep -ac '^goroutine ')" -ge 50 ] && echo yes)"
}

# Go writes word by word: a line of another process may stand within one of Go's.
@test "another process that prints while one panics: nothing of it is lost, and its order stays" {
    piped "$TMP/out" "$TMP/err" "$RUN" --go-traceback=all -- \
        sh -c "(for i in \$(seq 6000); do echo \"<\$i>\" >&2; done) & exec $ENDS panic 2000"
    want "the status" 2 "$STATUS"
    want "the event" "died go" "$(how)"
    of_server "$TMP/err" | grep -ao '<[0-9]*>' | tr -d '<>' | cmp - <(seq 6000)
}

@test "the next panic after that of a child, and several at once, are the server's own event" {
    both twice 5
    want "the event" "died go" "$(how)"
    last_dump | grep -q '^panic: runtime error: invalid memory'
    GOTRACEBACK=all both twice 5
    last_dump | head -n 1 | grep -q '^panic: runtime error: invalid memory'
    for _ in 1 2 3 4 5; do
        under both 5
        want "the status" 2 "$STATUS"
        want "goroutines for each panic" "$(grep -c '^panic: ' "$TMP/under.err")" "$(grep -c '^goroutine ' "$TMP/under.err")"
    done
}

@test "a server that prints its goroutines and lives on: all passes, half a second later" {
    local i first=()
    # the time is that of the test, and not of the machine's other work
    ! chrt -r 1 true 2>/dev/null || first=(chrt -r 1)
    "${first[@]}" "$RUN" -- "$ENDS" stacks 5 2>&1 >/dev/null | "${first[@]}" cat >"$TMP/err" &
    STARTED=$!
    sleep 0.8
    want "goroutines while it lives" 6 "$(grep -c '^goroutine ' "$TMP/err")"
    for ((i = 0; i < 60; i++)); do echo "line $i"; done >"$TMP/lines"
    diff "$TMP/lines" <(grep '^line' "$TMP/err" | head -n 60)
    wait "$STARTED"
    want "events" "" "$(events)"
}

@test "a reader that is gone before the start: the server runs, and its end is told" {
    local word
    for word in exit panic; do
        rm -rf "$CRASHES"
        exec 6> >(exec true)
        wait $!
        STATUS=0
        "$RUN" -- "$ENDS" "$word" 3 2>&6 >/dev/null || STATUS=$?
        exec 6>&-
        want "the status of $word" "$([ $word = exit ] && echo 3 || echo 2)" "$STATUS"
        want "the event" "died status" "$(how)"
    done
}

@test "stdout and stderr that are one pipe, a terminal, a file" {
    local bare
    "$ENDS" panic 5 2>&1 | cat | plain >"$TMP/bare"
    "$RUN" -- "$ENDS" panic 5 2>&1 | cat >"$TMP/under"
    diff "$TMP/bare" <(of_server "$TMP/under" | plain)
    script -qc "'$ENDS' panic 5" /dev/null </dev/null | plain >"$TMP/bare"
    script -qc "'$RUN' -- '$ENDS' panic 5" /dev/null </dev/null >"$TMP/under"
    diff "$TMP/bare" <(of_server "$TMP/under" | plain)
    want "the events" "died go,died go" "$(how)"
    want "goroutines of the dump" 6 "$(last_dump | grep -c '^goroutine ')"
    # A file is the server's own: nothing can be held back, and GOTRACEBACK stays as it is.
    bare=$("$ENDS" panic 5 2>&1 | wc -l)
    echo "an older line" >"$TMP/file"
    "$RUN" -- "$ENDS" panic 5 2>>"$TMP/file" || true
    want "lines" "$((bare + 1))" "$(of_server "$TMP/file" | wc -l)"
    want "the events" "died go,died go,died go" "$(how)"
    want "goroutines of the dump" 1 "$(last_dump | grep -c '^goroutine ')"
}

@test "signals that end a Go server: sent to it, or sent on by crumple-run" {
    local signal
    for signal in QUIT SEGV ABRT; do
        for to in server run; do
            rm -rf "$CRASHES"
            start sleep 5
            if [ $to = server ]; then kill -"$signal" "$(server_of $STARTED)"; else kill -"$signal" $STARTED; fi
            wait $STARTED || STATUS=$?
            want "the status of $signal to $to" 2 "$STATUS"
            want "the event" "died go" "$(how)"
            last_dump | head -n 1 | grep -q "^SIG$signal: " || fail "$(last_dump | head -n 1)"
        done
    done
    STARTED=''
}

@test "SIGKILL in a dump, and a server that is asked to end" {
    local signal
    for signal in KILL TERM; do
        rm -rf "$CRASHES"
        start sleep 5
        if [ "$signal" = KILL ]; then kill -KILL "$(server_of $STARTED)"; else kill -TERM $STARTED; fi
        wait $STARTED || STATUS=$?
    done
    want "the status" 143 "$STATUS"
    want "no event of SIGTERM" "" "$(how)"
    STARTED=''
}

@test "a guard that is killed while it holds a dump back, and crumple-run: nothing is lost" {
    local whole
    whole=$("$ENDS" stacks 5 2>&1 | plain)
    for victim in crumple-guard crumple-run; do
        "$RUN" -- "$ENDS" stacks 5 2>&1 >/dev/null 3>&- | cat >"$TMP/err" &
        STARTED=$!
        sleep 0.2
        want "goroutines that have passed" 1 "$(grep -c '^goroutine ' "$TMP/err")"
        for pid in $(process_of "$victim" "$ENDS stacks"); do kill -KILL "$pid"; done
        wait "$STARTED" || true
        for ((i = 0; i < 100; i++)); do
            ! grep -q '^line 89' "$TMP/err" || break
            sleep 0.02
        done
        diff <(echo "$whole") <(of_server "$TMP/err" | plain)
    done
    STARTED=''
}

@test "options and variables: who has asked for all goroutines gets them, and who wants nothing kept" {
    under env
    want "the variable" "all true" "$(cat "$TMP/under.out")"
    want "no other process gets it" 0 "$("$RUN" --on-bundle 'env >&2' -- "$ENDS" panic 3 2>&1 | grep -c GOTRACEBACK || true)"
    RUN_OPTIONS=(--go-traceback=keep)
    under env
    want "the variable" " false" "$(cat "$TMP/under.out")"
    both panic 5
    want "goroutines of the dump" 1 "$(last_dump | grep -c '^goroutine ')"
    RUN_OPTIONS=(--go-traceback=all)
    GOTRACEBACK=single under env
    want "the variable" "single true" "$(cat "$TMP/under.out")"
    GOTRACEBACK='' under env
    want "the variable" "all true" "$(cat "$TMP/under.out")"
    RUN_OPTIONS=()
    GOTRACEBACK=all both panic 5
    want "goroutines that have passed" 6 "$(grep -c '^goroutine ' "$TMP/under.err")"
    rm -rf "$CRASHES"
    CRUMPLE_RUN_KEEP_OUTPUT=0 under env
    want "the variable" " false" "$(cat "$TMP/under.out")"
    CRUMPLE_RUN_KEEP_OUTPUT=0 both panic 5
    want "the event" "died status" "$(how)"
    CRUMPLE=0 both panic 5
    RUN_OPTIONS=(-e 2)
    under panic 5
    want "the status" 0 "$STATUS"
    want "goroutines that have passed" 1 "$(grep -c '^goroutine ' "$TMP/under.err")"
    want "events" "died status" "$(how)"
}

@test "a shell before the server: with --go-traceback=all, one event of each" {
    local line
    for line in "exec $ENDS panic 5" "$ENDS panic 5; exit \$?" "exec $RUN -- $ENDS panic 5"; do
        rm -rf "$CRASHES"
        piped "$TMP/out" "$TMP/err" "$RUN" --go-traceback=all -- sh -c "$line"
        want "the status" 2 "$STATUS"
        want "the event of '$line'" "died go" "$(how)"
        want "goroutines that have passed" 1 "$(grep -c '^goroutine ' "$TMP/err")"
        want "goroutines of the dump" 6 "$(last_dump | grep -c '^goroutine ')"
    done
}

@test "the message, the command for bundles and the metrics know of it, and no record remains" {
    "$RUN" --termination-log "$TMP/message" --on-bundle 'echo "bundle $CRUMPLE_BUNDLE"' -- "$ENDS" nil 5 2>"$TMP/err" || true
    grep -q 'invalid memory address' "$TMP/message"
    want "bundles" "bundle $(last_bundle)" "$(grep '^bundle' "$TMP/err")"
    want "metrics" 1 "$(metric died_total)"
    want "records" "" "$(find "$CRASHES" -name '*.life')"
}

# The processes of crumple-run: its children and theirs.
helpers_of() {
    local child
    for child in $(pgrep --parent "$1" '^crumple'); do
        echo "$child"
        pgrep --parent "$child" '^crumple' || true
    done
}

# The memory of crumple-run and its processes, in KiB, shared pages once: the largest that was seen.
largest_memory() {
    local pid sum most=0
    while kill -0 "$1" 2>/dev/null; do
        sum=0
        for pid in "$1" $(helpers_of "$1"); do
            : $((sum += $(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)))
        done
        ((sum <= most)) || most=$sum
        sleep 0.02
    done
    echo $most
}

# milliseconds COMMAND...: of a command whose stderr is a pipe
milliseconds() {
    local begin
    begin=$(date +%s%N)
    piped /dev/null "$TMP/err" "$@"
    echo $((($(date +%s%N) - begin) / 1000000))
}

# Go itself makes 1.5 million system calls for it. On a machine that others use, its own time is the measure, and one of three runs counts.
@test "10,000 goroutines: the death is no 1.5 s later, and durable within two seconds of the end" {
    local bare under own durable i
    for ((i = 0; i < 3; i++)); do
        bare=$(milliseconds "$ENDS" panic 10000)
        under=$(milliseconds "$RUN" -- "$ENDS" panic 10000)
        durable=$(events .durable_us | tail -n 1)
        own=$(GOTRACEBACK=all milliseconds "$ENDS" panic 10000)
        [ -z "${SHOW-}" ] || echo "# $under ms, without $bare ms, of Go's own $own ms, durable $durable us" >&3
        if ((under - bare < 1500 || under < own * 3 / 2)) && ((durable < 2000000)); then break; fi
    done
    [ $i -lt 3 ] || fail "$((under - bare)) ms later; Go's own: $own ms; durable after $durable us"
    [ "$(last_dump | wc -c)" -gt 6000000 ]
    want "goroutines of the dump" 10001 "$(last_dump | grep -c '^goroutine ')"
}

@test "a panic that takes too long to print: the death is delayed by half of CRUMPLE_TIMEOUT, the status is Go's" {
    export CRUMPLE_TIMEOUT=1s
    both panic 60000
    want "the end" "died go" "$(how)"
    grep -q 'takes too long to print its goroutines' "$TMP/under.err"
    [ "$(last_dump | grep -c '^goroutine ')" -lt 50000 ]
    want "cut" true "$("$BUILD/crumple" show --json "$(last_bundle)" | gojq .go.cut)"
    "$BUILD/crumple" show "$(last_bundle)" >"$TMP/screen"
    grep -q "of at least " "$TMP/screen"
}

@test "a server that prints such text for long and lives is not ended" {
    export CRUMPLE_TIMEOUT=1s
    local mode
    for mode in words lines-of buffers; do
        both "$mode"
        want "the status of $mode" 0 "$STATUS"
        [ -s "$TMP/under.err" ]
    done
}

@test "10,000 goroutines: crumple-run and its processes take less than 64 MiB" {
    local memory
    "$RUN" -- "$ENDS" panic 10000 2> >(exec cat >"$TMP/err" 3>&-) >/dev/null 3>&- &
    STARTED=$!
    memory=$(largest_memory $STARTED)
    wait $STARTED || STATUS=$?
    want "the status" 2 "$STATUS"
    want "goroutines that have passed" 1 "$(grep -c '^goroutine ' "$TMP/err")"
    [ -z "${SHOW-}" ] || echo "# $memory KiB" >&3
    [ "$memory" -gt 0 ] || fail "nothing was measured"
    [ "$memory" -lt 65536 ] || fail "$memory KiB"
}
