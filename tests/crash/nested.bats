#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Trouble inside the capture itself (rows 50-54): each stage faults, hangs, or calls what a filter traps. The process
# dies as ever, the bundle keeps what was had, and soft_errors says what is missing.

load helpers

setup() {
    setup_crash
    BUILD=$BUILD/inject
    LIMIT_MS=9000 PARTIAL=yes WITHOUT=none
}
teardown() { teardown_crash; }

soft_errors() {
    report '.soft_errors | join("; ")'
}

# broken STAGE KIND [VERB...]: one crash with trouble in that stage.
broken() {
    local stage=$1 kind=$2
    shift 2
    rm -rf "$CRASHES"
    SHIM=(INJECT_STAGE="$stage:$kind" CRUMPLE_TIMEOUT=2s)
    [ "$*" = "$WITHOUT" ] || run_without "${@:-null-write}"
    WITHOUT=$*
    run_with "${@:-null-write}"
    same_death
    right_files
}

# The stages, from their tables.
stages() {
    sed -n '/stages\[\] = {/,/^ *};/s/^ *{"\([a-z ]*\)", .*/\1/p' "$ROOT/preload/capture/core.c" "$ROOT/preload/capture/notes.c"
}

every_stage() {
    local stage count=0
    while IFS= read -r stage; do
        echo "# $stage:$1"
        broken "$stage" "$1" --worker null-write
        [ "$stage" = signal ] || want "$stage: signal" SIGSEGV "$(report .signal.name)"
        want "$stage: thread" "$(fact tid)" "$(report .crashed_tid)"
        "$2" "$stage"
        count=$((count + 1))
    done < <(stages)
    [ "$count" -ge 19 ] || fail "only $count stages"
}

said_missing() {
    [[ $(soft_errors) == *"$1: this stage of the capture"* || $(soft_errors) == *"in stage $1"* ]] ||
        fail "soft errors of $1: $(soft_errors)"
}

@test "a fault in each stage: that stage is missing, the others are there [row 52]" {
    every_stage fault said_missing
}

said_nothing() {
    [ -z "$(soft_errors)" ] || fail "$1: $(soft_errors)"
}

@test "a system call that a filter traps, in each stage: it fails, and the stage goes on [row 52]" {
    every_stage sigsys said_nothing
}

@test "a hang in each stage: that stage ends in time, and the others are there [row 53]" {
    every_stage hang said_missing
}

@test "an endless loop in a stage is ended, too [row 53]" {
    broken stacks spin null-write
    said_missing stacks
    want "signal" 11 "$(status_of with signal)"
}

# first_attempt_lost STAGE KIND: the second attempt has the faulting thread.
first_attempt_lost() {
    broken "$1" "$2" parked 5
    want "thread" "$(fact tid)" "$(report .crashed_tid)"
    want "function" write_through_null "$(report '.threads[0].frames[0].function')"
    want "threads" 1 "$(report '.threads | length')"
    [[ $(soft_errors) == *"$3"* ]] || fail "soft errors: $(soft_errors)"
}

@test "the helper is killed in the middle: a second attempt has the faulting thread [row 52]" {
    first_attempt_lost stacks kill "the first attempt to capture died in stage stacks"
    first_attempt_lost origin kill "the first attempt to capture died in stage origin"
}

@test "the helper is killed while it writes: the second attempt writes to the other directory [row 52]" {
    BUNDLES=0
    broken write kill null-write
    BUILD=${BUILD%/inject} in_fallback
    [[ $(soft_errors) == *"died in stage write"* ]] || fail "soft errors: $(soft_errors)"
}

@test "the crash directory hangs: the bundle goes to the other directory [row 53]" {
    BUNDLES=0
    broken write hang null-write
    BUILD=${BUILD%/inject} in_fallback
    expect_said "crashes.*took too long; trying the next directory"
}

@test "a fault in each step of the dying thread itself: the right death, and a bundle where it still can be [row 52]" {
    local step verb
    for verb in null-write divide-by-zero abort; do
        for step in begin prepare; do
            broken $step fault $verb
        done
        BUNDLES=0 broken capture fault $verb
    done
}

@test "another thread faults while it is being stopped: the others are captured [row 54]" {
    broken park fault parked 10
    want "signal" SIGSEGV "$(report .signal.name)"
    want "function" write_through_null "$(report '.threads[0].frames[0].function')"
    want "other threads captured" 11 "$(report '[.threads[1:][] | select(.state == "captured")] | length')"
}

@test "another thread hangs while it is being stopped: it is listed, the others are captured [row 54]" {
    broken park spin parked 10
    want "function" write_through_null "$(report '.threads[0].frames[0].function')"
    want "missing" blocked "$(report '[.threads[] | select(.state == "missing") | .reason] | join(" ")')"
}

@test "a fault in the wrapper of pthread_create, or at the start of a thread, is reported [row 40]" {
    local place
    for place in create start; do
        rm -rf "$CRASHES"
        SHIM=(INJECT_STAGE="$place:fault")
        run_with --worker null-write
        want "status" 11 "$(status_of with signal)"
        right_files
        want "signal" SIGSEGV "$(report .signal.name)"
        want "address" 0x10 "$(report .signal.addr)"
    done
}

# Where processors are few, the first thread to fault may stop all the others before a second one reaches its fault. So
# each run must be right, and one of eight must show a second thread that faulted.
@test "a hundred threads fault together: one bundle, in time [row 51]" {
    local also=0 run
    BUILD=${BUILD%/inject}
    SHIM=() PARTIAL=''
    run_without together 100
    for run in 1 2 3 4 5 6 7 8; do
        rm -rf "$CRASHES"
        run_with together 100
        same_death
        right_files
        right_index
        want "threads" 101 "$(report '.threads | length')"
        want "captured" 101 "$(report '[.threads[] | select(.state == "captured")] | length')"
        also=$(report '[.threads[] | select(.also_faulted)] | length')
        [ "$also" -eq 0 ] || return 0
    done
    fail "none is listed as also faulted in $run runs"
}
