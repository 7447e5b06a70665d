#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the other threads notice of one that is ended.

load ../crash/helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

@test "no wait of another thread is interrupted when a thread is ended [row 65]" {
    SHIM=(CRUMPLE_RECOVER='fault_alone=contain') EVENT=contained
    run_with survivors
    want "exit" "0 0" "$(status_of with signal) $(status_of with exit)"
    right_files
    want "epoll_wait" "0 -" "$(fact epoll_wait)"
    want "poll" "0 -" "$(fact poll)"
    want "nanosleep" "0 -" "$(fact nanosleep)"
    want "recv" "-1 Resource temporarily unavailable" "$(fact recv)"
    want "sem_timedwait" "-1 $(by_libc 'Connection timed out' 'Operation timed out')" "$(fact sem_timedwait)"
}
