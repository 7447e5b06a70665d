#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What may go wrong by chance beside readers of crash directories, often: readers killed while they write the index, two at
# once, writers that add and prune. Five minutes. COLLECTING_ROUNDS: how often (200).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export TEST_BUILD=${TEST_BUILD:-$PWD/build} COLLECTING_ROUNDS=${COLLECTING_ROUNDS:-200}
export BUILD=$TEST_BUILD
failed=0
for file in tests/collecting/{index,prune}.bats; do
    [ ! -e "$file" ] || bats "$file" || failed=1
done
# The figures of docs/comparison.md can be measured again.
bench/compare --turns 1 --megabytes 50 | tee "${TMPDIR:-/tmp}/compare.$$"
[ "$(grep -cE '^(redis with|crumple:|/bin/true:) ?.* ms' "${TMPDIR:-/tmp}/compare.$$")" -eq 3 ] || failed=1
rm -f "${TMPDIR:-/tmp}/compare.$$"
exit $failed
