#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The fault matrix again and again: matrix.sh [RUNS] [loaded]. All rows, RUNS times (20); 'loaded': beside a busy loop on
# each processor. Every run must be green. Prints a line for each.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
runs=${1:-20}
# Victims that end within 5 s on an idle machine have 10 s on a loaded one.
[ "${2-}" != loaded ] || export LIMIT_FACTOR=2
loops=()

finish() {
    [ ${#loops[@]} -eq 0 ] || kill "${loops[@]}" 2>/dev/null
}
trap finish EXIT

if [ "${2-}" = loaded ]; then
    for ((i = 0; i < $(nproc); i++)); do
        (while :; do :; done) &
        loops+=($!)
    done
fi

red=0
for ((run = 1; run <= runs; run++)); do
    started=$SECONDS
    if result=$(TEST_FILTER='^rows? [0-9]' tests/run tests/crash/ tests/runtimes/ tests/recovery/survivors \
        tests/recovery/policy tests/recovery/breaker tests/gates/rows 2>&1); then
        echo "run $run: $(tail -n 1 <<<"$result"), $((SECONDS - started)) s"
    else
        red=$((red + 1))
        echo "run $run: RED, $((SECONDS - started)) s"
        grep -vE '^(ok|skipped)' <<<"$result"
    fi
done
echo "$runs runs ${2-}, $red red"
[ "$red" -eq 0 ]
