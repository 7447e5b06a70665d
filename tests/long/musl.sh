#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# musl at length: all of tests/crash with victims of musl; redis and lighttpd of Debian's sources, built with musl-gcc, work
# as without crumple and die as without, with a bundle for each of 20 and more faults of main thread, workers and worker
# processes; arena contains its poisoned connections, and a drill of RUNS (200) sites of it finds nothing wedged. Then what
# crumple costs redis: printed alone. Twenty minutes; the first time a minute more, with the network. MUSL_SERVERS: where the
# servers are (build/musl-servers).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C BUILD=${BUILD:-$PWD/build}
export TEST_BUILD=${TEST_BUILD:-$BUILD} MUSL_SERVERS=${MUSL_SERVERS:-$BUILD/musl-servers}
object=$BUILD/musl/libcrumple.so
work=$(mktemp -d)
server=''
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
bad=0
complain() {
    bad=$((bad + 1))
    echo "BAD: $*"
}
# shellcheck source=tests/lib.bash
source tests/lib.bash

drill_arena() {
    "$BUILD/crumple" drill --shim "$object" --exclude libcrumple.so --sample-time 20s -n "${RUNS:-200}" -j "$(nproc)" --seed 17 \
        --load "$BUILD/demo/arena-client -p %p visit" \
        --oracle "$BUILD/demo/arena-client -p %p say CHECK | grep -q '^< OK'" -- "$TEST_BUILD/tests/musl/arena" -p %p
}

# All crash tests that a victim of musl can run; of other programs there are none for musl.
run_crash_tests() {
    local file of_glibc='exceptions|forks|globals|hostile_text|install|messages_libc|readable|tools'
    make -s -j"$(nproc)" B="$BUILD" tests || return 1
    for file in tests/crash/*.bats; do
        [[ ${file##*/} =~ ^($of_glibc)\.bats$ ]] || TEST_LIBC=musl bats --filter-tags '!glibc' "$file" || complain "$file"
    done
}

# redis_cpu PRELOAD: processor time of a million short commands: of the machine's other work it knows less than a rate
redis_cpu() {
    local port
    port=$(low_port)
    env CRUMPLE_DIR="$work/crashes" LD_PRELOAD="$1" "$MUSL_SERVERS/redis-server" --port "$port" --save '' >/dev/null 2>"$work/err" &
    server=$!
    for _ in {1..200}; do
        ! "$MUSL_SERVERS/redis-cli" -p "$port" ping >/dev/null 2>&1 || break
        sleep 0.02
    done
    "$MUSL_SERVERS/redis-benchmark" -q -p "$port" -t get -n 1000000 -P 4 >"$work/rate"
    "$MUSL_SERVERS/redis-cli" -p "$port" info cpu | tr -d '\r' | awk -F : '/^used_cpu_(sys|user):/ {sum += $2} END {print sum}'
    kill "$server"
    wait "$server"
    server=''
}

# In turn: a slow moment of the machine meets both.
print_cost() {
    for _ in 1 2 3 4 5; do
        echo "$(redis_cpu '') $(redis_cpu "$object")"
    done | awk '{print $2 / $1}' | sort -n |
        awk '{ratio[NR] = $1} END {printf "redis, GET: %.3f of the processor time without crumple (median; %s to %s)\n", ratio[3], ratio[1], ratio[NR]}'
}

tests/musl/build_servers.sh "$MUSL_SERVERS" || exit 1
run_crash_tests || complain "the programs of the crash tests cannot be built"
bats tests/long/musl/servers.bats || complain "a server differs"
drill_arena || complain "the drill of arena has an unclean run"
print_cost
echo "musl: $bad bad"
[ "$bad" -eq 0 ]
