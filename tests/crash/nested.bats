#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Trouble inside the capture itself (rows 50-54): each stage faults, hangs, or calls what a filter traps. The process
# dies as ever, the bundle keeps what was had, and soft_errors says what is missing.

load helpers

setup() {
    setup_crash
    BUILD=$BUILD/inject
    LIMIT_MS=9000 PARTIAL=yes
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
    SHIM=(INJECT_STAGE="$stage:$kind" CRUMPLE_TIMEOUT=3s)
    run_without "${@:-null-write}"
    run_with "${@:-null-write}"
    same_death
    right_files
}

# The stages, from their tables.
stages() {
    sed -n '/stages\[\] = {/,/^ *};/s/^ *{"\([a-z ]*\)", .*/\1/p' "$ROOT/preload/safe_core.c" "$ROOT/preload/safe_notes.c"
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
    [ "$count" -ge 20 ] || fail "only $count stages"
}

said_missing() {
    [[ $(soft_errors) == *"$1: this stage of the capture"* || $(soft_errors) == *"in stage $1"* ]] ||
        fail "soft errors of $1: $(soft_errors)"
}

@test "row 52: a fault in each stage: that stage is missing, the others are there" {
    every_stage fault said_missing
}

said_nothing() {
    [ -z "$(soft_errors)" ] || fail "$1: $(soft_errors)"
}

@test "row 52: a system call that a filter traps, in each stage: it fails, and the stage goes on" {
    every_stage sigsys said_nothing
}
