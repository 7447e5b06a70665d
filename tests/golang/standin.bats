#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A stand-in for Nakama in a pod, 20 matches of 5 clients, a healthcheck each second: each of its fatal ends is one event with
# Go's own words and frames, and nothing else differs from a run without crumple.

# shellcheck disable=SC2153 # ROOT is of lib.bash
load helpers

setup_file() { build_standin; }

setup() {
    trace_test
    TMP=$BATS_TEST_TMPDIR
    export NAKAMA_MATCH=$((RANDOM % 20))
    printf -v MATCH '%08d-0000-4000-8000-000000000000' "$NAKAMA_MATCH"
    make_pod
}

teardown() { remove_pod; }

# lives_and_deaths PROGRAM WORD: once without crumple, then with it, the last time with a module that was built again
lives_and_deaths() {
    local i module
    in_pod "$TMP/bare" bare "$1" arena.so "$2"
    for ((i = 1; i <= REPEAT; i++)); do
        module=arena.so
        [ "$i" != "$REPEAT" ] || module=arena-again.so
        in_pod "$TMP/under$i" under "$1" "$module" "$2"
        want "the status of $2, time $i" "$(cat "$TMP/bare/status")" "$(cat "$TMP/under$i/status")"
        want "the clients" "$(cat "$TMP/bare/client")" "$(cat "$TMP/under$i/client")"
        [ "$module" != arena.so ] || same_output "$TMP/bare" "$TMP/under$i"
    done
}

# dies PROGRAM WORD STATUS TITLE: each time it is one event, whose title matches; all are one group
dies() {
    lives_and_deaths "$1" "$2"
    want "the status without crumple" "$3" "$(cat "$TMP/bare/status")"
    want "the events" "$REPEAT died" "$(events -r .event | sort | uniq -c | sed 's/^ *//')"
    want "bundles" "$REPEAT" "$(find "$CRASHES" -name '*.tar.zst' | wc -l)"
    want "titles that are not '$4'" "" "$(events -r .title | grep -vE "$4" || true)"
    want "groups" 1 "$(events -r .signature | sort -u | wc -l)"
    events -r .signature | head -n 1 >>"$BATS_FILE_TMPDIR/signatures-$1"
    no_wrong_match
    [ "$3" != 2 ] || passed_on "$(find "$CRASHES" -name '*.tar.zst' | sort | tail -n 1)" "$TMP/under$REPEAT/err"
}

# What is said to be the dying match's is that of the match which died. What else a report names is what was logged last.
no_wrong_match() {
    local bundle
    for bundle in "$CRASHES"/1000/*.tar.zst; do
        "$BUILD/crumple" show --json "$bundle" >"$TMP/report.json"
        gojq -r '[.tags // {}, .go.labels // {}] | .[] | to_entries[] | select(.key | test("^(mid|match.*)$")) | .value' "$TMP/report.json" |
            grep -vxF "$MATCH" >"$TMP/wrong" || continue
        fail "a wrong match: $(cat "$TMP/wrong")"
    done
}

# passed_on BUNDLE FILE: of what Go printed, all is in the bundle, and its stderr had what it has without crumple: of a panic the first
# goroutine, of other ends all.
passed_on() {
    local way=cat
    tar --zstd -xOf "$1" goroutines.txt >"$TMP/goroutines"
    ! grep -q '^panic: ' "$TMP/goroutines" || way=first_goroutine
    # Of two goroutines that notice the same writes, each says so; the dump begins with the last.
    [ "$(of_server "$2" | uniq)" = "$("$way" <"$TMP/goroutines" | uniq)" ] ||
        fail "stderr is not as the dump:" "$(diff <(of_server "$2") <("$way" <"$TMP/goroutines") | head -n 40)"
}

# frames FUNCTION:FILE:LINE...: the first ones of the last report's thread
frames() {
    want "the frames" "$*" "$(last_json "[.threads[0].frames[:$#][] | \"\(.function):\(.file):\(.line)\"] | join(\" \")")"
}

# line_of FILE TEXT: of the stand-in's sources as they were built
line_of() {
    grep -nF "$2" "$STANDIN/src/$1" | cut -d: -f1
}

# lives PROGRAM WORD FILTER: each time it lives on, with one event 'logged', which the filter takes
lives() {
    lives_and_deaths "$1" "$2"
    want "the status" 0 "$(cat "$TMP/bare/status")"
    want "the clients" lives "$(cat "$TMP/bare/client")"
    want "the events" "$REPEAT logged" "$(events -r .event | sort | uniq -c | sed 's/^ *//')"
    want "events that are wrong" "" "$(events "select($3 | not)")"
    want "groups" 1 "$(events -r .signature | sort -u | wc -l)"
}

nil_pointer() { # PROGRAM FILE-BEGIN
    dies "$1" nil 2 '^Go panic: runtime error: invalid memory address or nil pointer dereference in example.com/arena.\(\*Match\).reward \(match.go:[0-9]+\)$'
}

