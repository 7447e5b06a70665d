#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who is asked, and when: kinds of faults, names, places in the life of the process, other configuration.

load helpers
setup() { setup_recovery; }

# judged CASE OUTCOME SIGNAL [OPTION...]: as in expected.txt, in the build 'def'
judged() {
    "$T$LIBC/contain/def/cases" list | grep -qx -e "$1" -e "${1%_free}" || return 0 # those in C++, for musl
    local name=$1
    EXPECTED=$TMP/expected.txt
    printf '%s %s %s\n' "$name" "$3" "$2" >"$EXPECTED"
    shift 3
    judge def "$name" "$@"
}

@test "without 'wide' only addresses near NULL are contained" {
    RULES='victim*=contain'
    judged nil_write clean 11
    judged null_pc_free clean 11
    judged strchr_bad clean 11
    judged wild_write died:wild_address 11
    judged wild_pc_free died:wild_address 11
    judged non_canonical died:wild_address 11
    judged read_only_write died:wild_address 11
    judged past_end_of_file died:wild_address 7
    judged illegal_instruction died:illegal_instruction 4
    judged fpe_free clean 8
    judged abort_call_free clean 6
    judged assert_fail clean 6
    judged uncaught_free clean 6
}

@test "signals that were sent are never contained, whatever the rule [row 64]" {
    judged sent_by_raise died:sent 11
    judged sent_with_value died:sent 11
}

@test "a ruined heap and a smashed stack are never contained" {
    needs_glibc "they are in musl/contain.bats"
    judged double_free died:heap 6
    judged stack_smash died:heap 6
    judged malloc_bad died:. 11
}

# asked_nothing CASE [OPTION...]: a crash like any other; no word of a refusal
asked_nothing() {
    local directory=$TMP/$1
    run_case "$directory" def "$@"
    want "signal" 11 "$(status_in "$directory" signal)"
    want "events" '["crash",null]' "$(index_of "$directory" | gojq -c '[.event, .action]')"
    ! grep 'not contained' "$directory/err" || fail "a refusal that nobody asked for"
}

@test "no rule, the rule 'crash', and a rule for others leave everything as it was" {
    RULES='' && asked_nothing nil_write
    rm -rf "$TMP/nil_write"
    RULES='*=crash' && asked_nothing nil_write
    rm -rf "$TMP/nil_write"
    RULES='other_*=contain' && asked_nothing nil_write
    rm -rf "$TMP/nil_write"
    RULES='victim*=crash,*=contain' && asked_nothing nil_write
}

@test "the main thread is never ended [row 64]" {
    local directory=$TMP/main
    RULES='*=contain:wide'
    run_case "$directory" def nil_write --main
    want "signal" 11 "$(status_in "$directory" signal)"
    want "event" '"crash"' "$(index_of "$directory" | gojq -c .event)"
}

@test "a rule matches the routine's symbol, the thread's name, or module and offset" {
    local offset
    RULES='victim_main=contain' && judged nil_write clean 11
    RULES='vict?m=contain' && judged nil_write clean 11
    RULES='[u-w]ictim*=contain' && judged nil_write clean 11
    offset=$(nm "$T$LIBC/contain/def/cases" | awk '$3 == "victim_main" {sub(/^0+/, "", $1); print $1}')
    RULES="cases+0x$offset=contain" && judged nil_write clean 11
}

@test "a rule matches the name that the thread has at its fault" {
    RULES='renamed=contain'
    run_program routines named renamed
    lives
    want "value" CANCELED "$(fact value)"
}

