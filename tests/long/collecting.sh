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
exit $failed
