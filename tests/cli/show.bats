#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common
setup() { common_setup; }

@test "show: header, faulting stack, folded threads, modules, soft errors" {
    bundle "$a"
    run -0 --separate-stderr "$crumple" show "$CRUMPLE_DIR/$a.tar.zst"
    [ -z "$stderr" ]
    [ "${lines[0]}" = "SIGSEGV in parse_header (alpha)" ]
    [[ $output == *"signal     SIGSEGV (SEGV_MAPERR): read at 0x8, a null pointer"* ]]
    [[ $output == *"command    alpha --port 80"* ]]
    [[ $output == *"pid 101, parent 1, uid 33, gid 33, on host.example"* ]]
    [[ $output == *"signature  SIGSEGV | parse_header | handle_client"* ]]
    [[ $output == *"Thread 102 'client', faulted, started in handle_client"* ]]
    [[ $output == *"#0   parse_header+0x1c [alpha]"* ]]
    [[ $output == *"#2   libplugin.so+0x1139 [libplugin.so] (scan)"* ]]
    [[ $output == *"2 threads 'worker' with the same stack, started in worker_main: 103, 104"* ]]
    [[ $output == *"Thread 110 'disk', missing: uninterruptible"* ]]
    [[ $output == *"/usr/lib/libplugin.so: changed"* ]]
    [[ $output == *"limits: permission denied"* ]]
}

@test "show: the frame of a signal is named as gdb names it, also where libc has no name for it" {
    bundle "$a" '.threads[0].frames[2].signal_frame = true'
    run -0 --separate-stderr "$crumple" show "$a"
    [[ $output == *"#2   <signal handler called> [libplugin.so]"* ]]
    bundle "$a" '.threads[0].frames[2].signal_frame = "yes"'
    run -3 --separate-stderr "$crumple" show "$a"
    [[ $stderr == *"'signal_frame' has the wrong type"* ]]
}

@test "show, list, group: an exit has a caller and no signal" {
    local left='.event = "exit" | .signal = null | .title = "exit(3) by _ZN3app7give_upEv" |
        .signature = "exit | _ZN3app7give_upEv" | .exit = { call: "exit", status: 3, through: "errx",
        caller: { function: "_ZN3app7give_upEv", module: "alpha" }, fault: null,
        description: "the process ended itself:\u001b[31m thread" }'
    bundle "$a" "$left"
    run -0 --separate-stderr "$crumple" show "$a"
    [ "${lines[0]}" = "exit(3) by app::give_up()" ]
    [[ $output == *"event      exit"* && $output == *"call       exit(3) by app::give_up() of alpha"* ]]
    [[ $output == *"cause      the process ended itself:"* && $output != *$'\033'* && $output != *"signal  "* ]]
    [[ $output == *"Thread 102 'client', exited, started in handle_client"* ]]
    run -0 "$crumple" list --table --no-legend
    [[ ${lines[0]} =~ " exit "\ *"- "\ *"101 " && ${lines[0]} == *"exit(3) by app::give_up()"* ]]
    run -0 "$crumple" group --table --no-legend
    [[ ${lines[0]} == *" -  "*"exit | app::give_up()"* ]]
    bundle "$a" "$left"' | .exit.caller = null | .exit.call = null | del(.exit.status)'
    run -0 "$crumple" show "$a"
    [[ $output == *"call       exit(0)"* ]]
    bundle "$a" "$left"' | .exit.caller.module = 7'
    run -3 --separate-stderr "$crumple" show "$a"
    [[ $stderr == *"'module' has the wrong type"* ]]
}

@test "show: -a unfolds, --frames limits" {
    bundle "$a"
    run -0 "$crumple" show -a "$a"
    [[ $output == *"Thread 103 'worker'"* && $output == *"Thread 104 'worker'"* && $output != *"same stack"* ]]
    [[ $output == *Registers:* && $output == *"rip     0x401139"* ]]
    run -0 "$crumple" show --frames 1 "$a"
    [[ $output == *"2 more frames"* && $output != *handle_client+* ]]
}

