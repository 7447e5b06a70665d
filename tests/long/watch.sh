#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# CRUMPLE_WATCH for long: a value that another thread writes all the time is never torn in 1,000 crashes, contained faults and dumps; and
# bzflag's server, a game server of Debian that exports its variables, has the values that gdb reads from the kernel's core.
#
#   tests/long/watch.sh [REPETITIONS]
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${TEST_BUILD:-$PWD/build}
export BUILD TEST_BUILD=$BUILD
REPETITIONS=${1:-1000} bats -f 'never torn' tests/context/watch.bats </dev/null

work=$(mktemp -d)
server=''
cleanup() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# Its name: gdb's expression, what CRUMPLE_WATCH has.
names=('done' players delay version maximum pings handler)
expressions=('*(int *)&debugLevel' '*(unsigned short *)&curMaxPlayers' '*(int *)&countdownDelay' '(*(char **)&_Z13ServerVersionB5cxx11)[3]'
    '*(unsigned short *)&curMaxPlayers' '*(unsigned char *)&handlePings' '*(unsigned long *)&apiLoggingCallback')
watch='done=debugLevel:i32,players=curMaxPlayers:u16,delay=countdownDelay:i32,version=_Z13ServerVersionB5cxx11->+0:str,'
watch+='maximum=bzfs!curMaxPlayers:u16,pings=handlePings:u8,handler=apiLoggingCallback:u64'
bzfs=/usr/games/bzfs

cd "$work"
ulimit -c unlimited
CRUMPLE_DIR=$work/crashes CRUMPLE_STDERR=off CRUMPLE_WATCH=$watch LD_PRELOAD=$BUILD/libcrumple.so "$bzfs" -p 25163 >out 2>err </dev/null &
server=$!
sleep 3
kill -SEGV "$server"
wait "$server" 2>/dev/null || true
server=''
find crashes -name '*.tar.zst' -exec tar --zstd -xOf {} report.json \; >"$work/read.json"
failed=0
for i in "${!names[@]}"; do
    # shellcheck disable=SC2016 # gojq's variable
    got=$(gojq -r --arg n "${names[i]}" '.watch[] | select(.name == $n) | .value' read.json)
    want=$(gdb -batch -nx -iex 'set debuginfod enabled off' -ex "output ${expressions[i]}" "$bzfs" core* 2>/dev/null | tail -n 1)
    case ${names[i]} in
    version) want=${want#*\'} want=${want%\'*} got=${got:3:1} ;;
    pings) want=${want%% *} ;;
    esac
    [ "$got" = "$want" ] || { failed=$((failed + 1)) && echo "${names[i]}: '$got', and gdb says '$want'"; }
done
echo "bzflag-server: ${#names[@]} variables, $failed differ"
[ "$failed" = 0 ]
