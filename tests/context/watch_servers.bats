#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# CRUMPLE_WATCH in servers that nobody changed: the values are those that gdb reads from the kernel's own core of the same crash.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/servers/helpers.bash
source "$ROOT/tests/servers/helpers.bash"
setup() {
    setup_server
    ulimit -c unlimited
}
teardown() { teardown_server; }

# value NAME
value() {
    # shellcheck disable=SC2016 # gojq's variable
    report --arg n "$1" '.watch[] | select(.name == $n) | .value'
}

# same_as_gdb_in PROGRAM NAME=EXPRESSION...: gdb's 'output EXPRESSION' of the kernel's core
same_as_gdb_in() {
    local program=$1 kernel words=() pair
    kernel=$(find "$TMP" -maxdepth 1 -name 'core*' -size +0 | head -n 1)
    [ -n "$kernel" ] || skip "this machine writes no core here"
    shift
    for pair in "$@"; do words+=(-ex "echo \\n${pair%%=*} =" -ex "output ${pair#*=}"); done
    timeout 60 gdb -batch -nx -iex 'set debuginfod enabled off' "${words[@]}" "$program" "$kernel" >"$TMP/gdb" 2>"$TMP/gdb.err" || true
    for pair in "$@"; do
        want "${pair#*=}" "$(sed -n "s/^${pair%%=*} =//p" "$TMP/gdb")" "$(value "${pair%%=*}")"
    done
}

@test "watch: arena's match, tick and players, by its debug information" {
    local arena=$BUILD/demo/arena
    SHIM=(CRUMPLE_WATCH='matches=world.matches,tick=world.match[1].tick,players=world.players,name=world.player[0].name,seat=world.match[1].seats[0].name,x=world.match[1].seats[0].x,total=world.match[1].total,text=world.player[0].name:str')
    start_server "$arena" -p 0
    await "listening" grep -q listening "$TMP/with.out"
    PORT=$(sed -n 's/^arena: listening.*://p' "$TMP/with.out")
    child_of_runner
    "$arena-client" -p "$PORT" say "HELLO mallory" "JOIN 1" "SCORE 5" EMOTE >"$TMP/client" 2>&1 || true
    await_death
    take_bundle
    want "player" "mallory mallory mallory 1 5" "$(value name) $(value seat) $(value text) $(value players) $(value total)"
    same_as_gdb_in "$arena" matches=world.matches 'tick=world.match[1].tick' players=world.players 'x=world.match[1].seats[0].x' \
        'total=world.match[1].total'
}

@test "watch: redis-server of Debian, by its dynamic symbols" {
    local redis=/usr/bin/redis-server i pairs=()
    SHIM=(CRUMPLE_WATCH='')
    for i in 0 4 8 16 24 32 40 64 128 200 256 512 1024 2048; do
        SHIM[0]+="s$i=server+$i:u32,"
        pairs+=("s$i=*(unsigned int *)((char *)&server+$i)")
    done
    PORT=$(low_port)
    start_server "$redis" --port "$PORT" --dir "$TMP" --save '' --enable-debug-command yes --crash-log-enabled no
    await "answering" redis-cli -p "$PORT" ping
    child_of_runner
    redis-cli -p "$PORT" debug segfault || true
    await_death
    take_bundle
    want "values" 14 "$(report '[.watch[].value | select(. != null)] | length')"
    want "pid" "$(report .pid)" "$(value s0)"
    same_as_gdb_in "$redis" "${pairs[@]}"
}
