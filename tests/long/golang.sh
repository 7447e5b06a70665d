#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Go at length: each end of the stand-in for Nakama, 20 times in a pod, and each signal to each of Debian's Go servers. Of 200 deaths
# among 20 matches that log, no report may name a match that did not die. tests/long/golang.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/../.."

export BUILD=${TEST_BUILD:-$PWD/build} TEST_BUILD=${TEST_BUILD:-$PWD/build} REPEAT=${1:-20} SIGNALS='SEGV QUIT KILL'
status=0
for file in standin servers; do
    bats -T "tests/golang/$file.bats" </dev/null || status=1
done
exit $status
