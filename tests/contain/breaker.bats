#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Breakers: a routine that faults too often, and a client whose requests do.

load helpers
setup() {
    setup_recovery
    RULES='conn_*=contain'
}

@test "routine, open=crash: when the breaker is open the next fault kills the process on purpose [row 64]" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=2,interval=60s,timeout=60s,open=crash')
    run_program routines repeat 10 10 0
    dies 11 'breaker open'
    want "contained" 3 "$(count_events contained)"
    want "transitions" '"closed open"' "$(events 'select(.event == "breaker") | "\(.from) \(.to)"')"
}

@test "routine, open=reject: when the breaker is open pthread_create says EAGAIN" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=2,interval=60s,timeout=60s,open=reject')
    run_program routines repeat 8 8 0
    lives
    want "outcomes" CCCRRRRR "$(fact outcomes)"
    said conn_main
}

@test "routine: half-open lets a few try, and closes when they end well" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=2,interval=60s,timeout=300ms,max_requests=2,open=reject')
    run_program routines repeat 20 3 50
    lives
    [[ $(fact outcomes) =~ ^CCCR+OO+$ ]] || fail "outcomes: $(fact outcomes)"
    want "transitions" '"closed open" "open half-open" "half-open closed"' \
        "$(events 'select(.event == "breaker") | "\(.from) \(.to)"' | paste -sd' ')"
}

@test "routine: a fault while half-open opens the breaker again" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=2,interval=60s,timeout=300ms,max_requests=2,open=reject')
    run_program routines repeat 20 4 50
    lives
    [[ $(fact outcomes) =~ ^CCCR+CR+OO+$ ]] || fail "outcomes: $(fact outcomes)"
}

@test "routine: runs that end well between the faults do not hold the breaker open" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=5,interval=60s,timeout=60s,open=reject')
    run_program routines repeat 20 5 0
    lives
    want "outcomes" CCCCCOOOOOOOOOOOOOOO "$(fact outcomes)"
    want "transitions" '' "$(events 'select(.event == "breaker")')"
}

# client_saw INNOCENT: the server was there to the end, and each of the innocent's rounds was served.
client_saw_innocents_served() {
    want "server lives at the end" 1 "$(fact survived)"
    [[ $(fact innocent) =~ ^S+$ ]] || fail "innocent: $(fact innocent); second: $(fact second)"
}

@test "the client whose request faults reads end of file at once, the others are served" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=100,peer=off')
    run_program peers 5
    client_saw_innocents_served
    want "second" EEEEE "$(fact second)"
    want "peers" '"127.0.0.2"' "$(events 'select(.event == "contained") | .peer' | sort -u)"
    want "sockets" 5 "$(index_of "$TMP" | gojq -s '[.[] | select(.event == "contained") | .sockets] | add')"
}

@test "peer: who faults too often is refused, and nobody else is" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=3,interval=60s,timeout=60s,peer=on')
    run_program peers 12
    client_saw_innocents_served
    want "second" EEEERRRRRRRR "$(fact second)"
    want "contained" 4 "$(count_events contained)"
    want "refused" 8 "$(count_events peer_refused)"
    want "transitions" '"peer 127.0.0.2 closed open"' \
        "$(events 'select(.event == "breaker" and .scope == "peer") | "\(.scope) \(.name) \(.from) \(.to)"')"
    said 127.0.0.2
}

@test "peer: who has bettered himself is served again" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=3,interval=60s,timeout=300ms,max_requests=2,peer=on')
    run_program peers 30 50 4
    client_saw_innocents_served
    [[ $(fact second) =~ ^EEEER+S+$ ]] || fail "second: $(fact second)"
}

@test "peer: no strike while an older connection from the same address lives: it may be a proxy's" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=3,interval=60s,timeout=60s,peer=on')
    run_program peers 4 0 1000 2
    client_saw_innocents_served
    want "second" EEEE "$(fact second)"
    want "friends" SS "$(fact friends)"
    want "strikes of the peer" 0 "$(events 'select(.event == "breaker" and .scope == "peer")' | wc -l)"
    want "strikes of the routine" '"closed open"' \
        "$(events 'select(.event == "breaker" and .scope == "routine") | "\(.from) \(.to)"')"
    want "lines that say so" 1 "$(grep -c 'peer 127.0.0.2 has other live connections' err)"
}

@test "after so many contained faults in a life the next one is a crash that says so" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=1000,life=3')
    run_program routines repeat 10 10 0
    dies 11 'contained too often'
    want "contained" 3 "$(count_events contained)"
}

@test "without a number the life has 32 contained faults" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=1000')
    run_program routines repeat 40 40 0
    dies 11 'contained too often'
    want "contained" 32 "$(events -s '[.[] | select(.event == "contained" or .of == "contained") | .count // 1] | add')"
}

@test "sockets that the ended threads leave open have a budget, and then the process dies on purpose" {
    CASE_SHIM=(CRUMPLE_BREAKER='trip=1000,life=0,peer=off')
    ulimit -n 256
    run_program peers 40
    dies 11 'leaked sockets'
    want "contained" 16 "$(count_events contained)"
}
