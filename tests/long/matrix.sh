#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The fault matrix again and again: matrix.sh [RUNS] [loaded] [every]. The test of each row that docs/faults.md names,
# RUNS times (20); 'loaded': beside a busy loop on each processor; 'every': all tests with a row in their names. Every
# run must be green. Prints a line for each.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
runs=${1:-20}
shift
how=" $* "
# Victims that end within 5 s on an idle machine have 10 s on a loaded one.
[[ $how != *" loaded "* ]] || export LIMIT_FACTOR=2
loops=()

# The tests that docs/faults.md names, as a pattern for names.
first_tests() {
    # shellcheck disable=SC2016 # the backticks are the page's
    sed -nE 's/^ *- `[^`]*`: //p' docs/faults.md | sed 's/[][().*+?^$|{}\/]/\\&/g' | paste -sd '|' | sed 's/.*/^(&) \\[row /'
}
TEST_FILTER=$(first_tests)
[[ $how != *" every "* ]] || TEST_FILTER='\[row [0-9]'
export TEST_FILTER TEST_JOBS=6

finish() {
    [ ${#loops[@]} -eq 0 ] || kill "${loops[@]}" 2>/dev/null
}
trap finish EXIT

if [[ $how = *" loaded "* ]]; then
    for ((i = 0; i < $(nproc); i++)); do
        (while :; do :; done) &
        loops+=($!)
    done
fi

red=0
for ((run = 1; run <= runs; run++)); do
    started=$SECONDS
    if result=$(tests/run tests/crash/ tests/runtimes/ tests/contain/ 2>&1); then
        echo "run $run: $(tail -n 1 <<<"$result"), $((SECONDS - started)) s"
    else
        red=$((red + 1))
        echo "run $run: RED, $((SECONDS - started)) s"
        grep -vE '^(ok|skipped)' <<<"$result"
    fi
done
echo "$runs runs,$how$red red"
[ "$red" -eq 0 ]