@test "a wrapper is also named by the function that its argument leads to, but not to run again" {
    RULES='other_main=contain'
    run_program routines wrapped
    lives
    want "value" CANCELED "$(fact value)"
    tar --zstd -xf crashes/*/*.tar.zst report.json
    want "routine and callable" 'wrapper_main other_main' "$(gojq -r '.threads[0] | "\(.routine) \(.callable)"' report.json)"
    rm -rf crashes
    RULES='other_main=restart'
    run_program routines wrapped
    dies 11 'restart of a routine the policy does not name'
}

@test "a std::thread is contained like any other, and known by its callable" {
    needs_cxx
    judged nil_write clean 11 --std
    RULES='*victim_main*=contain' && judged nil_write clean 11 --std
    RULES='victim*=contain:wide' && judged guard_ccallee_free clean 11 --std
    judged uncaught_free clean 6 --std
    judged mutex_lock died:a_lock_is_held 11 --std
}

@test "a detached thread is contained and its memory freed" {
    judged nil_write clean 11 --detached
    judged guard_ccallee_free clean 11 --detached
    judged mutex_lock died:a_lock_is_held 11 --detached
    RULES='conn_*=contain' CASE_SHIM=(CRUMPLE_BREAKER=trip=1000)
    run_program routines detached 20
    lives
    want "tasks" back "$(fact tasks)"
    want "contained" 20 "$(count_events contained)"
}

@test "during exit nothing is contained" {
    RULES='*=contain:wide'
    run_program routines during-exit
    dies 11 'during exit'
}

# libc calls exit by itself then: whether that is seen or not, the fault has a clean end or a reported one.
@test "after main has returned: contained and the exit goes on, or a reported death" {
    RULES='*=contain:wide'
    run_program routines during-return
    if [ "$(status_in . signal)" = 0 ]; then
        want "exit status" 0 "$(status_in . exit)"
        want "contained" 1 "$(count_events contained)"
    else
        dies 11 'during exit'
    fi
}

@test "a rule that cannot be read draws one warning and the program goes on" {
    local rules
    for rules in 'conn_*' 'conn_*=contian' 'conn_*=contain:narrow' '=contain' 'a=restart:later' 'conn_*=contain,,' \
        "$(printf 'x%.0s' {1..300})=contain"; do
        RULES=$rules
        run_program routines healthy
        lives
        [ "$(grep -c '^crumple: .*CRUMPLE_RECOVER' err)" -le 1 ] || fail "more than one warning:" "$(cat err)"
    done
    RULES='conn_*=contian'
    run_program routines healthy
    said CRUMPLE_RECOVER
    RULES='conn_*=contain'
    CASE_SHIM=(CRUMPLE_BACKOFF=soon CRUMPLE_BREAKER=trip=many)
    run_program routines healthy
    lives
    said CRUMPLE_BACKOFF
    said CRUMPLE_BREAKER
}

@test "CRUMPLE_STDERR=off is silent about a contained fault, and counts it" {
    CASE_SHIM=(CRUMPLE_STDERR=off)
    run_case "$TMP" def nil_write
    want "survived" 1 "$(value_of "$TMP" survived)"
    want "stderr" '' "$(cat err)"
    want "events" '"contained"' "$(events .event)"
}

@test "the report of a contained fault names the frame, the routine and the rule" {
    needs_cxx
    run_case "$TMP" def guard_ccallee_free
    report_in "$TMP" contained >report.json
    want "event" contained "$(gojq -r .event report.json)"
    want "frame" c_fault "$(gojq -r '.threads[0].frames[0].function' report.json)"
    want "routine" victim_main "$(gojq -r .recovery.routine report.json)"
    want "signal" SIGSEGV "$(gojq -r .signal.name report.json)"
    want "threads" 1 "$(gojq '.threads | length' report.json)"
    want "the index's routine" victim_main "$(events -r | gojq -r .routine)"
}

@test "the report of an exception nobody caught names its type, its text and who threw it" {
    needs_cxx
    run_case "$TMP" def uncaught_free
    report_in "$TMP" contained >report.json
    [[ $(gojq -r .title report.json) == *runtime_error*'nobody "catches" this'* ]] || fail "title: $(gojq .title report.json)"
    grep -q '^crumple: contained uncaught exception .*runtime_error (nobody "catches" this)' "$TMP/err" || fail "$(cat "$TMP/err")"
    [[ $(gojq -r '[.threads[0].frames[].function] | join(" ")' report.json) == *throw_error*uncaught*victim_main* ]] ||
        fail "frames: $(gojq -c '[.threads[0].frames[].function]' report.json)"
}

@test "beside an interpreter with a global lock no thread is contained" {
    RULES='victim_main=contain'
    run_program interpreter
    dies 11 'interpreter with a global lock'
}

@test "an interpreter that is loaded but has never been started is none" {
    RULES='victim_main=contain'
    run_program interpreter_asleep
    lives
    run_program interpreter_asleep starts
    dies 11 'interpreter with a global lock'
}

# owed_dies VERB DECISION, owed_lives VERB: what comes of the job's fault
owed_dies() {
    rm -rf crashes
    run_program owed "$1"
    dies 11 "$2"
}

owed_lives() {
    rm -rf crashes
    run_program owed "$1"
    lives
    want "contained" 1 "$(count_events contained)"
}

@test "who owes a wakeup by condition variable, semaphore or promise is not ended" {
    local verb
    RULES='*job_main=contain,*promise*=contain'
    for verb in waits semaphore earlier others never; do
        owed_dies "$verb" 'a wakeup is owed'
    done
    [ -n "$LIBC" ] || owed_dies promise 'a wakeup is owed'
}

@test "who posts the semaphore that it has taken is ended" {
    RULES='*job_main=contain'
    owed_lives own
}

@test "a lock that main has handed over is owed until the thread has released it" {
    RULES='*job_main=contain'
    [ -n "$LIBC" ] || owed_dies first 'its creator holds a lock' # see docs/musl.md
    owed_dies handed 'a wakeup is owed'
    owed_lives released
}

@test "a thread that is older than any connection is not ended" {
    RULES='*job_main=contain'
    owed_dies older 'older than any connection'
    owed_dies earliest 'older than any connection'
    owed_lives younger
}

@test "a thread that has closed its connection is not ended" {
    RULES='*job_main=contain'
    owed_dies closed 'it serves no connection'
}
