#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Three million inputs in sum for the readers of hostile bytes; at most two hours.
set -euo pipefail
cd "$(dirname "$0")/../.."

make -s fuzzers
while read -r target runs seconds; do
    tests/fuzz/run "$target" "$runs" "$seconds"
done <<'TARGETS'
report 700000 1500
bundle 500000 1800
line 900000 600
core 200000 2400
tables 700000 600
TARGETS