@test "a nil pointer in the module's match loop [row 79]" {
    nil_pointer nakama
    frames "example.com/arena.(*Match).reward:example.com/arena/match.go:$(line_of again/match.go 'score += 100')" \
        "example.com/arena.(*Match).handle:example.com/arena/match.go:$(line_of again/match.go 'm.reward(')" \
        "example.com/arena.(*Match).MatchLoop:example.com/arena/match.go:$(line_of again/match.go 'm.handle(')" \
        "main.(*handler).run:example.com/nakama/match.go:$(line_of match.go MatchLoop)"
    want "logged last" true "$(last_json '.last_logged | length == 3 and all(.tags.match_id and .before_ms >= 0 and .stream == "stdout")')"
    want "go" '["go1.19.8","example.com/nakama","panic"]' "$(last_json '[.go.version, .go.module, .go.kind]')"
}

@test "a nil pointer, of a static program [row 79]" {
    nil_pointer nakama-static
    frames "example.com/arena.(*Match).reward:example.com/arena@v0.1.0/match.go:$(line_of linked/match.go 'score += 100')"
}

concurrent_writes() { # PROGRAM
    export GOMAXPROCS=4 # with one processor Go's threads would never meet in the map
    dies "$1" maps 2 '^Go fatal error: concurrent map writes in example.com/arena.addUp \(match.go:[0-9]+\)$'
    want "other goroutines" true "$(last_json '.go.goroutines > 40 and ([.go.groups[] | select(any(.frames[]; .function == "main.(*handler).run")) | .count] | add) >= 19')"
}

@test "concurrent writes to a map [row 79]" {
    concurrent_writes nakama
}

@test "concurrent writes to a map, of a static program" {
    concurrent_writes nakama-static
}

@test "a NULL write in C [row 79]" {
    dies nakama c-null 2 'SIGSEGV.* in physics_move'
    want "frame 0" physics_move "$(last_json '.threads[0].frames[0].function')"
    want "the module's function" true "$(last_json '[.threads[0].frames[].function] | any(. == "example.com/arena.physicsStep")')"
}

@test "abort() in C [row 79]" {
    dies nakama c-abort 2 'SIGABRT'
    want "the module's function" true "$(last_json '[.threads[0].frames[].function] | any(. == "example.com/arena.physicsStep")')"
}

fatal() { # PROGRAM
    dies "$1" fatal 1 '^nakama(-static)? ended with status 1: ".*the price list of match '"$MATCH"' is empty"$'
}

@test "log.Fatal in a library [row 79]" {
    fatal nakama
}

@test "log.Fatal, of a static program" {
    fatal nakama-static
}

@test "os.Exit in a handler [row 79]" {
    dies nakama exit 3 '^nakama ended with status 3$'
}

@test "os.Exit, of a static program" {
    dies nakama-static exit 3 '^nakama-static ended with status 3$'
}

@test "a match handler's error: the server lives" {
    lives nakama error ".tags.match_id == \"$MATCH\" and (.tags.tick | tonumber) > 0"
}

@test "a panic in an HTTP handler: the server lives" {
    lives nakama http-panic '.title | startswith("logged: runtime error: index out of range [3] with length 0 in main.listAccounts")'
}

@test "a static program lives, too" {
    lives nakama-static error ".tags.match_id == \"$MATCH\""
}

end_by_quit() {
    SERVER=$(server_of "$1")
    "$BUILD/crumple" dump --quit "$SERVER" 2>"$TMP/said"
}

@test "crumple dump --quit, from outside of the pod: the bundle is in its volume" {
    END=end_by_quit in_pod "$TMP/under" under nakama arena.so stay
    want "the status" 2 "$(cat "$TMP/under/status")"
    want "the words" "crumple: SIGQUIT was sent to process $SERVER, which prints its goroutines on its stderr and ends; its crumple-run leaves the bundle in its own root, in /crash/1000" \
        "$(cat "$TMP/said")"
    want "the event" "died go nakama was ended by SIGQUIT, which was sent to it" "$(events -r '"\(.event) \(.how) \(.title)"')"
    want "goroutines" true "$(last_json '.go.goroutines >= 20')"
}

# Nakama's compose file has such an entrypoint.
@test "a shell that starts the server by exec: --go-traceback=all" {
    local status=0
    CRASHES=$TMP/crashes
    "$RUN" --go-traceback=all --dir="$CRASHES" -- /bin/sh -ecx "'$STANDIN/nakama' healthcheck || exec '$STANDIN/nakama' serve '$STANDIN/arena.so'" \
        > >(cat >"$TMP/out") 2> >(cat >"$TMP/err") &
    local run=$!
    line_matches "$TMP/out" 'Startup done'
    sleep 0.5 # crumple-run looks at what runs
    "$STANDIN/nakama" client nil
    wait $run || status=$?
    want "the status" 2 "$status"
    want "the event" "died go nakama" "$(events -r '"\(.event) \(.how) \(.exe | split("/") | last)"')"
    want "go" '["go1.19.8","example.com/nakama","panic",true]' "$(last_json '[.go.version, .go.module, .go.kind, .go.goroutines > 40]')"
    want "goroutines on stderr" 1 "$(grep -c '^goroutine ' "$TMP/err")"
}

@test "the fatal ends have different signatures" {
    want "six" 6 "$(sort -u "$BATS_FILE_TMPDIR/signatures-nakama" | wc -l)"
    want "four" 4 "$(sort -u "$BATS_FILE_TMPDIR/signatures-nakama-static" | wc -l)"
}
