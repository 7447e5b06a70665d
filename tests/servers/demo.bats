#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The demonstration and a short run of the benchmark do what they say.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

# Processes that were started for the demo: its folder is in their environment.
processes_of_demo() {
    grep -laz "$TMP/demo" /proc/[0-9]*/environ 2>/dev/null | grep -v "/$$/" || true
}

@test "the demo crashes redis, shows the bundle, and leaves nothing running" {
    DEMO_DIR=$TMP/demo timeout 60 "$ROOT/demo/run" >"$TMP/demo.out" 2>&1 || fail "$(cat "$TMP/demo.out")"
    grep -q 'SIGSEGV' "$TMP/demo.out"
    grep -q 'debugCommand' "$TMP/demo.out"
    want "bundles" 1 "$(find "$TMP/demo" -name '*.tar.zst' | wc -l)"
    want "processes still running" '' "$(processes_of_demo)"
}

@test "the demo of Go shows a panic in one match, and what the server survived, and leaves nothing running" {
    make -s -C "$ROOT" -f tests/golang/standin.mk B="$BUILD" standin >&2
    DEMO_DIR=$TMP/demo timeout 60 "$ROOT/demo/run" go >"$TMP/demo.out" 2>&1 || fail "$(cat "$TMP/demo.out")"
    want "panics" 3 "$(grep -c '^ *panic: runtime error: invalid memory address or nil pointer dereference$\|^ *Go panic: .* (match.go:[0-9]*)$' "$TMP/demo.out")"
    grep -q '^ *[0-9]* x select in main.(\*handler).run ' "$TMP/demo.out" || fail "$(cat "$TMP/demo.out")"
    want "events" "1 died 2 logged" "$(cat "$TMP"/demo/*/crashes.ndjson | gojq -r .event | sort | uniq -c | xargs)"
    want "processes still running" '' "$(processes_of_demo)"
}

@test "the demo of restarts counts who is refused, and leaves nothing running" {
    DEMO_DIR=$TMP/demo DEMO_CRASHES=1 timeout 60 "$ROOT/demo/run" restart >"$TMP/demo.out" 2>&1 || fail "$(cat "$TMP/demo.out")"
    want "accounts without a refusal" 1 "$(grep -cx ' *0 connections refused' "$TMP/demo.out")"
    want "accounts" 2 "$(grep -c 'connections refused$' "$TMP/demo.out")"
    grep -q '^Nobody was refused' "$TMP/demo.out"
    want "processes still running" '' "$(processes_of_demo)"
}

@test "the benchmark runs and prints its table" {
    timeout 120 "$ROOT/bench/run" --threads 11 --runs 1 --turns 1 >"$TMP/bench.out" 2>&1 || fail "$(cat "$TMP/bench.out")"
    want "rows" 2 "$(grep -cE '^\| *11 *\| *(equal|diverse)' "$TMP/bench.out")"
    ! grep -E '^\| *11 .*\| *(-|n/a)? *\|' "$TMP/bench.out" || fail "$(cat "$TMP/bench.out")"
}
