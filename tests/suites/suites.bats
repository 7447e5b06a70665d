#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # PYTHON_OPTIONS is for suites.bash
# Other projects' own tests of signals, threads, children and main loops end the same with the shim preloaded. The
# whole suites: tests/long/suites.sh.

load suites.bash

setup() {
    SUITE=$(mktemp -d "${TMPDIR:-/tmp}/suite-XXXXXX") # not in bats's own directory, which is closed to others
    suite_directory "$SUITE"
}

teardown() {
    rm -rf "$SUITE"
}

# same KIND LEAST NAME...: each ends as it does without the shim, and at least LEAST tests have passed.
same() {
    local kind=$1 least=$2 name passed
    shift 2
    for name in "$@"; do
        compare_suite "$kind" "$SUITE" 300 "$name"
    done
    passed=$(cat "$SUITE"/*.result | grep -c '^same .*: ok$')
    echo "$passed passed"
    [ "$passed" -ge "$least" ]
}

@test "GLib: threads, children, descriptors and main loops" {
    [ -d /usr/libexec/installed-tests/glib ] || skip "libglib2.0-tests is not installed"
    same glib 60 thread unix spawn-test spawn-singlethread spawn-path-search once cond timer unix-fd unix-streams \
        cancellable asyncqueue thread-pool protocol logging
}

@test "CPython: test_signal" {
    [ -f /usr/lib/python3.11/test/test_signal.py ] || skip "libpython3.11-testsuite is not installed"
    PYTHON_OPTIONS=(-i test_siginterrupt_off) # it waits for 30 s
    same python 30 test_signal
}

@test "CPython: test_faulthandler" {
    [ -f /usr/lib/python3.11/test/test_faulthandler.py ] || skip "libpython3.11-testsuite is not installed"
    PYTHON_OPTIONS=(-i 'test_dump_traceback_later*') # they wait
    same python 30 test_faulthandler
}