@test "show: what BUNDLE may be" {
    three
    for word in last -1 "$c" 20260104 303 "$CRUMPLE_DIR/$c.tar.zst"; do
        run -0 --separate-stderr "$crumple" show "$word"
        [ "${lines[0]}" = "SIGSEGV in parse_header (gamma)" ]
    done
    run -0 "$crumple" show -2
    [[ ${lines[0]} == *beta* ]]
    run -0 bash -c "'$crumple' show - <'$CRUMPLE_DIR/$c.tar.zst'"
    [[ ${lines[0]} == *gamma* ]]
    run -0 bash -c "cat '$CRUMPLE_DIR/$c.tar.zst' | '$crumple' show --json -"
    [ "$(gojq .pid <<<"$output")" -eq 303 ]
    cd "$CRUMPLE_DIR"
    run -0 "$crumple" show "$a.tar.zst"
    other=$CRUMPLE_DIR
    CRUMPLE_DIR=/nonexistent run -0 "$crumple" show --dir "$other" last
    [[ ${lines[0]} == *gamma* ]]
}

@test "show, and its likes: a file in this folder needs no crash directory" {
    bundle "$a"
    cd "$CRUMPLE_DIR"
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/none
    run -0 --separate-stderr "$crumple" show "$a.tar.zst"
    [[ ${lines[0]} == "SIGSEGV in parse_header"* && -z $stderr ]]
    run -0 "$crumple" "$a.tar.zst"
    run -0 "$crumple" extract "$a.tar.zst" "$BATS_TEST_TMPDIR/out"
    run -3 --separate-stderr "$crumple" show last
    [[ $stderr == *"cannot read '$CRUMPLE_DIR'"* ]]
}

