#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# An application that asks for its children in every way while threads of it are ended (row 77): waitpid(-1) and
# waitpid(-1, __WALL) in loops, and a SIGCHLD handler or SIGCHLD ignored. Whichever sees a child says so and exits with 71.

load helpers
setup() {
    setup_recovery
    RULES='fault_main=contain'
    CASE_SHIM=("CRUMPLE_BREAKER=trip=1000,life=0,interval=60s,timeout=30s,max_requests=3,open=crash,peer=on")
}

# The victim lies beside the programs of recovery. It stays for longer than the keeper does.
reaper() {
    run_program ../victim reaper-contained "$@"
    want "status; it said: $(cat err)" "signal=0 core=0 exit=3" "$(cut -d' ' -f1-3 status)"
    want "contained" "$1" "$(count_events contained)"
    want "crashes" 0 "$(count_events crash)"
    want "processes left behind" '' "$(status_in . left)"
}

@test "fifty contained faults and a SIGCHLD handler: no child is seen [row 77]" {
    reaper 50 handler
}

@test "fifty contained faults and SIGCHLD ignored: no child is seen [row 77]" {
    reaper 50 ignore
}
