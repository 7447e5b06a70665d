#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The demonstration and a short run of the benchmark do what they say.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

redis_servers() {
    grep -lx redis-server /proc/[0-9]*/comm 2>/dev/null | sort || true
}

@test "the demo crashes redis, shows the bundle, and leaves nothing running" {
    local before
    before=$(redis_servers)
    CRUMPLE_DEMO_DIR=$TMP/demo timeout 60 "$ROOT/demo/run" >"$TMP/demo.out" 2>&1 || fail "$(cat "$TMP/demo.out")"
    grep -q 'SIGSEGV' "$TMP/demo.out"
    grep -q 'debugCommand' "$TMP/demo.out"
    want "bundles" 1 "$(find "$TMP/demo" -name '*.tar.zst' | wc -l)"
    want "servers still running" "$before" "$(redis_servers)"
}

@test "the benchmark runs and prints its table" {
    timeout 120 "$ROOT/bench/run" --threads 11 --runs 1 >"$TMP/bench.out" 2>&1 || fail "$(cat "$TMP/bench.out")"
    want "rows" 2 "$(grep -cE '^\| *11 *\| *(equal|diverse)' "$TMP/bench.out")"
    ! grep -E '^\| *11 .*\| *(-|n/a)? *\|' "$TMP/bench.out" || fail "$(cat "$TMP/bench.out")"
}
