#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The writer's verdict on real stacks. A pending core of a crash is made the request for a verdict; the thread of
# build/tests/standing stood where its case says.

load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    cd "$BATS_TEST_TMPDIR" || return 1
}

# request PROGRAM CASE [KEY=VALUE...]: leaves request.core. The case may have a second word.
request() {
    local program=$1 words core
    read -ra words <<<"$2"
    shift 2
    rm -rf crashes request.*
    run env CRUMPLE_WRITER=/bin/false CRUMPLE_DIR="$PWD/crashes" CRUMPLE_STDERR=off \
        LD_PRELOAD="$BUILD/libcrumple.so" "$BUILD/tests/$program" "${words[@]}"
    core=$(find crashes -name '*.core')
    [ -n "$core" ] || { echo "no core of $program ${words[*]}" && return 1; }
    /usr/bin/python3 "$ROOT/tests/tools/contained_core.py" "$BUILD/crumple-writer" "$core" request.core "$@"
}

# ask: what the writer says on its descriptor, but its stages and the title.
ask() {
    local status=0
    "$BUILD/crumple-writer" --stderr=off --status-fd=3 request.core 3>said || status=$?
    grep -vE '^(stage|title) ' said || true
    return "$status"
}

# judge: leaves the lines on the descriptor in 'lines', the status in 'status'.
judge() {
    run --separate-stderr ask
}

# expect 'allow HOW'|'refuse REASON' CASE [KEY=VALUE...], from each of the programs
PROGRAMS=(standing standing-clang standing-static)
expect() {
    local expected="verdict $1" program
    shift
    for program in "${PROGRAMS[@]}"; do
        request "$program" "$@"
        judge
        if [[ ${lines[0]} != "$expected"* ]]; then
            printf '%s %s: expected: %s\ngot: %s\n' "$program" "$1" "$expected" "$output"
            return 1
        fi
        if [[ $expected == *' refuse '* ]]; then
            [ "$status" -eq 5 ] && [ "${lines[0]}" = "$expected" ] && [ ! -e request.core ] && [ ! -e request.tar.zst ]
        else
            [ "$status" -eq 0 ] && [ "${lines[1]}" = "ok request.tar.zst" ] && [ ! -e request.core ]
        fi || return 1
    done
}

report() {
    tar --zstd -xOf request.tar.zst report.json | gojq -r "$1"
}

@test "frames of the application, with destructors or handlers of other types, are unwound" {
    expect 'allow unwind' plain
    expect 'allow unwind' cleanup
    expect 'allow unwind' catches_others
    expect 'allow unwind' 'plain std'
}

@test "where unwinding would terminate or be swallowed the thread is ended by a jump" {
    expect 'allow jump' noexcept
    expect 'allow jump' swallows
    expect 'allow jump' gap_here
}

@test "functions of libc that take no lock are no obstacle, by name of the call or through a wrapper" {
    expect 'allow unwind' measures
    expect 'allow unwind' copies
    expect 'allow unwind' formats
    expect 'allow unwind' measures_by_tail
    expect 'allow unwind' receives
}

@test "the callback of qsort and a call through a null pointer are no obstacle" {
    expect 'allow unwind' sorts
    expect 'allow unwind' calls_null
}

@test "functions that lock are refused: stdio, time zones, malloc, mutexes" {
    expect 'refuse inside libc' prints
    expect 'refuse inside libc' tells_time
    expect 'refuse inside the allocator' corrupts
    expect 'refuse inside a lock function' locks
}

@test "a stack that cannot be understood is refused: signal handlers, depth, no recovery frame" {
    expect 'refuse inside a signal handler' in_handler
    expect 'refuse stack too deep' too_deep frame=0x7ffffffff000
    expect 'refuse stack cannot be walked' plain frame=0
    expect 'refuse stack cannot be walked' plain frame=0x7ffffffff000
}

@test "what others would wait for is unwound, or refused where it would have to be jumped over" {
    expect 'allow unwind-only ' once
    expect 'refuse inside libc' once_swallowed
}

@test "with the C++ runtime linked in, a function that takes guards is refused wherever the fault is" {
    local case
    PROGRAMS=(standing-static)
    for case in initialises initialises_swallowed initialises_directly initialises_inner inside_swallowed \
        beside_initialiser beside_initialiser_jumped outside_swallowed; do
        expect 'refuse inside a static initialiser' "$case"
    done
    expect 'refuse inside a static initialiser' initialises_asserting cause=abort
    expect 'allow unwind ' plain
}

