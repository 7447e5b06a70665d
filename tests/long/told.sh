#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# crumple.h at length: 1,000 faults while threads tag without an end, each value whole; and faults at random places of guarded
# functions, in GUARD_CAMPAIGNS runs (300) of 20: each is left with all locks free, or the process dies with a reason. Half an hour.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export TEST_BUILD=${TEST_BUILD:-$root/build}
export BUILD=$TEST_BUILD
export TAG_STORMS=${TAG_STORMS:-1000} GUARD_CAMPAIGNS=${GUARD_CAMPAIGNS:-300}
status=0
bats -f 'tag without an end|signal handler may tag' "$root/tests/context/api.bats" </dev/null || status=1
bats -f 'random places' "$root/tests/context/guard.bats" </dev/null || status=1
exit "$status"
