#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The test suites of CPython (the parts about signals, threads, children) and of GLib (all of it), without and with the
# shim preloaded: every test must end the same. Prints one line a suite and the total. About twenty minutes.
# Arguments: 'python' or 'glib' (default: both).
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/suites/suites.bash
source "$root/tests/suites/suites.bash"
dir=$(mktemp -d)
chmod 755 "$dir" # an ordinary user is to load the shim from it
trap 'rm -rf "$dir"' EXIT
ulimit -c 0
status=0
[ $# -gt 0 ] || set -- python glib

PYTHON=(test_signal test_faulthandler test_subprocess test_threading test_asyncio test_multiprocessing_spawn)
# Timing of the machine and nothing else; four minutes.
GLIB_LEFT_OUT='performance|performance-threaded'

names_of() {
    case $1 in
    python) printf '%s\n' "${PYTHON[@]}" ;;
    glib) basename -s .test -a /usr/share/installed-tests/glib/*.test | grep -vxE "$GLIB_LEFT_OUT" ;;
    esac
}

suite() {
    local name out="$dir/$1" good
    suite_directory "$out" || return 1
    for name in $(names_of "$1"); do
        compare_suite "$1" "$out" 900 "$name" || status=1
    done
    good=$(cat "$out"/*.without | grep -cE ': (ok|exit 0)$')
    echo "$1: $good passed, $(cat "$out"/*.without | grep -cE ': (FAIL|ERROR|not ok|exit [1-9].*)$') failed," \
        "$(cat "$out"/*.without | grep -cE ': (skipped|ok # SKIP)$') skipped, the same with the shim but for" \
        "$(diff <(cat "$out"/*.without) <(cat "$out"/*.with) | grep -c '^[<>]') lines"
    [ "$good" -gt 100 ]
}

for kind in "$@"; do
    suite "$kind" || status=1
done
exit $status
