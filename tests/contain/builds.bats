#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A selection of the cases in the builds that change what an unwinding finds; tests/long/recovery.sh runs all.

load helpers
setup() { setup_recovery; }

# Those whose ending differs between builds, and one of each family.
SELECTION=(guard_direct guard_direct_free guard_callee_free guard_ccallee guard_ccallee_free guard_strlen_free
    nounwind_mid_free null_pc_free static_init_direct_free noexcept_frame_free catchall_swallow_free catch_std_free static_init_free
    nested_dtor_fault_free uncaught_free uncaught_noexcept_free c_cleanup_direct c_cleanup_direct_free
    c_cleanup_callee_free cpp_cleanup_direct_free cpp_cleanup_callee_free cpush_cancel_tsd_free mutex_lock fpe_free)

@test "C code with exceptions: clean, or a reported death" {
    judge_all cex "${SELECTION[@]}"
}

@test "exceptions of instructions: clean, or a reported death" {
    judge_all nce "${SELECTION[@]}"
}

@test "code without asynchronous unwind tables: clean, or a reported death" {
    judge_all noasync "${SELECTION[@]}"
}

@test "code without optimisation: clean, or a reported death" {
    judge_all O0 "${SELECTION[@]}"
}

@test "a static libstdc++ and libgcc: clean, or a reported death" {
    judge_all static "${SELECTION[@]}"
}

@test "every case kills the program without crumple, by the signal that is expected" {
    local name signal wrong='' rest
    for name in $(cases_of all); do
        read -r signal rest <<<"$(expected_of def "$name")"
        "$BUILD/tests/runner" -o status "$BUILD/tests/contain/def/cases" "$name" >out 2>err </dev/null || true
        [ "$(status_in . signal)" = "$signal" ] || wrong+="$name "
    done
    [ -z "$wrong" ] || fail "$wrong"
}

@test "every case of the program is in the table of what is expected" {
    local name unknown=''
    for name in $("$BUILD/tests/contain/def/cases" list); do
        [ -n "$(expected_of def "$name")" ] || unknown+="$name "
    done
    [ -z "$unknown" ] || fail "$unknown"
}