# There the shim counts guards as held locks, and has refused what is inside of an initialiser (tests/contain/expected.txt).
@test "with a shared C++ runtime, a fault beside a static initialiser is none inside of it" {
    PROGRAMS=(standing standing-clang standing-O0)
    expect 'allow unwind ' beside_initialiser
    expect 'allow jump ' beside_initialiser_jumped
    expect 'allow jump ' outside_swallowed
}

@test "what must be unwound is not restarted, which is a jump" {
    expect 'refuse inside libc' once action=restart
    expect 'allow unwind ' plain action=restart
}

@test "an abort, an assertion and an exception are judged by their cause" {
    expect 'allow unwind' aborts cause=abort
    expect 'allow unwind' asserts cause=abort
    expect 'refuse inside libc' aborts
    PROGRAMS=(standing standing-clang)
    expect 'allow unwind' throws cause=exception
    expect 'refuse inside the C++ runtime' throws cause=abort
}

@test "the verdict is the same without separate debug symbols" {
    [ -d /usr/lib/debug/.build-id ] || skip "there are none"
    unshare -rm true 2>/dev/null || skip "no mount namespace of our own"
    local case
    for case in measures:allow formats:allow prints:refuse corrupts:refuse locks:refuse measures_by_tail:allow; do
        request standing "${case%:*}"
        # shellcheck disable=SC2016
        run unshare -rm sh -c 'mount -t tmpfs none /usr/lib/debug && exec "$@"' sh \
            "$BUILD/crumple-writer" --stderr=off --status-fd=1 request.core
        [[ $output == *"verdict ${case#*:}"* ]] || { echo "$case: $output" && return 1; }
    done
}

@test "a contained core that nobody waits for becomes a bundle whatever the verdict" {
    request standing prints
    run --separate-stderr "$BUILD/crumple-writer" --stderr=off request.core
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$(report .event)" = contained ]
    [ "$(report .recovery.how)" = null ]
}

@test "the report tells what was done, by which rule, to whom" {
    request standing plain peer=192.0.2.7 sockets_shut=1
    judge
    [ "$(report .event)" = contained ]
    [ "$(report '.recovery | [.action, .how, .rule, .routine, .cause, .peer, .sockets_shut, .exception] | @json')" = \
        '["contain","unwind","conn_*=contain","conn","fault","192.0.2.7",1,null]' ]
    tar --zstd -xOf request.tar.zst report.txt | sed -n 2p |
        grep -Ex 'thread [0-9]+ \(conn\) was ended; the process lives: conn_\*=contain; its peer: 192\.0\.2\.7'
}

@test "a refusal stands in the report and on stderr of the crash" {
    request standing plain event=crash action=refused 'decision=a lock is held'
    run --separate-stderr "$BUILD/crumple-writer" request.core
    # shellcheck disable=SC2154
    grep -x 'crumple: not contained: a lock is held (rule conn_\*=contain)' <<<"$stderr"
    [ "$(report .event)" = crash ]
    [ "$(report .recovery.decision)" = 'a lock is held' ]
}

@test "an exception is known by its type in title, signature and report" {
    request standing throws cause=exception exception_type=St13runtime_error 'exception_what=bad input'
    judge
    [ "${lines[0]}" = 'verdict allow unwind exception std::runtime_error | throws | routine' ]
    [ "$(report .title)" = 'uncaught exception std::runtime_error("bad input") in throws()' ]
    [ "$(report .signal.description)" = 'an uncaught C++ exception' ]
    [ "$(report '.recovery.exception | [.type, .what] | @json')" = '["std::runtime_error","bad input"]' ]
}

@test "words from the process cannot forge lines or move the terminal" {
    request standing throws cause=exception exception_type=$'a|b\e[2J' exception_what=$'x\e]0;y\a' \
        peer=$'1\e[2J'
    judge
    [ "${#lines[@]}" -eq 2 ]
    [[ $output != *$'\e'* ]]
    tar --zstd -xOf request.tar.zst report.txt report.json >words
    run grep -c $'[\e\a]' words
    [ "$output" = 0 ]
}
