#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The test suites of CPython (the parts about signals, threads, children) and of GLib (all of it), without and with the
# shim preloaded: every test must end the same. CRUMPLE_STDERR=off, since CPython's test_faulthandler compares the
# stderr of programs that it crashes. Prints what differs, by name, and the figures. Fourteen minutes.
# Arguments: 'python' or 'glib' (default: both). SUITES_KEEP=1 keeps the logs.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/suites/suites.bash
source "$root/tests/suites/suites.bash"
dir=$(mktemp -d)
chmod 755 "$dir" # an ordinary user is to load the shim from it
if [ -n "${SUITES_KEEP:-}" ]; then
    echo "logs: $dir"
else
    trap 'rm -rf "$dir"' EXIT
fi
ulimit -c 0
status=0
[ $# -gt 0 ] || set -- python glib

# Seconds for one module or program; how many at a time; the least number of tests that pass.
declare -A LIMIT=([python]=600 [glib]=60) JOBS=([python]=1 [glib]=2) LEAST=([python]=3000 [glib]=5000)
PYTHON=(test_signal test_faulthandler test_subprocess test_threading test_asyncio test_multiprocessing_spawn)
# They measure the machine and nothing else, for four minutes.
GLIB_LEFT_OUT=(performance performance-threaded)

names_of() {
    case $1 in
    python) printf '%s\n' "${PYTHON[@]}" ;;
    glib)
        echo "left out: ${GLIB_LEFT_OUT[*]}" >&2
        basename -s .test -a /usr/share/installed-tests/glib/*.test | grep -vxF "$(printf '%s\n' "${GLIB_LEFT_OUT[@]}")"
        ;;
    esac
}

# figures SUITE RESULT...
figures() {
    local suite=$1 passed
    shift
    count() { cat "$@" | grep -cE "$pattern"; }
    local pattern='^same .*: ok$'
    passed=$(count "$@")
    echo "$suite: $# programs or modules; $passed tests pass both ways," \
        "$(pattern='^same .*: (FAIL|ERROR|not ok|expected failure|unexpected success)' count "$@") fail both ways," \
        "$(pattern='^same .*: (skipped|ok # SKIP)$' count "$@") are skipped both ways," \
        "$(pattern='^varying ' count "$@") vary, $(pattern='^differing ' count "$@") differ," \
        "$(pattern='^left out ' count "$@") left out; $((SECONDS - begun)) s"
    [ "$passed" -ge "${LEAST[$suite]}" ]
}

suite() {
    local name out="$dir/$1" begun=$SECONDS
    suite_directory "$out" || return 1
    for name in $(names_of "$1"); do
        [ "$(jobs -rp | wc -l)" -lt "${JOBS[$1]}" ] || wait -n
        compare_suite "$1" "$out" "${LIMIT[$1]}" "$name" &
    done
    wait
    figures "$1" "$out"/*.result || return 1
    ! cat "$out"/*.result | grep -q '^differing '
}

for kind in "$@"; do
    suite "$kind" || status=1
done
exit $status
