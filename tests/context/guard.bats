#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple_guard(): a stretch of a thread's work ends alone, under the gate of thread containment, or the process dies as ever.

load helpers

setup() {
    setup_context
    RULES='unnamed=crash,run_way=crash,*=contain'
}

teardown() {
    [ -z "${SERVER-}" ] || kill -KILL "$SERVER" 2>/dev/null || true
}

# guarded WAY [VARIABLE=VALUE...]: the last line that it prints, and its status
guarded() {
    local way=$1 status=0
    shift
    rm -rf "$CRASHES"
    timeout 30 env "LD_PRELOAD=$BUILD/libcrumple.so" "CRUMPLE_RECOVER=$RULES" "$@" "$T/guarded" "$way" >"$TMP/out" 2>"$TMP/err" || status=$?
    printf '%s %s' "$status" "$(tail -n 1 "$TMP/out")"
}

# dies_of WAY REASON: it is not contained, for that reason
dies_of() {
    want "$1" '139 ' "$(guarded "$1")"
    grep -q "^crumple: not contained: $2" "$TMP/err" || fail "$1: $(cat "$TMP/err")"
    take_report
    want "event, action" 'crash refused' "$(answer '"\(.event) \(.recovery.action)"')"
}

@test "a guarded function that returns gives 0, one that faults 1; both run, and the thread goes on" {
    want works '0 result=10 alive' "$(guarded works)"
    want faults '0 result=1 alive' "$(guarded faults)"
    grep -q '^crumple: contained SIGSEGV at address 0x0 in guarded, .* (faults): its crumple_guard() returns, the process lives, ' "$TMP/err"
    take_report
    want report 'contained contain jump true faults' "$(answer '"\(.event) \(.recovery.action) \(.recovery.how) \(.recovery.guard) \(.recovery.routine)"')"
    run -0 "$BUILD/crumple" show "${BUNDLES[0]}"
    grep -qx '  outcome    the thread goes on behind its crumple_guard(); the process lives (by a jump out of the function)' <<<"$output"
    want line 'contained contain faults' "$(events -r '"\(.event) \(.action) \(.routine)"')"
}

@test "abort() and a callback of qsort are left, nested guards end one by one, pthread_exit passes" {
    want asserts '0 result=1 alive' "$(guarded asserts)"
    want sorts '0 result=1 alive' "$(guarded sorts)"
    want nests '0 result=10 alive' "$(guarded nests)"
    want exits '0 result=-1000 alive exited' "$(guarded exits)"
}

@test "after a fault the thread has the signal mask and the tags that it had before the guard" {
    want changes '0 result=11 alive' "$(guarded changes)"
    take_report
    want "tags at the fault" 1 "$(answer .tags.inner)"
}

@test "what containment refuses is refused here: locks of the stretch and of its caller, the allocator" {
    dies_of locks 'a lock is held'
    dies_of outer 'a lock is held'
    dies_of allocates 'inside the allocator'
}

@test "destructors on the stack refuse the jump" {
    dies_of destroys 'destructors in a guarded function'
}

@test "an exception goes past the guard to who catches it, and the thread's own rule is valid again" {
    want exception '0 result=77 alive' "$(guarded exception)"
    want "and then a fault" '139 ' "$(guarded exception_then_fault)"
    RULES='run_way=contain,*=contain'
    want "and then a fault that ends the thread" '0 result=77 alive' "$(guarded exception_then_fault)"
    grep -q 'the thread is ended, the process lives' "$TMP/err"
}

@test "a guard that was left by longjmp is never jumped to" {
    dies_of jump_then_fault 'not on its own stack'
    dies_of jump_then_deep_fault 'stack cannot be walked'
    want "another guard" '0 result=0 alive' "$(guarded jump_then_guard)"
}

@test "guards that end in another order than they began, in another thread or never: the thread's record is right" {
    want "one within was left by longjmp" '0 result=1 alive' "$(guarded inner_jumps)"
    want "coroutines take turns" '0 result=10 alive' "$(guarded cross)"
    want "a coroutine goes to another thread" '0 result=10 alive' "$(guarded move)"
    want "a coroutine is dropped" '0 result=10 alive' "$(guarded drop)"
    dies_of drop_then_fault 'not on its own stack'
}

@test "without a rule, in the main thread and without containment the function runs, and a fault is what it was" {
    want main '0 result=-3 alive' "$(guarded main)"
    want unnamed '139 ' "$(guarded unnamed)"
    RULES='*=crash'
    want "no rule" '0 result=9 alive' "$(guarded works)"
    want disabled '0 result=-28 alive' "$(guarded works CRUMPLE=0)"
    want "without crumple" 'result=-28 alive' "$("$T/guarded" works | tail -n 1)"
    want "and a fault" '139 ' "$(guarded faults)"
}

@test "a function that faults again and again opens its breaker, and the process dies" {
    want often '139 ' "$(guarded often CRUMPLE_BREAKER=trip=3,interval=60s)"
    grep -q '^crumple: not contained: breaker open' "$TMP/err"
    want contained 4 "$(grep -c '^crumple: contained' "$TMP/err")"
    want "the life's limit" '139 ' "$(guarded often CRUMPLE_BREAKER=trip=100,life=2)"
    grep -q '^crumple: not contained: contained too often' "$TMP/err"
}

# Four threads, whose data another one takes away at any moment: each fault is left, or the process dies of it. No thread waits for ever.
@test "faults at random places of guarded functions: contained, or refused; all locks are free, every thread ends" {
    local i status contained=0 refused=0
    for ((i = 0; i < ${GUARD_CAMPAIGNS:-8}; i++)); do
        rm -rf "$CRASHES"
        status=0
        timeout 60 env "LD_PRELOAD=$BUILD/libcrumple.so" CRUMPLE_RECOVER='campaign_step=contain:wide,*=crash' CRUMPLE_BREAKER=trip=1000000,life=0 \
            "$T/guarded" campaign 20 >"$TMP/out" 2>"$TMP/err" || status=$?
        case $status in
        0) contained=$((contained + 1)) ;;
        139)
            grep -q '^crumple: not contained: ' "$TMP/err" || fail "it died, and no reason is told" "$(cat "$TMP/err")"
            refused=$((refused + 1))
            ;;
        *) fail "status $status" "$(tail -n 20 "$TMP/err")" ;;
        esac
    done
    echo "# $contained runs of 20 faults, $refused deaths with a reason" >&3
    [ "$contained" -gt 0 ]
}

@test "the arena answers on, while a bad message faults in a guard" {
    CRUMPLE_RECOVER='guarded_message=contain,*=crash' LD_PRELOAD=$BUILD/libcrumple.so "$T/arena-tags" -p 0 >"$TMP/out" 2>"$TMP/err" 3>&- &
    SERVER=$!
    line_matches "$TMP/out" listening
    local port
    port=$(sed -n 's/^arena: listening.*://p' "$TMP/out")
    "$BUILD/demo/arena-client" -p "$port" say 'HELLO alice' 'JOIN 3' PING EMOTE 'TEAM 99999' PING CHECK >"$TMP/said"
    want answers 'OK|OK 3 0|PONG|ERR sorry|ERR sorry|PONG|OK 1 players, 1 seats' "$(sed -n 's/^< //p' "$TMP/said" | paste -sd '|')"
    want events 2 "$(events -r 'select(.event == "contained") | .tags.match_id' | grep -cx 3)"
}