@test "show: nothing, several, pending, missing" {
    three
    run -1 --separate-stderr "$crumple" show 2027
    [ "$stderr" = "crumple: no bundle '2027' in '$CRUMPLE_DIR'" ]
    run -1 "$crumple" show -4
    run -2 --separate-stderr "$crumple" show 2026
    [[ $stderr == *"beginning of more than one id: $a and $b"* ]]
    run -3 --separate-stderr "$crumple" show "$CRUMPLE_DIR/none.tar.zst"
    [[ $stderr == "crumple: cannot read '$CRUMPLE_DIR/none.tar.zst': No such file or directory" ]]
    run -3 --separate-stderr "$crumple" show "$CRUMPLE_DIR"
    [ "$stderr" = "crumple: '$CRUMPLE_DIR' is a directory; 'crumple list $CRUMPLE_DIR' lists the bundles in it" ]
    touch "$CRUMPLE_DIR/20260109T030405.000004Z-x-44.core"
    run -3 --separate-stderr "$crumple" show 44
    [[ $stderr == *"is pending: finish it with 'crumple collect'" ]]
    run -3 "$crumple" show "$CRUMPLE_DIR/20260109T030405.000004Z-x-44.core"
    run -0 --separate-stderr "$crumple" show last
    [ "$stderr" = "crumple: 1 newer one is pending; finish with 'crumple collect $CRUMPLE_DIR'" ]
    run -2 --separate-stderr "$crumple" show
    run -2 "$crumple" show --json --gdb last
    run -2 "$crumple" show last -- -batch
    rm -r "${CRUMPLE_DIR:?}"/*.tar.zst "$CRUMPLE_DIR/33"
    run -1 --separate-stderr "$crumple" show last
    [[ $stderr == *"no such bundle in '$CRUMPLE_DIR'"*"1 newer one is pending; "* ]]
}

@test "show --json: the report with all its members" {
    bundle "$a" '. + {later: {member: [1, 2.5, null, true]}, title: "ümläut \"q\" \\ 日本"}'
    run -0 --separate-stderr "$crumple" show --json last
    tar --zstd -xOf "$CRUMPLE_DIR/$a.tar.zst" report.json | gojq . >"$BATS_TEST_TMPDIR/want"
    gojq . <<<"$output" >"$BATS_TEST_TMPDIR/have"
    diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
    gojq -e '.threads[0] | has("tid") and has("name") and has("crashed") and (.frames | length == 3)' <<<"$output"
}

@test "show --core: to a file, mode 0600, whole or not at all, or to stdout" {
    head -c 300000 /dev/urandom >"$BATS_TEST_TMPDIR/random"
    bundle "$a" . "$BATS_TEST_TMPDIR/random"
    to=$BATS_TEST_TMPDIR/out
    run -0 --separate-stderr "$crumple" show --core "$to" last
    [ -z "$output$stderr" ]
    cmp "$to" "$BATS_TEST_TMPDIR/random"
    [ "$(stat -c %a "$to")" = 600 ]
    echo old >"$to" && chmod 0644 "$to"
    run -0 "$crumple" show --core="$to" last
    cmp "$to" "$BATS_TEST_TMPDIR/random"
    [ "$(stat -c %a "$to")" = 600 ]
    "$crumple" show --core - last | cmp - "$BATS_TEST_TMPDIR/random"
    "$crumple" show --core /dev/stdout last | cat | cmp - "$BATS_TEST_TMPDIR/random"
    run -2 on_terminal 80 "$crumple" show --core - last
    [[ $output == *"refusing to write a core to a terminal"* ]]
    echo old >"$to"
    truncate -s 150000 "$CRUMPLE_DIR/$a.tar.zst"
    run -3 --separate-stderr "$crumple" show --core "$to" last
    [[ $stderr == *"is damaged: it is truncated"*"no core was written" ]]
    [ "$(cat "$to")" = old ]
    [ "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'out*' | wc -l)" -eq 1 ]
    run -3 --separate-stderr "$crumple" show --core /nonexistent/core last
    [[ $stderr == *"cannot write '/nonexistent/core': No such file or directory; no core was written"* ]]
    NOCORE=1 bundle "$b"
    run -3 --separate-stderr "$crumple" show --core "$to" last
    [[ $stderr == *"holds no core; nothing was written" ]]
}

@test "show --gdb: private temporary core, executable, extra words, status of gdb" {
    bin=$BATS_TEST_TMPDIR/bin
    mkdir "$bin" "$BATS_TEST_TMPDIR/tmp"
    cat >"$bin/gdb" <<'EOF'
#!/bin/sh
for word; do printf '<%s>\n' "$word"; core=$word; done
stat -c 'mode %a' "$core"
head -c 4 "$core" | od -An -c
exit 5
EOF
    chmod +x "$bin/gdb"
    bundle "$a" ".exe = \"/bin/sh\" | .modules[0].path = \"/bin/sh\""
    export PATH=$bin:$PATH TMPDIR=$BATS_TEST_TMPDIR/tmp
    run -5 --separate-stderr "$crumple" show --gdb last -- -batch -ex 'bt full'
    lines=("${lines[@]:6}") # what is said to gdb first has a test of its own
    [ "${lines[0]}" = "<-batch>" ]
    [ "${lines[1]}" = "<-ex>" ]
    [ "${lines[2]}" = "<bt full>" ]
    [ "${lines[3]}" = "</bin/sh>" ]
    [[ ${lines[4]} == "<$TMPDIR/"* ]]
    [ "${lines[5]}" = "mode 600" ]
    [[ ${lines[6]} == *E*L*F* ]]
    [[ $stderr == *"warning: '/bin/sh' is not the executable that crashed: its build-id is "*", not 00112233445566778899"* ]]
    [ -z "$(ls "$TMPDIR")" ]
    id=$(readelf -n /bin/sh 2>/dev/null | sed -n 's/.*Build ID: //p')
    bundle "$a" ".exe = \"/bin/sh\" | .modules[0].path = \"/bin/sh\" | .modules[0].build_id = \"$id\""
    run -5 --separate-stderr "$crumple" show --gdb last
    [ -z "$id" ] || [ -z "$stderr" ]
    run -5 "$crumple" show --gdb --exe /bin/cat last
    [[ $output == *"</bin/cat>"* ]]
    bundle "$a"
    run -3 --separate-stderr "$crumple" show --gdb last
    [[ $stderr == *"cannot read the executable '/usr/sbin/alpha': No such file or directory; name another with --exe" ]]
    bundle "$a" '.exe = "-ex=quit"'
    run -3 --separate-stderr "$crumple" show --gdb last
    rm "$bin/gdb"
    run -3 --separate-stderr env PATH="$bin" "$crumple" show --gdb --exe /bin/sh last
    [[ $stderr == *"cannot run gdb: No such file or directory" ]]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "show --gdb: runs no script of the executable's or the current folder, and asks no server" {
    command -v gdb >/dev/null || skip "no gdb"
    export HOME=$BATS_TEST_TMPDIR/home DEBUGINFOD_URLS=http://127.0.0.1:9/
    evil=$BATS_TEST_TMPDIR/evil
    mkdir "$HOME" "$evil"
    # a reader who trusts every folder
    printf 'set auto-load safe-path /\nset auto-load local-gdbinit on\necho of the user\\n\n' >"$HOME/.gdbinit"
    cat >"$evil/exe.c" <<'EOF'
__asm__(".pushsection .debug_gdb_scripts, \"MS\",@progbits,1\n"
        ".byte 4\n.ascii \"inlined\\nprint('ran inlined')\\n\"\n.byte 0\n"
        ".byte 1\n.asciz \"named.py\"\n.popsection\n");
int main(void) { return 0; }
EOF
    gcc -g -o "$evil/exe" "$evil/exe.c"
    for script in exe-gdb.py named.py; do echo "print('ran $script')" >"$evil/$script"; done
    for script in exe-gdb.gdb .gdbinit; do printf 'echo ran %s\\n\n' "$script" >"$evil/$script"; done
    cd "$evil"
    run gdb -batch exe # so they would run
    for script in exe-gdb.py named.py inlined exe-gdb.gdb .gdbinit; do [[ $output == *"ran $script"* ]]; done
    bundle "$a"
    run "$crumple" show --gdb --exe "$evil/exe" last -- -batch -ex 'show debuginfod enabled'
    [[ $output == *"of the user"* && $output == *'"off"'* ]]
    [[ $output != *"ran "* ]]
    # who asks for it gets it
    run "$crumple" show --gdb --exe "$evil/exe" last -- -batch -iex 'set auto-load safe-path /' \
        -iex 'set debuginfod enabled on' -ex 'show debuginfod enabled'
    [[ $output == *"ran exe-gdb.py"* && $output == *'"on"'* ]]
}

@test "show --gdb: interrupted while it waits, the core goes" {
    bin=$BATS_TEST_TMPDIR/bin
    mkdir "$bin" "$BATS_TEST_TMPDIR/tmp"
    printf '#!/bin/sh\n: >%q\nexec sleep 60\n' "$BATS_TEST_TMPDIR/started" >"$bin/gdb"
    chmod +x "$bin/gdb"
    bundle "$a"
    PATH=$bin:$PATH TMPDIR=$BATS_TEST_TMPDIR/tmp "$crumple" show --gdb --exe /bin/sh last 3>&- &
    pid=$!
    for _ in $(seq 100); do [ ! -e "$BATS_TEST_TMPDIR/started" ] || break; sleep 0.1; done
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    [ -z "$(ls "$BATS_TEST_TMPDIR/tmp")" ]
}

@test "show: source lines, inlined functions and C++ names of a program on this machine" {
    command -v g++ >/dev/null || skip "no compiler"
    cat >"$BATS_TEST_TMPDIR/prog.cc" <<'EOF'
namespace shop {
static inline __attribute__((always_inline)) int deepest(int *p)
{
    return p[0] / p[1] + p[2] / p[3]; // line 4
}
__attribute__((noinline)) int checkout(int *p)
{
    return deepest(p); // line 8
}
}
int main(int argc, char **)
{
    int numbers[4] = {argc, argc, argc, argc};
    return shop::checkout(numbers);
}
EOF
    # of what clang writes there is no index of addresses
    for kind in '-g -pie' '-g -no-pie' '-g -no-pie without' '-g1 -gdwarf-4 -pie without'; do
        # shellcheck disable=SC2086
        (cd "$BATS_TEST_TMPDIR" && g++ -O2 ${kind% without} -o prog prog.cc)
        [[ $kind != *without ]] || objcopy -R .debug_aranges "$BATS_TEST_TMPDIR/prog"
        symbol=$(nm "$BATS_TEST_TMPDIR/prog" | awk '/checkout/{print $1; exit}')
        id=$(readelf -n "$BATS_TEST_TMPDIR/prog" | sed -n 's/.*Build ID: //p')
        # an instruction of the inlined function, according to another reader of debug information
        for offset in $(seq 0 30); do
            at=$(printf '0x%x' $((0x$symbol + offset)))
            ! addr2line -i -e "$BATS_TEST_TMPDIR/prog" "$at" | grep -q 'prog.cc:4' || break
        done
        bundle "$a" ".threads[0].frames = [{pc: \"$at\", module: \"$BATS_TEST_TMPDIR/prog\", offset: \"$at\",
            build_id: \"$id\", function: \"_ZN4shop8checkoutEPi\", function_offset: \"0x4\", trust: \"context\"}]"
        run -0 --separate-stderr "$crumple" show last
        [[ $output =~ "#0   deepest at "[^\ ]*"prog.cc:4 (inlined)" ]]
        [[ $output =~ "#0   shop::checkout(int*)+0x4 at "[^\ ]*"prog.cc:8 [prog]" ]]
        run -0 "$crumple" show --no-demangle last
        [[ $output == *"_ZN4shop8checkoutEPi+0x4 at "* ]]
        # another build-id: no lines
        bundle "$a" ".threads[0].frames = [{pc: \"$at\", module: \"$BATS_TEST_TMPDIR/prog\", offset: \"$at\",
            build_id: \"0011223344\", function: \"_ZN4shop8checkoutEPi\", trust: \"context\"}]"
        run -0 "$crumple" show last
        [[ $output != *prog.cc* ]]
    done
}

@test "show: lines of a return address are those of the call" {
    command -v gcc >/dev/null || skip "no compiler"
    cat >"$BATS_TEST_TMPDIR/prog.c" <<'EOF'
void fatal(void) __attribute__((noreturn, noinline));
void fatal(void)
{
    for (;;)
        __asm__ volatile("");
}
int main(void)
{
    fatal(); /* line 9: the last instruction of main */
}
EOF
    gcc -g -O1 -o "$BATS_TEST_TMPDIR/prog" "$BATS_TEST_TMPDIR/prog.c"
    id=$(readelf -n "$BATS_TEST_TMPDIR/prog" | sed -n 's/.*Build ID: //p')
    read -r start size < <(nm -S "$BATS_TEST_TMPDIR/prog" | awk '$4 == "main" {print $1, $2}')
    at=$(printf '0x%x' $((0x$start + 0x$size)))
    bundle "$a" ".threads[0].frames = [{pc: \"$at\", module: \"$BATS_TEST_TMPDIR/prog\", offset: \"$at\",
        build_id: \"$id\", function: \"main\", function_offset: \"0x9\", trust: \"cfi\"}]"
    run -0 "$crumple" show last
    [[ $output =~ "main+0x9 at "[^\ ]*"prog.c:9 [prog]" ]]
}

@test "show: a crash of a machine whose clock is ahead is not said to be old" {
    bundle 20990102T030405.000001Z-alpha-101
    run -0 "$crumple" show last
    [[ $output == *"  time       2099-01-02T03:04:05.000001Z (yet to come, by this machine's clock)"* ]]
}

@test "show: of a contained fault, whose thread alone is captured, the other threads are not forgotten" {
    bundle "$a" '.threads |= .[:1] | .vitals = {threads: 24, routines: [{routine: "handle_client", count: 1}]}'
    run -0 "$crumple" show last
    [[ $output == *"  threads    24, 1 of them captured: 1 in handle_client"* ]]
    [[ $output == *"  thread     102 'client', of 24"* ]]
}
