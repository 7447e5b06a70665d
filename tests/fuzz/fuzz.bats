#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Twelve seconds of each fuzz target that is large: with 26 of them the file takes four minutes of ten. tests/long/fuzz.sh is the long run.
bats_require_minimum_version 1.5.0

fuzz() {
    run -0 "$BATS_TEST_DIRNAME/run" "$1" "${FUZZ_SECONDS:-12}"
    echo "$output"
}

@test "fuzz: report.json" { fuzz report; }
@test "fuzz: a bundle" { fuzz bundle; }
@test "fuzz: events of other programs" { FUZZ_SECONDS=${FUZZ_SECONDS:-6} fuzz foreign; }
@test "fuzz: a line of crashes.ndjson" { fuzz line; }
@test "fuzz: CRUMPLE_WATCH and the symbols of a file" { FUZZ_SECONDS=${FUZZ_SECONDS:-6} fuzz watch; }
@test "fuzz: a core" { fuzz core; }
@test "fuzz: a core that is scrubbed" { FUZZ_SECONDS=${FUZZ_SECONDS:-8} fuzz scrub; }
@test "fuzz: the notes of a core" { fuzz notes; }
@test "fuzz: vitals and descriptors" { FUZZ_SECONDS=${FUZZ_SECONDS:-4} fuzz vitals; }
@test "fuzz: what threads wait for, and log lines" { FUZZ_SECONDS=${FUZZ_SECONDS:-4} fuzz waits; }
@test "fuzz: tags and events" { FUZZ_SECONDS=${FUZZ_SECONDS:-4} fuzz tags; }
@test "fuzz: an end that crumple-run saw" { fuzz died; }
@test "fuzz: what Go's runtime printed" { fuzz goroutines; }
@test "fuzz: logged errors in a stream" { fuzz logged; }
@test "fuzz: .eh_frame and what it names" { fuzz frames; }
@test "fuzz: exception tables" { fuzz tables; }
@test "fuzz: code that is followed" { FUZZ_SECONDS=${FUZZ_SECONDS:-6} fuzz code; }
@test "fuzz: debug information" { FUZZ_SECONDS=${FUZZ_SECONDS:-8} fuzz typed; }
@test "fuzz: debug sections packed by zstd" { FUZZ_SECONDS=${FUZZ_SECONDS:-2} fuzz sections; }
@test "fuzz: the index of rows" { FUZZ_SECONDS=${FUZZ_SECONDS:-2} fuzz index; }
@test "fuzz: the environment" { fuzz config; }
@test "fuzz: mangled names of routines" { fuzz demangle; }
@test "fuzz: names for people" { fuzz name; }
@test "fuzz: a program that the doctor examines" { fuzz program; }
@test "fuzz: a unit of systemd" { fuzz unit; }
@test "fuzz: a request for a held socket" { FUZZ_SECONDS=${FUZZ_SECONDS:-4} fuzz hold; }
