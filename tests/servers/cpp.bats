#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A C++ server with a detached std::thread for each connection: exceptions, destructors, guards.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load recovery
setup() { setup_server; }
teardown() { teardown_server; }

# The callable's type as the policy sees it; a glob, as nobody spells it out.
POLICY='*serve_client*=contain,*=crash'

start_store() {
    SHIM=(CRUMPLE_RECOVER="${1:-$POLICY}")
    start_server "$T/threaded_server" 0
    await "listening" grep -q listening "$TMP/with.out"
    PORT=$(sed -n 's/^listening on //p' "$TMP/with.out")
    child_of_runner
    exec 7<>"/dev/tcp/127.0.0.1/$PORT" # a client that stays connected all the time
    want "first answer" OK "$(ask 'SET name value')"
}

# ask LINE: by the client that stays.
ask() {
    local answer
    printf '%s\n' "$1" >&7
    IFS= read -r -t 2 answer <&7 || return 1
    echo "$answer"
}

# culprit LINE: on a connection of its own, which must be closed within 2 s, without an answer.
culprit() {
    local answer status=0
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'PING\n%s\n' "$1" >&8
    answer=$(timeout 2 cat <&8) || status=$?
    exec 8>&-
    want "how reading '$1' ended" "0 PONG" "$status $answer"
}

all_is_well() {
    server_lives
    want "the other client's value" "VALUE value" "$(ask 'GET name')"
    want "the server's own check" "OK 1 keys, 5 bytes" "$(ask CHECK)"
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'GET name\n' >&9
    local answer
    IFS= read -r -t 2 answer <&9
    exec 9>&-
    want "a new client's value" "VALUE value" "$answer"
}

contained() {
    local word
    take_event '.event == "contained"'
    want "action" contain "$(event .action)"
    for word in "$@"; do
        expect_title "$word"
    done
    function_on_stack serve_client
    expect_said "contained .*serve_client.*$(basename "$BUNDLE")"
}

@test "C++: a NULL dereference ends one connection" {
    start_store
    culprit NULL
    all_is_well
    contained SIGSEGV null
    ends_with_status_0
}

@test "C++: an uncaught exception ends one connection, its type and what() are in the title" {
    start_store
    culprit THROW
    all_is_well
    contained std::runtime_error "bad input"
    function_on_stack bad_input # the stack of the throw
    ends_with_status_0
}

@test "C++: std::out_of_range of vector::at ends one connection" {
    start_store
    culprit AT
    all_is_well
    contained std::out_of_range
    ends_with_status_0
}

@test "C++: abort ends one connection" {
    start_store
    culprit ABORT
    all_is_well
    contained abort give_up
    ends_with_status_0
}

@test "C++: a division by zero ends one connection" {
    start_store
    culprit DIVIDE
    all_is_well
    contained SIGFPE divide
    ends_with_status_0
}

@test "C++: an exception thrown under a lock_guard either gives the lock back or ends the process" {
    start_store
    printf 'LOCKTHROW name\n' >&7
    # At the throw the guard is held; the unwinding would release it, but the report comes first.
    if timeout 2 cat <&7 >/dev/null && kill -0 "$SERVER" 2>/dev/null && has_events 1 '.event == "contained"'; then
        exec 7<>"/dev/tcp/127.0.0.1/$PORT"
        all_is_well
        contained std::runtime_error "while locked"
        ends_with_status_0
    else
        died_deliberately 6 "a lock is held"
    fi
}

@test "C++: a fault under a lock_guard ends the process on purpose" {
    start_store
    culprit "LOCKED name"
    died_deliberately 11 "a lock is held"
    function_on_stack fault_under_lock
}

@test "C++: an exception that leaves a noexcept function ends one connection or the process, never silently" {
    start_store
    culprit NOEXCEPT
    if kill -0 "$SERVER" 2>/dev/null && has_events 1 '.event == "contained"'; then
        all_is_well
        ends_with_status_0
    else
        await_death
        take_event '.event == "crash"'
        want "status" 6 "$(status_of with signal)"
    fi
    function_on_stack never_throws
}

@test "C++: a rule for the thread's name does it too" {
    start_store 'threaded_server=contain,*=crash'
    culprit THROW
    all_is_well
    contained std::runtime_error
    ends_with_status_0
}

@test "C++: restart is refused for a std::thread, whose argument is gone" {
    start_store '*serve_client*=restart,*=crash'
    culprit NULL
    died_deliberately 11 "std::thread"
}
