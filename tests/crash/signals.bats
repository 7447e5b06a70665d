#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Signals from somebody, and masks (rows 20-23, 42).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "kill -SEGV from another process is reported as sent [row 20]" {
    RUNNER_OPTIONS=(-k 11)
    crash idle
    expect_signal 11 SIGSEGV SI_USER
    want "sender" "$(status_of with sender) $(id -u) runner true" "$(report '.signal | "\(.sender.pid) \(.sender.uid) \(.sender.name) \(.sent)"')"
    want "address" null "$(report .signal.addr)"
    expect_calls "$(by_libc epoll_wait epoll_pwait)" serve_events idle main
    expect_title SIGSEGV sent
    unwound_to_start
}

@test "kill -ABRT from another process is reported as sent [row 20]" {
    RUNNER_OPTIONS=(-k 6)
    crash idle
    expect_signal 6 SIGABRT SI_USER
    want "sender" "$(status_of with sender)" "$(report .signal.sender.pid)"
    expect_title SIGABRT sent
}

# passed_on HOW: a handler of the victim's own raises it again, and it is told as if there were none.
passed_on() {
    local number
    for number in 6 11; do
        RUNNER_OPTIONS=(-k "$number")
        rm -rf "$CRASHES"
        crash idle-passes-on "$1"
        want "sender" "$(status_of with sender) $(id -u) runner true" \
            "$(report '.signal | "\(.sender.pid) \(.sender.uid) \(.sender.name) \(.promoted)"')"
        expect_title "sent by runner (pid $(status_of with sender), uid $(id -u))"
        expect_calls "$(by_libc epoll_wait epoll_pwait)" serve_events idle idle_passes_on main
        [[ $(report .signature) == "SIG"*" sent | serve_events | idle | idle_passes_on"* ]] || fail "$(report .signature)"
        unwound_to_start
    done
}

@test "a signal from outside that a handler raises again, blocked: who sent it [row 20]" { passed_on raise; }
@test "a signal from outside that a handler sends to the process again: who sent it [row 20]" { passed_on kill; }
@test "a signal from outside that a handler with SA_NODEFER raises again: who sent it [row 20]" { passed_on open; }
@test "a signal from outside that a handler for one time raises again: who sent it [row 20]" { passed_on once; }

@test "the name of a sender brings no control character to a terminal [row 20]" {
    local name victim
    name=$'a\e[31m\xe2\x80\xaeb'
    RUNNER_READY_FD=3 CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD$LIBC/libcrumple.so "$VICTIM" idle \
        3> >(head -c 1 >ready) >out 2>"$TMP/with.err" &
    victim=$!
    for _ in {1..100}; do [ -s ready ] || sleep 0.05; done
    # shellcheck disable=SC2016
    bash -c 'printf %s "$1" >/proc/$$/comm && sleep 0.2 && kill -ABRT "$2" && sleep 1; :' sender "$name" "$victim"
    wait "$victim" || true
    ! LC_ALL=C grep -q $'[\e\xe2\x80\xae]' "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
    expect_said 'SIGABRT sent by a [[]31m.*b (pid'
}

@test "tgkill of the own thread is reported as sent [row 21]" {
    crash tgkill-self
    expect_signal 11 SIGSEGV SI_TKILL
    want "sender" "$(fact pid) true" "$(report '.signal | "\(.sender.pid) \(.sent)"')"
    expect_calls send_to_own_thread tgkill_self worker_main
    expect_title SIGSEGV sent
    unwound_to_start
}

@test "a queued SIGABRT is reported with its value [row 22]" {
    crash sigqueue-abort
    expect_signal 6 SIGABRT SI_QUEUE
    want "value" "$(fact value)" "$(report .signal.value)"
    expect_calls queue_abort_signal sigqueue_abort worker_main
    expect_title SIGABRT sent
    unwound_to_start
}

@test "SIGTERM and SIGINT kill without a bundle [row 23]" {
    local number
    BUNDLES=0
    for number in 15 2; do
        RUNNER_OPTIONS=(-k "$number")
        crash idle
        want "status" "$number" "$(status_of with signal)"
        want "stderr" '' "$(cat "$TMP/with.err")"
    done
}

@test "SIGTERM and SIGINT with CRUMPLE_SIGNALS: an event that says who sent them [row 23]" {
    local number
    EVENT=exit SHIM=("CRUMPLE_SIGNALS=term,int")
    for number in 15 2; do
        RUNNER_OPTIONS=(-k "$number")
        rm -rf "$CRASHES"
        crash idle
        want "status" "$number" "$(status_of with signal)"
        expect_title "sent by runner (pid $(status_of with sender), uid $(id -u))"
        want "sent" "sent true null" "$(report '.signal | "\(.class) \(.sent) \(.addr)"')"
        expect_calls "$(by_libc epoll_wait epoll_pwait)" serve_events idle main
        unwound_to_start
    done
}

