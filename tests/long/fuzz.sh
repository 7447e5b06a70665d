#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Ten minutes of each fuzz target, two at a time; of those with large inputs twenty.
set -euo pipefail
cd "$(dirname "$0")/../.."

make -s fuzzers
xargs -P 2 -L 1 tests/fuzz/run <<'TARGETS'
core 1200
bundle 1200
report 600
notes 600
scrub 600
foreign 600
vitals 600
frames 600
tables 600
died 600
goroutines 600
logged 600
line 600
config 600
demangle 600
name 600
index 300
sections 300
TARGETS
