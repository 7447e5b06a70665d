#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# CRUMPLE_WATCH: variables of an unmodified program, as they were at the fault.

# shellcheck source=tests/crash/helpers.bash
source "${BATS_TEST_FILENAME%/*}/../crash/helpers.bash"

setup() {
    setup_crash
    mkdir "$TMP/run"
    export WATCHED_FOLDER=$T/watched
    W=$T/watched
}

teardown() {
    [ -z "${SERVER-}" ] || kill -KILL "$SERVER" 2>/dev/null || true
    [ -z "${COPY-}" ] || rm -rf "$COPY"
}

# watch PROGRAM WAY [VARIABLE=VALUE...]: runs it with WATCH; BUNDLE and REPORT are those of the latest report.
watch() {
    local program=$1 way=$2
    shift 2
    # shellcheck disable=SC2086
    (cd "$TMP/run" && ulimit -c unlimited && exec timeout -k 5 60 env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" CRUMPLE_WATCH="$WATCH" "$@" \
        LD_PRELOAD="$BUILD/libcrumple.so" "$W/$program" $way >"$TMP/out" 2>"$TMP/err" </dev/null 3>&-) || true
    take_report
}

take_report() {
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst' | sort | tail -n 1)
    [ -n "$BUNDLE" ] || fail "no bundle; stderr:" "$(cat "$TMP/err")"
    read_report "$BUNDLE"
}

# value NAME, error NAME
value() {
    # shellcheck disable=SC2016 # gojq's variable
    report --arg n "$1" '.watch[] | select(.name == $n) | .value'
}

error() {
    # shellcheck disable=SC2016 # gojq's variable
    report --arg n "$1" '.watch[] | select(.name == $n) | .error // ""'
}

# expect NAME VALUE...
expect() {
    while [ $# -gt 0 ]; do
        want "$1" "$2" "$(value "$1")"
        [ "$2" != null ] || [ -n "$(error "$1")" ] || fail "$1 has neither a value nor an error"
        shift 2
    done
}

# of_threads NAME: the values of all threads
of_threads() {
    # shellcheck disable=SC2016 # gojq's variable
    report --arg n "$1" '[.threads[] | .watch[$n] // "null"] | join(" ")'
}

@test "watch: types come from the debug information" {
    WATCH='tick=g_tick,short=g_short,rate=g_rate,on=g_on,version=g_version,title=g_title,third=g_numbers[3],all=g_numbers,id=g_context->match->id,ready=g_context->match->ready,over=g_context->match->over,stage=g_context->match->stage,bob=g_context->match->players[1].name,star=*g_context->match,static=context.match->id'
    watch watched crash
    expect tick 1234 short 65000 rate 2.5 on true version 1.42 title 'arena of doom' third 13 all '{10, 11, 12, 13, 14}' id 42 ready 5 \
        over 1 stage FIGHT bob bob static 42
    [[ $(value star) == '{id = 42, next = 0x0, players = {{...}'* ]] || fail "$(value star)"
    want types 'uint64_t,char [16],enum stage' "$(report '[.watch[] | select(.name | IN("tick", "title", "stage")) | .type] | join(",")')"
}

@test "watch: without debug information the entry says the type" {
    WATCH='tick=g_tick:u64,small=g_small:i8,short=g_short:u16,rate=g_rate:f32,load=g_load:f64,on=g_on:bool,letter=g_letter:char,version=g_version:str,title=g_title:str,third=g_numbers[3]:i32,second=g_numbers+4:u32,id=g_context->+8->+0:u32,hex=g_short+0:u8,name=g_context->+8->+24->+0:str,pointer=g_nothing:ptr'
    watch plain crash
    expect tick 1234 small -5 short 65000 rate 2.5 load 0.1 on true letter x version 1.42 title 'arena of doom' third 13 second 11 \
        id 42 hex 232 name anna pointer 0x0
}

@test "watch: what is missing is said, with what to write, and the others stand" {
    WATCH='tick=g_tick,none=g_nosuch,member=g_context->match,wide=g_small:u64,module=nosuch!g_tick,good=g_tick:u64'
    watch plain crash
    expect good 1234 tick null none null member null wide null module null
    [[ $(error tick) == *'plain has no debug information'*'write tick=g_tick:u64' ]] || fail "$(error tick)"
    [[ $(error none) == 'there is no variable g_nosuch in plain and '*' other modules' ]] || fail "$(error none)"
    [[ $(error member) == *'g_context->+0x10:u32' ]] || fail "$(error member)"
    want wide 'it has 1 byte, and u64 is a type of 8' "$(error wide)"
    want module 'no module is named nosuch' "$(error module)"
    rm -rf "$CRASHES"
    WATCH='tick=g_tick:u64,common=lib_common:i32'
    watch stripped crash
    expect tick null common 77
    [[ $(error tick) == 'there is no variable g_tick in stripped (stripped: only exported variables have names) and '* ]] || fail "$(error tick)"
}

@test "watch: the copy that the executable has of a library's variable is the one that counts" {
    WATCH='common=lib_common,theirs=libwatched.so!lib_common,exported=lib_exported,static=lib_static'
    watch watched crash
    expect common 77 theirs 1 exported 31 static 32
}

@test "watch: thread-local variables of the executable, of a library and of an opened one, of each thread" {
    WATCH='player=player_id,name=player_name,theirs=lib_static:i32,linked=libwatched!lib_thread,opened=libopened!lib_thread:i64,text=libwatched!lib_name'
    watch watched crash
    want player '7 100 101 102' "$(of_threads player)"
    want name 'nobody somebody somebody somebody' "$(of_threads name)"
    want linked '0 2000 2001 2002' "$(of_threads linked)"
    want opened 'null 1000 1001 null' "$(of_threads opened)"
    want text 'unset Unset Unset Unset' "$(of_threads text)"
    expect player 7 name nobody opened null
    want "the module, where none was asked for" libwatched.so "$(report '.watch[] | select(.name == "theirs") | .module')"
    want "modules" 1 "$(report '[.watch[] | select(.module)] | length')"
    want opened 'this thread has not used it' "$(error opened)"
    run -0 env CRUMPLE_DIR="$CRASHES" "$BUILD/crumple" show last
    [[ $output == *'  watch      player 7, name "nobody", theirs 32 (of libwatched.so), linked 0, text "unset"'* ]] || fail "$output"
    [[ $output == *'  watch      opened: this thread has not used it'* ]] || fail "$output"
    [[ $output == *"faulted, player 7, name nobody, linked 0, text unset"* ]] || fail "$output"
    run -0 env CRUMPLE_DIR="$CRASHES" "$BUILD/crumple" show --all last
    [[ $output == *'started in play, player 101, name somebody, linked 2001, opened 1001, text Unset'* ]] || fail "$output"
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    grep -q '^watch      player 7, name "nobody", theirs 32 (of libwatched.so), linked 0, text "unset"$' "$TMP/report.txt"
}

@test "watch: of a library that was loaded once more, a thread has no variable that it has not used since" {
    WATCH='opened=libopened!lib_thread'
    watch watched reopen
    want opened '3000 null null null' "$(of_threads opened)"
}

@test "watch: thread-local variables without debug information" {
    WATCH='player=player_id:i32'
    watch plain crash
    want player '7 100 101 102' "$(of_threads player)"
}

@test "watch: a chain that breaks says where, and what was read" {
    WATCH='null=g_context->match->next->id,gone=g_context->gone->id,nothing=g_nothing,raw=g_context->+16->+8:u32'
    watch watched crash
    expect null null gone null nothing null raw null
    [[ $(error null) =~ ^'g_context->match->next is NULL (g_context is 0x'[0-9a-f]+', g_context->match is 0x'[0-9a-f]+')'$ ]] || fail "$(error null)"
    [[ $(error gone) =~ ^'0x1234 is not mapped: there g_context->gone leads (g_context is 0x'[0-9a-f]+', g_context->gone is 0x1234)'$ ]] || fail "$(error gone)"
    want nothing 'g_nothing is NULL' "$(error nothing)"
    want broke_at 'g_context->match->next,g_context->gone,g_nothing,g_context->+16' "$(report '[.watch[].broke_at] | join(",")')"
}

@test "watch: the values are those that gdb reads from the kernel's own core" {
    local kernel name words=() expressions=('g_tick' 'g_small' 'g_rate' 'g_load' 'g_context->match->id' 'g_context->match->stage' 'g_numbers'
        'lib_common' 'player_id' 'g_context->match->ready' 'g_on' 'g_letter' 'g_numbers[2]')
    WATCH=''
    for name in "${!expressions[@]}"; do WATCH+="v$name=${expressions[name]},"; done
    watch watched crash
    kernel=$(find "$TMP/run" -name 'core*' | head -n 1)
    [ -n "$kernel" ] || skip "this machine writes no core here"
    for name in "${expressions[@]}"; do words+=(-ex "echo \\n$name =" -ex "output $name"); done
    gdb -batch -nx -iex 'set debuginfod enabled off' "${words[@]}" "$W/watched" "$kernel" >"$TMP/gdb" 2>/dev/null
    for name in "${!expressions[@]}"; do
        want "${expressions[name]}" "$(sed -n "s/^${expressions[name]//[\[\]*]/.} =//p" "$TMP/gdb")" "$(value "v$name")"
    done
}

@test "watch: memory that the program hides stays hidden, secrets are not shown, lines are redacted" {
    WATCH='hidden=g_hidden:str,!tick=g_tick,token=g_token,line=g_line,login=g_login,its=g_login.password,!chain=g_tick->+0:u64'
    watch watched crash
    expect hidden null tick '[secret]' token '[secret]' line 'login user=anna password=[redacted]' \
        login '{user = anna, password = [redacted] ...' its '[secret]'
    [[ $(error hidden) == *'is memory that the program keeps out of cores' ]] || fail "$(error hidden)"
    ! tar --zstd -xOf "$BUNDLE" report.json report.txt | grep -E 'open-sesame|password=sesame|1234"' || fail "a secret"
    ! grep -r -a -E 'open-sesame|password=sesame' "$CRASHES" --include='*.ndjson' || fail "a secret in crashes.ndjson"
    tar --zstd -xOf "$BUNDLE" secrets.json | grep -q 'open-sesame'
    want "of a chain" 'g_tick leads nowhere; what it holds is secret' "$(error chain)"
    ! tar --zstd -xOf "$BUNDLE" report.json report.txt | grep -q "$(printf 0x%x 1234)" || fail "a secret that was taken for a pointer"
}

@test "watch: of a program that asked not to be dumped nothing is read" {
    WATCH='tick=g_tick,id=g_context->match->id'
    watch watched undumpable
    expect tick null id null
    want error 'it was not read: the report has no memory of the process' "$(error tick)"
}

@test "watch: with CRUMPLE_STACK=scrubbed what is asked for by name is read, with none nothing" {
    WATCH='tick=g_tick,id=g_context->match->id,shared=*g_shared,player=player_id'
    watch watched crash CRUMPLE_STACK=scrubbed
    expect tick 1234 id 42 shared 99 player 7
    rm -rf "$CRASHES"
    watch watched crash CRUMPLE_STACK=none
    expect tick null id null shared null player null
}

@test "watch: a bad entry costs one line at the start, and the others stand" {
    WATCH='tick=g_tick,broken=[1],worse,type=g_tick:u65,9=g_tick'
    watch watched crash
    expect tick 1234 9 1234
    want "entries" 2 "$(report '.watch | length')"
    grep -q "^crumple: CRUMPLE_WATCH='broken=\[1\]': it names no variable; it is not read, the other entries are$" "$TMP/err"
    grep -q "^crumple: CRUMPLE_WATCH='worse': an entry is name=VARIABLE or name=VARIABLE:TYPE; " "$TMP/err"
    grep -q "^crumple: CRUMPLE_WATCH='type=g_tick:u65': there is no such type; the types are u8 " "$TMP/err"
}

@test "watch: an exit, and a death that does not wait for its report" {
    WATCH='tick=g_tick,id=g_context->match->id,player=player_id'
    watch watched exit CRUMPLE_EXIT=all
    expect tick 1234 id 42 player 7
    want event exit "$(report .event)"
    rm -rf "$CRASHES"
    watch watched crash CRUMPLE_WAIT=core || true
    for _ in {1..500}; do
        [ -z "$(find "$CRASHES/" -name '*.tar.zst')" ] || break
        sleep 0.02
    done
    take_report
    expect tick 1234 id 42 player 7
    want player '7 100 101 102' "$(of_threads player)"
}

@test "watch: a contained fault, whose process runs on" {
    WATCH='tick=g_tick,id=g_context->match->id,player=player_id'
    watch watched contained CRUMPLE_RECOVER='conn_*=contain,*=crash'
    want event contained "$(report .event)"
    expect tick 1234 id 42 player 7
}

@test "watch: a writer that dies or hangs over a variable costs the values, and no thread its life" {
    local trouble
    WATCH='tick=g_tick'
    for trouble in fault hang; do
        rm -rf "$CRASHES"
        mkdir -m 700 "$CRASHES" "$CRASHES/$(id -u)"
        echo "watch:$trouble" >"$CRASHES/$(id -u)/crumple-inject"
        watch watched contained CRUMPLE_WRITER="$BUILD/inject/crumple-writer" CRUMPLE_TIMEOUT=4s CRUMPLE_RECOVER='conn_*=contain,*=crash'
        want event contained "$(report .event)"
        want watch null "$(report .watch)"
        [[ $(report '.soft_errors | join(" ")') == *'no values of CRUMPLE_WATCH'* ]] || fail "$(report .soft_errors)"
    done
}

# whole NAME: both halves of the number are equal
whole() {
    local low high
    low=$(($(value "$1") & 0xffffffff)) high=$(($(value "$1") >> 32 & 0xffffffff))
    want "both halves of $1, $(value "$1")" "$low" "$high"
}

# dumps NUMBER: of a process in which another thread writes g_pair and *g_shared all the time
dumps() {
    local turn # 'run' has an i of its own
    mkfifo "$TMP/in"
    (cd "$TMP/run" && exec env CRUMPLE_DIR="$CRASHES" CRUMPLE_KEEP='' CRUMPLE_WATCH='pair=g_pair:u64,shared=*g_shared,id=g_context->match->id' \
        LD_PRELOAD="$BUILD/libcrumple.so" "$W/watched" spin >"$TMP/out" 2>"$TMP/err" <"$TMP/in" 3>&-) &
    exec 7>"$TMP/in"
    line_matches "$TMP/out" '^[0-9]'
    SERVER=$(cat "$TMP/out")
    for ((turn = 0; turn < $1; turn++)); do
        run -0 env CRUMPLE_DIR="$CRASHES" timeout 20 "$BUILD/crumple" dump "$SERVER"
        take_report
        expect id 42
        whole pair
        whole shared
        [ "$(report '.watch[1].later_ms')" -lt 10000 ]
    done
    exec 7>&-
    wait
}

# contained NUMBER: as dumps
contained() {
    local i
    WATCH='pair=g_pair,shared=*g_shared,id=g_context->match->id,player=player_id'
    for ((i = 0; i < $1; i++)); do
        rm -rf "$CRASHES"
        watch watched spin-contained CRUMPLE_RECOVER='conn_*=contain,*=crash'
        want event contained "$(report .event)"
        expect id 42 player 7
        whole pair
        whole shared
    done
}

# crashes NUMBER: as dumps
crashes() {
    local i
    WATCH='pair=g_pair,shared=*g_shared,id=g_context->match->id'
    for ((i = 0; i < $1; i++)); do
        rm -rf "$CRASHES"
        watch watched spin-crash
        rm -f "$TMP"/run/core*
        expect id 42
        whole pair
        whole shared
        want "one moment" "$(value pair)" "$(value shared)" 2>/dev/null || [ $(($(value pair) - $(value shared))) = 4294967297 ] || fail "two moments: $(value pair) $(value shared)"
    done
}

@test "watch: a value that another thread writes meanwhile is never torn, nor are those of a process that runs on" {
    crashes "${REPETITIONS:-10}"
    dumps "${REPETITIONS:-3}" # one dump in 1.4 seconds
    contained "${REPETITIONS:-10}"
}

@test "watch: where no process can be started the core alone answers, and the report says so" {
    [ "$(id -u)" = 0 ] || skip "needs root, to become a user without processes"
    WATCH='tick=g_tick,shared=*g_shared'
    public_copy
    mkdir "$COPY/watched" && cp "$T"/watched/{watched,*.so} "$COPY/watched/" && mkdir -m 1777 "$CRASHES"
    (cd "$COPY/tmp" && exec env WATCHED_FOLDER="$COPY/watched" CRUMPLE_DIR="$CRASHES" CRUMPLE_WATCH="$WATCH" LD_PRELOAD="$BUILD/libcrumple.so" \
        setpriv --reuid 65534 --regid 65534 --clear-groups "$COPY/watched/watched" alone >"$TMP/out" 2>"$TMP/err" </dev/null 3>&-) || true
    take_report
    expect tick 1234 shared null
    [[ $(error shared) == *'is not in the core, and the process could not be asked: there g_shared leads'* ]] || fail "$(error shared)"
}

@test "watch: the doctor says beforehand what the files have, of a program and of a process" {
    export CRUMPLE_WATCH='tick=g_tick,player=player_id:i32,theirs=libwatched!lib_static,opened=libopened!lib_thread,none=g_nosuch,member=g_context->nosuch'
    run "$BUILD/crumple" doctor --json "$W/watched"
    want "found" 'tick: g_tick of watched, uint64_t|player: player_id of watched, i32, of each thread|theirs: libwatched!lib_static of libwatched.so, volatile int' \
        "$(gojq -r '[.verdicts[] | select(.topic == "watch" and .verdict == "ok") | .text] | join("|")' <<<"$output")"
    want "missing" 'member: struct context has no member nosuch|opened: no module libopened with a variable lib_thread was found|none: there is no variable g_nosuch in watched and its libraries' \
        "$(gojq -r '[.verdicts[] | select(.topic == "watch" and .verdict == "warn") | .text] | join("|")' <<<"$output")"
    run "$BUILD/crumple" doctor --json "$W/stripped"
    [[ $output == *'there is no variable g_tick in stripped (stripped: only exported variables have names) and its libraries'* ]] || fail "$output"
    mkfifo "$TMP/in"
    env -u CRUMPLE_STDERR CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/libcrumple.so" "$W/watched" wait >"$TMP/out" 2>"$TMP/err" <"$TMP/in" 3>&- &
    exec 7>"$TMP/in"
    line_matches "$TMP/out" '^[0-9]'
    SERVER=$(cat "$TMP/out")
    run "$BUILD/crumple" doctor --json --pid "$SERVER"
    want "opened" 'opened: libopened!lib_thread of libopened.so, volatile long int, of each thread' \
        "$(gojq -r '.verdicts[] | select(.topic == "watch" and (.text | startswith("opened"))) | .text' <<<"$output")"
    exec 7>&-
    wait
}

@test "watch: of a library that was replaced while it was mapped no symbol is trusted" {
    [ "$(id -u)" = 0 ] || skip "needs root, to become a user who may not open the old file"
    public_copy
    mkdir "$COPY/watched" && cp "$T"/watched/{watched,*.so} "$COPY/watched/" && mkdir -m 1777 "$CRASHES"
    mkfifo "$TMP/in"
    (cd "$COPY/tmp" && ulimit -c 0 && exec env WATCHED_FOLDER="$COPY/watched" CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD/libcrumple.so" \
        CRUMPLE_WATCH='tick=g_tick,static=libwatched!lib_static' setpriv --reuid 65534 --regid 65534 --clear-groups "$COPY/watched/watched" wait \
        >"$TMP/out" 2>"$TMP/err" <"$TMP/in" 3>&-) &
    exec 7>"$TMP/in"
    line_matches "$TMP/out" '^[0-9]'
    SERVER=$(cat "$TMP/out")
    cp "$COPY/watched/libopened.so" "$COPY/watched/new" && mv "$COPY/watched/new" "$COPY/watched/libwatched.so"
    kill -SEGV "$SERVER"
    wait || true
    exec 7>&-
    take_report
    expect tick 1234 static null
    want static 'libwatched.so was replaced since it was loaded: its symbols would be those of another build' "$(error static)"
}
