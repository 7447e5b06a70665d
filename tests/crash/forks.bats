#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A fork copies every mapping of the process. What many threads needed of the shim must not be there when they are gone.

load helpers

setup() { setup_crash; }

# forks_cost ARGUMENT...: the best of three turns, without the shim and with it: WITHOUT, WITH (microseconds).
forks_cost() {
    local turn one
    WITHOUT='' WITH=''
    for turn in 1 2 3; do
        one=$("$BUILD/bench/forks" "$@" | cut -d' ' -f2)
        [ -n "$WITHOUT" ] && [ "$WITHOUT" -le "$one" ] || WITHOUT=$one
        one=$(CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD/libcrumple.so "$BUILD/bench/forks" "$@" | cut -d' ' -f2)
        [ -n "$WITH" ] && [ "$WITH" -le "$one" ] || WITH=$one
    done
}

@test "a process that once had 1,000 threads forks in at most 1.5 times what it takes without the shim" {
    forks_cost 1000 300
    [ $((WITH * 10)) -le $((WITHOUT * 15)) ] || fail "$WITH us with the shim, $WITHOUT us without"
}

@test "also when each of the threads took a signal on its alternate stack" {
    forks_cost 1000 300 signals
    [ $((WITH * 10)) -le $((WITHOUT * 15)) ] || fail "$WITH us with the shim, $WITHOUT us without"
}
