#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 10,000 contained faults (or as many as the first argument says) in one process of a routine that allocates nothing:
# the process does not grow, and every fault is counted. Prints what it has seen.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
BATS_TEST_TMPDIR=$(mktemp -d)
trap 'rm -rf "$BATS_TEST_TMPDIR"' EXIT
# shellcheck source=tests/contain/helpers.bash
source "$root/tests/contain/helpers.bash"
# shellcheck source=tests/contain/growth.bash
source "$root/tests/contain/growth.bash"

faults=${1:-10000}
setup_recovery
LIMIT_MS=1800000
check_growth "$faults" $((faults / 10))
sed 's/^/  /' out
echo "$faults contained faults in $(status_in . ms) ms: no growth, all counted," \
    "$(find crashes -name '*.tar.zst' | wc -l) bundles, $(du -sk crashes | cut -f1) KiB in the crash directory"
