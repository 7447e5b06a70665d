#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A user swaps files and directories while root collects, for a minute (or as many seconds as the first argument says):
# the test of tests/cli/custody.bats at length. Its output has the number of rounds.
set -euo pipefail
cd "$(dirname "$0")/../.."
RACE_SECONDS=${1:-60} bats --print-output-on-failure --show-output-of-passing-tests --filter 'a race for' tests/cli/custody.bats
