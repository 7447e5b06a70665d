# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# What the tests of all folders share. A folder's helpers.bash sources this file and adds what only that folder needs.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
BUILD=${BUILD:-${TEST_BUILD:-$ROOT/build}} # a build under sanitizers, for some tests of the command
T=${TEST_BUILD:-$ROOT/build}/tests
# Of the folders that hold what depends on the libc: '' for glibc, /musl with TEST_LIBC=musl.
LIBC=${TEST_LIBC:+/$TEST_LIBC}

# by_libc GLIBC MUSL: what the libc of the test calls it
by_libc() {
    if [ -z "$LIBC" ]; then echo "$1"; else echo "$2"; fi
}

# bats runs a trap before each command of each function: 0.2 ms and more for each, half of a test's time. From setup on it
# runs before the commands of the test itself alone, whose function has it already: a failure is shown with the test's
# line, and 'fail' says the rest.
trace_test() {
    set +T
}

# For files that have no setup of their own.
setup() {
    trace_test
}

[ -z "${BATS_VERSION-}" ] || bats_require_minimum_version 1.5.0

fail() {
    printf '%s\n' "$@" >&2
    return 1
}

# want WHAT EXPECTED ACTUAL
want() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'" "$(tail -qn 20 "${TMP-}/with.err" "${TMP-}/err" 2>/dev/null)"
}

# last_value FILE KEY: of the lines 'KEY=VALUE', the last
last_value() {
    local line value
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line != "$2="* ]] || value=${line#*=}
    done <"$1"
    if [ -n "${value+set}" ]; then printf '%s\n' "$value"; fi
}

# how_ended FILE KEY: what build/tests/runner has written there
how_ended() {
    local line
    read -r line <"$1"
    if [[ " $line" =~ \ $2=([^ ]*) ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
}

# events [FILTER...]: the lines of every crashes.ndjson and crashes.ndjson.1 below CRASHES, through gojq where a filter is given
events() {
    find "$CRASHES" -name "crashes.ndjson*" -exec cat {} + 2>/dev/null | if [ $# -gt 0 ]; then gojq -c "$@"; else cat; fi
}

# metric NAME [LABELS]: the sum of the samples of every crumple.prom below CRASHES whose names match the pattern NAME and
# whose labels contain LABELS
metric() {
    find "$CRASHES" -name crumple.prom -exec cat {} + 2>/dev/null |
        awk -v name="^(crumple_)?$1[{ ]" -v labels="${2-}" '$0 ~ name && index($0, labels) {sum += $NF} END {print sum + 0}'
}

# A free port below those that the kernel gives to clients: one of them would have it while the server is away, or would be
# connected to itself.
low_port() {
    /usr/bin/python3 -c 'import random, socket
while True:
    port = random.randrange(20000, 30000)
    try: socket.socket().bind(("", port))
    except OSError: continue
    print(port)
    break'
}

# port_is_open PORT
port_is_open() {
    (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# line_matches FILE TEXT [OPTION of grep]: within 10 s
line_matches() {
    local i
    for ((i = 0; i < 500; i++)); do
        ! grep -q ${3+"$3"} -- "$2" "$1" 2>/dev/null || return 0
        sleep 0.02
    done
    fail "no '$2' in $1:" "$(tail -n 5 "$1")"
}

# none_are_left COMMAND...: within 10 s it prints nothing (a killed process needs a moment on a busy machine)
none_are_left() {
    local i left=''
    for ((i = 0; i < 500; i++)); do
        left=$("$@" || true)
        [ -n "$left" ] || return 0
        sleep 0.02
    done
    fail "processes are left:" "$left"
}

# line_within FILE TEXT: the file gets that line
line_within() {
    line_matches "$@" -x
}