@test "SIGPIPE in a worker: an event that names the place, the status stays [row 25]" {
    EVENT='exit'
    crash closed-connection
    want "status" 13 "$(status_of with signal)"
    expect_title "SIGPIPE in reply: write to a pipe or connection that the other end had closed"
    [[ $(report .signature) == "SIGPIPE | reply | closed_connection"* ]] || fail "$(report .signature)"
    want "signal" "13 SIGPIPE ended false null" "$(report '.signal | "\(.number) \(.name) \(.class) \(.sent) \(.addr)"')"
    want "exit" null "$(report .exit)"
    expect_calls write reply closed_connection worker_main
    unwound_to_start
    want "counted as" "exit SIGPIPE" "$(events '"\(.event) \(.signal)"' | tr -d \")"
    want "metric" 1 "$(metric exits_total)"
}

@test "SIGPIPE in main, in a child of a worker, or with CRUMPLE_SIGNALS=off: the status, no bundle [row 25]" {
    BUNDLES=0
    crash --main closed-connection
    want "status" 13 "$(status_of with signal)"
    crash closed-connection-forked
    want "status of the child" 13 "$(fact child)"
    SHIM=(CRUMPLE_SIGNALS=off)
    crash closed-connection
    want "status" 13 "$(status_of with signal)"
    want "stderr" '' "$(cat "$TMP/with.err")"
}

@test "a named signal in main is reported: SIGPIPE, SIGALRM, SIGXFSZ, SIGXCPU [row 25]" {
    local verb
    EVENT=exit SHIM=("CRUMPLE_SIGNALS=pipe,alrm,xfsz,xcpu") LIMIT_MS=25000 # a second of processor time may take long
    for verb in closed-connection alarm-clock "file-limit $TMP/file soft" cpu-limit; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086
        crash --main $verb
        want "class" ended "$(report .signal.class)"
    done
    expect_title "SIGXCPU in " "the limit of processor time was reached (RLIMIT_CPU)"
}

@test "SIGPIPE that a runtime has taken, and passes on to what it found: the program lives [row 25]" {
    BUNDLES=0
    crash closed-connection-chained
    want "errno (EPIPE)" 32 "$(fact errno)"
}

@test "a signal that is open only while the process waits kills it, with a report [row 20]" {
    SHIM=(CRUMPLE_SIGNALS=term)
    RUNNER_OPTIONS=(-k 6)
    crash open-in-wait 6
    want "status" 6 "$(status_of with signal)"
    rm -rf "$CRASHES"
    EVENT=exit RUNNER_OPTIONS=(-k 15)
    crash open-in-wait 15
    want "status" 15 "$(status_of with signal)"
}

@test "PID 1 lives through the signals of CRUMPLE_SIGNALS [row 59]" {
    local out
    out=$(LD_PRELOAD=$BUILD$LIBC/libcrumple.so CRUMPLE_DIR=$CRASHES CRUMPLE_SIGNALS=pipe,term unshare -pf --kill-child \
        "$VICTIM" closed-connection 2>&1)
    want "errno (EPIPE)" 32 "$(sed -n 's/^errno=//p' <<<"$out")"
    [ ! -e "$CRASHES" ] || want "files" '' "$(find "$CRASHES" -type f)"
}

@test "an application's own SIGTERM handler runs as ever [row 23]" {
    BUNDLES=0 RUNNER_OPTIONS=(-k 15)
    crash idle-handled
    want "exit code" 3 "$(status_of with exit)"
    want "handler" 1 "$(fact farewell)"
    want "stderr" '' "$(cat "$TMP/with.err")"
}

@test "a fault with every signal blocked through libc is reported [row 42]" {
    crash all-blocked
    want "the mask reads back as set" 1 "$(fact mask_kept)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
    expect_title SIGSEGV write_through_null
    unwound_to_start
}

@test "a healthy end leaves nothing, whatever its status" {
    local status
    BUNDLES=0
    for status in 0 3; do
        crash exit "$status"
        want "exit code" "$status" "$(status_of with exit)"
        want "stderr" '' "$(cat "$TMP/with.err")"
    done
}

@test "CRUMPLE=0 makes it inert" {
    BUNDLES=0 SHIM=(CRUMPLE=0)
    crash null-write
    want "status" 11 "$(status_of with signal)"
    want "stderr" '' "$(cat "$TMP/with.err")"
}
