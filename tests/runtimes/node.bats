#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Node.js (row 62): V8 takes SIGSEGV for WebAssembly's bounds, and goes back to the default for what is not its own.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() {
    setup_runtime
    NODE=$(command -v node || command -v nodejs)
}
teardown() { teardown_crash; }

@test "Node.js: traps of WebAssembly, stack overflows, workers, children and signals are undisturbed [row 62]" {
    undisturbed 4 "$NODE" "$PROGRAMS/work.js"
    grep -q 'traps 10000' "$TMP/with.out"
}

@test "Node.js: an exception that nobody catches: its own words and status [row 62]" {
    undisturbed 1 "$NODE" -e 'throw new Error("uncaught")'
    grep -q 'Error: uncaught' "$TMP/with.err"
}

@test "Node.js: process.exit in the main thread and in a worker keeps its status [row 62]" {
    SHIM=(CRUMPLE_EXIT=off)
    undisturbed 3 "$NODE" -e 'process.exit(3)'
    undisturbed 0 "$NODE" -e 'new (require("worker_threads").Worker)("process.exit(3)", { eval: true }).on("exit", c => console.log("worker", c))'
    grep -q 'worker 3' "$TMP/with.out"
}

@test "Node.js: process.abort() is reported [row 62]" {
    dies "$NODE" -e 'process.abort()'
    expect_status 6 -
    want "signal" "SIGABRT SI_TKILL" "$(report '.signal | "\(.name) \(.code_name)"')"
    expect_title abort
    expect_frames abort main
}

@test "Node.js: --abort-on-uncaught-exception: the status of V8's trap [row 62]" {
    dies "$NODE" --abort-on-uncaught-exception -e 'throw new Error("uncaught")'
    own_words err 'Uncaught'
    want "signal" "$(status_of without signal)" "$(report .signal.number)"
}

@test "Node.js: a signal sent to itself, after WebAssembly has taken the handler, is reported [row 62]" {
    dies "$NODE" -e 'new WebAssembly.Memory({ initial: 1 }); process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 5000)'
    expect_status 11 -
    expect_title 'SIGSEGV sent by the process itself'
}

@test "Node.js: the heap is exhausted: V8's own words, SIGABRT [row 62]" {
    dies "$NODE" --max-old-space-size=20 -e 'const a = []; for (;;) a.push(new Array(10000).fill("x" + a.length))'
    own_words err 'heap out of memory'
    expect_status "$(status_of without signal)" -
    expect_title "V8 fatal error"
    want "reason" null "$(report .reason)"
}
