#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Containment in programs of musl: the cases of tests/contain that are in C, and what pthread_exit does otherwise there.

TEST_LIBC=musl
load ../contain/helpers
setup() { setup_recovery; }

@test "musl: every kind of fault ends clean or in a reported death" {
    judge_family def faults
}

@test "musl: a fault inside of libc ends clean or in a reported death" {
    judge_family def libc
}

@test "musl: a fault between cleanup handlers, cancelled or not ends clean or in a reported death" {
    local names
    mapfile -t names < <(cases_of cleanup | grep -v walks) # musl unwinds nothing
    judge_all def "${names[@]}"
}

@test "musl: every kind of lock, held or given back, ends clean or in a reported death" {
    judge_family def locks
}

@test "musl: a frame that only an unwinding would put in order refuses; beside it, C with exceptions is as other C" {
    judge_all cex attribute attribute_free c_cleanup_callee_free nil_write
}

@test "musl: a detached thread ends, and unmaps its own stack" {
    judge def nil_write --detached
    judge def c_cleanup_callee_free --detached
}

# The numbers of threads are those of flags, descriptors and counts there.
@test "musl: a FILE's owner is found where threads have small numbers" {
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespaces here"
    local before name
    for before in 0 1 2 3 6 7; do
        for name in stdio_flockfile stdio_flockfile_free; do
            rm -rf crashes
            # shellcheck disable=SC2016 # the variables are the inner shell's
            "$T/runner" -t "$LIMIT_MS" -g 2000 -o status unshare -pf --kill-child --mount-proc \
                sh -c 'n=$1; shift; while [ "$n" -gt 0 ]; do (:); n=$((n - 1)); done; "$@"; exit $?' sh $before \
                env TMPDIR="$TMP" CRUMPLE_DIR="$CRASHES" CRUMPLE_RECOVER="$RULES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
                "$T$LIBC/contain/def/cases" $name >out 2>err </dev/null || fail "$name is wedged" "$(cat err)"
            case $name in
            *_free) want "$name after $before" 1 "$(fact survived)" ;;
            *) want "$name after $before" 'holds a locked FILE' "$(report_in . crash | gojq -r .recovery.decision)" ;;
            esac
        done
    done
}
