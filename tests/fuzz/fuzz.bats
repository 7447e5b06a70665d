#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A moment of each fuzz target, so that the targets stay alive; tests/long/fuzz.sh is the real run.
bats_require_minimum_version 1.5.0

setup() {
    run=$BATS_TEST_DIRNAME/run
}

@test "fuzz: report.json" { run -0 "$run" report 2000 1; }
@test "fuzz: a bundle" { run -0 "$run" bundle 1000 1; }
@test "fuzz: a line of crashes.ndjson" { run -0 "$run" line 5000 1; }
@test "fuzz: a core" { run -0 "$run" core 300 2; }
@test "fuzz: exception tables" { run -0 "$run" tables 5000 1; }
