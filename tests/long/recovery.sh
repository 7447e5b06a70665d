#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every case in every build, and in a std::thread and a detached thread too. Prints the bad ones and a summary for each
# build: how many ended clean, how many in a deliberate death. Arguments: builds (default: all).
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/contain/judge.bash
source "$root/tests/contain/judge.bash"
JUDGE_TMP=$(mktemp -d)
trap 'rm -rf "$JUDGE_TMP"' EXIT
ulimit -c 0
[ $# -gt 0 ] || set -- def cex nce noasync clang O0 static
status=0

# all_cases BUILD [OPTION]
all_cases() {
    local build=$1 name
    shift
    for name in $(cases_of all); do
        judge "$build" "$name" "$@"
    done >"$JUDGE_TMP/lines"
    grep '^BAD' "$JUDGE_TMP/lines" && status=1
    echo "$build $*: $(grep -c ': clean$' "$JUDGE_TMP/lines") clean," \
        "$(grep -c ': died' "$JUDGE_TMP/lines") died on purpose, $(grep -c '^BAD' "$JUDGE_TMP/lines") bad"
}

for build in "$@"; do
    all_cases "$build"
    all_cases "$build" --std
    all_cases "$build" --detached
done
exit $status
