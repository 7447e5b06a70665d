#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# memcached: a fixed crew of workers serves everybody. Ending one would leave a share of all later clients without an
# answer, and libevent's loop refuses to run again.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load recovery
setup() { setup_server; }
teardown() { teardown_server; }

MAGIC=crumple-test-crash-now # what libinject waits for
WORKERS=4

# start_memcached POLICY
start_memcached() {
    PORT=$(low_port)
    EXTRA_PRELOAD=$T/libinject.so SHIM=(CRUMPLE_RECOVER="$1")
    start_server /usr/bin/memcached -u root -U 0 -l 127.0.0.1 -p "$PORT" -t $WORKERS
    await "listening" port_is_open "$PORT"
    child_of_runner
}

# The worker that gets this connection faults.
make_a_worker_fault() {
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'get %s\r\n' "$MAGIC" >&8
}

# answered NUMBER: of so many new clients, one after the other, how many were served within 2 s.
answered() {
    local number answer=''
    for ((number = 0; number < $1; number++)); do
        exec 9<>"/dev/tcp/127.0.0.1/$PORT"
        printf 'get name\r\n' >&9
        if IFS= read -r -t 2 answer <&9 && [ "${answer%$'\r'}" = END ]; then
            echo served
        fi
        exec 9>&-
    done | wc -l
}

# The name of the workers' routine, which has no symbol: a first crash tells.
worker_routine() {
    start_memcached 'mc-worker=contain,*=crash'
    make_a_worker_fault
    await_death
    take_event '.event == "crash"'
    report '.threads[0].routine'
}

@test "memcached: the fault of a worker is refused, as others wait for its work" {
    start_memcached 'mc-worker=contain,*=crash'
    make_a_worker_fault
    died_deliberately 11 'pool worker'
    function_on_stack injected_null_write
}

@test "memcached: a worker that is to run again is refused inside libevent's loop" {
    local routine
    routine=$(worker_routine)
    [[ $routine == *memcached*+0x* ]] || fail "routine of the worker: '$routine'"
    rm -rf "$CRASHES"
    start_memcached "${routine##*/}=restart,*=crash"
    want "served before" 16 "$(answered 16)"
    make_a_worker_fault
    died_deliberately 11 'inside an event loop'
}
