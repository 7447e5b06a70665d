#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Source lines where the program is stripped, gone, another build or on another machine: by debug directories, other roots
# and debuginfod. Which file is taken is decided by build-ids alone.
# shellcheck disable=SC2030,SC2031,SC2154 # bats' run sets output and stderr
load ../lib

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    cat >prog.c <<'C'
#include <stddef.h>
struct item { int number; };
static inline __attribute__((always_inline)) int deepest(struct item *item, int *at) { return *at = item->number; }
__attribute__((noinline)) int checkout(struct item *item, int *at) { return deepest(item, at) + 1; } /* line 4 */
int main(void) { struct item item = {7}; return checkout(&item, NULL); }
C
    gcc -g -O1 -o whole prog.c
    gcc -g -O2 -DOTHER=1 -o other prog.c
    objcopy --only-keep-debug whole debug
    strip -o stripped whole
}

setup() {
    trace_test
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crashes LC_ALL=C.UTF-8 NO_COLOR=1
    unset LD_PRELOAD DEBUGINFOD_URLS
    crumple=$BUILD/crumple
    F=$BATS_FILE_TMPDIR
    SRV=$BATS_TEST_TMPDIR/srv
    mkdir "$CRUMPLE_DIR" "$SRV"
    cd "$BATS_TEST_TMPDIR" || return
    id=$(readelf -n "$F/whole" | sed -n 's/.*Build ID: //p')
}

# dies FILE: a crash of a program at SRV/prog
dies() {
    cp "$1" "$SRV/prog"
    ! LD_PRELOAD=${TEST_BUILD:-$BUILD}/libcrumple.so timeout 30 "$SRV/prog" 2>/dev/null || fail "it lives"
}

show() {
    "$crumple" show last "$@"
}

# has_lines OPTION...: the inlined function, its caller and that one's caller
has_lines() {
    run -0 --separate-stderr show "$@"
    [[ $output == *"#0   deepest at $F/prog.c:3 (inlined)"*"#0   checkout"*" at $F/prog.c:4 [prog]"*"#1   main"*" at $F/prog.c:5 [prog]"* ]] ||
        fail "no lines with: $*" "$output" "$stderr"
    [[ $output != *"no source lines"* ]]
}

# lacks WORDS OPTION...: no lines, and the paragraph has these words
lacks() {
    run -0 --separate-stderr show "${@:2}"
    [[ $output != *prog.c* && $output == *"(no source lines of prog, build-id $id: $1"* ]] || fail "$output"
}

# finder: a program in place of debuginfod-find, which writes down what it is asked
finder() {
    mkdir -p bin
    cat >bin/debuginfod-find <<SH
#!/bin/sh
echo "\$*" >>"$PWD/asked"
[ ! -e "$PWD/given/\$2" ] || echo "$PWD/given/\$2"
[ -e "$PWD/given/\$2" ]
SH
    chmod +x bin/debuginfod-find
    mkdir -p given
    PATH=$PWD/bin:$PATH
}

@test "sources: a stripped program says what to do, and finds its debug file in each layout" {
    dies "$F/stripped"
    lacks $'no debug information;\n   build it with -g, or name its debug file by --debug-dir DIR)'
    # what is shown of variables is the same paragraph
    run -0 show --locals
    [[ $output == *"(no source lines or variables of prog, "* ]]
    local name
    for name in ".build-id/${id:0:2}/${id:2}.debug" "${SRV#/}/prog.debug" "${SRV#/}/prog" prog.debug prog; do
        rm -rf dir
        mkdir -p "dir/$(dirname "$name")"
        cp "$F/debug" "dir/$name"
        has_lines --debug-dir dir
    done
    # relative and absolute, and the second of two
    mkdir empty
    has_lines --debug-dir empty --debug-dir "$PWD/dir"
    # a slip of the finger is told
    for option in --debug-dir --sysroot; do
        run -2 --separate-stderr show "$option" dri
        [ "$stderr" = "crumple: cannot look for files in 'dri': No such file or directory" ]
        run -2 --separate-stderr show "$option" dir/prog
        [ "$stderr" = "crumple: cannot look for files in 'dir/prog': Not a directory" ]
    done
    run -2 --separate-stderr "$crumple" export --html page --debug-dir dri
    [ ! -e page ]
    # beside the program, as ever
    objcopy --add-gnu-debuglink="$F/debug" "$SRV/prog"
    mkdir "$SRV/.debug"
    cp "$F/debug" "$SRV/.debug/debug"
    has_lines
}

@test "sources: variables and their constants come from the same files" {
    dies "$F/stripped"
    mkdir dir
    cp "$F/whole" dir/prog
    for options in "--debug-dir dir" "--exe $F/whole"; do
        # shellcheck disable=SC2086 # words
        run -0 show --locals $options
        [[ $output == *"item = (struct item *) 0x"*" -> {number = 7}"* ]]
    done
    "$crumple" show --locals --json --debug-dir dir last |
        gojq -e '[.threads[0].frames[].locals[]? | select(.name == "at")][0].value == "0x0"' >/dev/null
}

@test "sources: a program that is gone, another build, no program, or closed is told as such" {
    dies "$F/whole"
    has_lines
    mv "$SRV/prog" away
    lacks "$SRV/prog is not on this machine;"$'\n'"   --exe FILE, --sysroot DIR or --debug-dir DIR names the file that ran, --debuginfod fetches its debug file)"
    has_lines --exe away
    cp "$F/other" "$SRV/prog"
    other=$(readelf -n "$F/other" | sed -n 's/.*Build ID: //p')
    lacks "$SRV/prog is another build, ${other:0:12};"
    has_lines --exe away
    echo 'echo script' >"$SRV/prog"
    lacks "$SRV/prog is another file;"
    rm "$SRV/prog"
    mkdir "$SRV/prog"
    lacks "$SRV/prog is another file;"
}

@test "sources: a file of another build is said, and never gives a line" {
    dies "$F/whole"
    mv "$SRV/prog" away
    mkdir -p "dir/.build-id/${id:0:2}" "root$SRV"
    cp "$F/other" "dir/.build-id/${id:0:2}/${id:2}.debug"
    cp "$F/other" "root$SRV/prog"
    lacks "$BATS_TEST_TMPDIR/root$SRV/prog is another build" --debug-dir dir --sysroot "$PWD/root"
    # what is no file is not waited for
    mkfifo dir/prog dir/prog.debug
    run -0 timeout 20 "$crumple" show last --debug-dir dir --exe dir/prog
    [[ $output == *"$SRV/prog is not on this machine"* ]]
    lacks "$SRV/prog is not on this machine" --exe "$F/other"
    [[ $stderr == "crumple: '$F/other' is not used, because it is not the executable that crashed: its build-id is "*", not $id" ]]
    run -0 --separate-stderr show --exe /nonexistent
    [[ $stderr == "crumple: cannot read '/nonexistent': No such file or directory" ]]
}

@test "sources: the root of the machine that crashed comes before this machine" {
    dies "$F/stripped"
    mkdir -p "root$SRV" "root/usr/lib/debug/.build-id/${id:0:2}"
    cp "$F/whole" "root$SRV/prog"
    has_lines --sysroot root
    # there, too, the debug file may be apart; and the program may not be here at all
    cp "$F/stripped" "root$SRV/prog"
    cp "$F/debug" "root/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
    has_lines --sysroot root
    rm "$SRV/prog"
    has_lines --sysroot root/
    # a program in a root of its own, which this machine has no path for
    mkdir -p image/bin
    cp "$F/whole" image/bin/server
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 29990102T030405.000001Z-server-1 \
        ".threads[0].frames = [{pc: \"0x1\", module: \"/bin/server\", offset: \"0x$(nm "$F/whole" | awk '$3 == "checkout" {print $1}')\",
            build_id: \"$id\", function: null, trust: \"context\"}]"
    run -0 show --sysroot image
    [[ $output == *"#0   checkout at $F/prog.c:4 [server]"* ]]
    run -0 show
    [[ $output == *"(no source lines of server, build-id $id: /bin/server is not on this machine;"* ]]
}

@test "sources: a name that the writer could not know comes from the file that is found" {
    dies "$F/whole"
    cp "$F/whole" named
    strip -g named
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 29990102T030405.000001Z-server-1 \
        ".threads[0].frames = [{pc: \"0x1\", module: \"/bin/server\", offset: \"0x$(nm "$F/whole" | awk '$3 == "checkout" {print $1}')\",
            build_id: \"$id\", function: null, trust: \"context\"}]"
    run -0 show
    [[ $output == *"#0   server+0x"* ]]
    run -0 show --exe named
    [[ $output == *"#0   checkout [server]"*"no debug information"* ]]
}

@test "sources: compressed sections, and parts that dwz has moved out" {
    command -v dwz >/dev/null || skip "no dwz"
    dies "$F/stripped"
    mkdir dir
    objcopy --compress-debug-sections=zlib "$F/debug" dir/prog.debug
    has_lines --debug-dir dir
    if objcopy --compress-debug-sections=zstd "$F/debug" dir/prog.debug 2>/dev/null; then
        has_lines --debug-dir dir
        run -0 show --locals --debug-dir dir
        [[ $output == *" -> {number = 7}"* ]]
        # in the program's own file
        objcopy --compress-debug-sections=zstd "$F/whole" packed
        has_lines --exe packed
    fi
    rm dir/prog.debug
    cp "$F/whole" one
    gcc -g -O1 -x c -o two - <"$F/prog.c"
    dwz -m common.debug -M /usr/lib/debug/.dwz/x86_64-linux-gnu/common.debug one two
    mkdir -p dir/.dwz/x86_64-linux-gnu other/.build-id root/usr/lib/debug/.dwz/x86_64-linux-gnu
    mv one dir/prog
    cp common.debug dir/.dwz/x86_64-linux-gnu/
    has_lines --debug-dir dir
    run -0 show --locals --debug-dir dir
    [[ $output == *" -> {number = 7}"* ]]
    # elsewhere, by its build-id; below another root
    alternate=$(readelf -n common.debug | sed -n 's/.*Build ID: //p')
    rm -r dir/.dwz
    mkdir -p "other/.build-id/${alternate:0:2}"
    cp common.debug "other/.build-id/${alternate:0:2}/${alternate:2}.debug"
    run -0 show --locals --debug-dir dir --debug-dir other
    [[ $output == *" -> {number = 7}"* ]]
    cp common.debug root/usr/lib/debug/.dwz/x86_64-linux-gnu/
    run -0 show --locals --debug-dir dir --sysroot root
    [[ $output == *" -> {number = 7}"* ]]
    run -0 show --debug-dir dir
    [[ $output == *"(a part of the debug information of prog is missing: a file that dwz(1) made, build-id $alternate;"* ]]
    # a server has it: it is known to be missing only when the debug file is there
    finder
    cp dir/prog "given/$id"
    cp common.debug "given/$alternate"
    run -0 --separate-stderr env DEBUGINFOD_URLS=http://127.0.0.1:9/ "$crumple" show last --locals --debuginfod
    [[ $output == *" -> {number = 7}"* && $stderr == *"got 2 of 2" ]]
}

@test "sources: names from .gnu_debugdata" {
    cp "$F/whole" mini
    strip -g mini
    xz -k mini
    objcopy --add-section .gnu_debugdata=mini.xz "$F/stripped" packed
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 29990102T030405.000001Z-server-1 \
        ".threads[0].frames = [{pc: \"0x1\", module: \"/bin/server\", offset: \"0x$(nm "$F/whole" | awk '$3 == "checkout" {print $1}')\",
            build_id: \"$id\", function: null, trust: \"context\"}]"
    run -0 show --exe packed
    [[ $output == *"#0   checkout [server]"*"no debug information"* ]]
}

@test "sources: in a bare root, with the image of the machine that crashed mounted somewhere" {
    [ "$(id -u)" -eq 0 ] || skip "needs root for chroot"
    dies "$F/stripped"
    mkdir -p "bare/image$SRV" "bare/image/usr/lib/debug/.build-id/${id:0:2}" bare/proc
    cp "${TEST_BUILD:-$BUILD}/crumple" bare/ # the static one
    cp "$F/stripped" "bare/image$SRV/prog"
    cp "$F/debug" "bare/image/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
    cp "$CRUMPLE_DIR"/*/*.tar.zst bare/crash.tar.zst
    run -0 chroot bare /crumple show --sysroot /image /crash.tar.zst
    [[ $output == *"#0   deepest at $F/prog.c:3 (inlined)"* ]] || fail "$output"
    run -0 chroot bare /crumple show /crash.tar.zst
    [[ $output == *"$SRV/prog is not on this machine;"* ]]
}

@test "sources: the package of a stripped program of the distribution is named" {
    command -v dpkg-query >/dev/null || skip "no dpkg"
    # a link of one package to a program of another, which has the debug symbols
    exe=/usr/bin/redis-server
    package=$(dpkg-query -S "$(readlink -f "$exe")" | cut -d: -f1) || skip "no redis"
    id=$(readelf -n "$exe" 2>/dev/null | sed -n 's/.*Build ID: //p')
    [ -n "$id" ] && [ ! -e "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" ] || skip "it has debug information"
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 20260102T030405.000001Z-find-1 \
        ".threads[0].frames = [{pc: \"0x1\", module: \"$exe\", offset: \"0x5000\", build_id: \"$id\", function: null, trust: \"context\"}]"
    run -0 show
    [[ $output == *": no debug information;"$'\n'"   its debug file is in the package $package-dbgsym; or --debuginfod fetches it)"* ]]
}

@test "sources: runtimes and crumple's own frames are not missed" {
    dies "$F/whole"
    run -0 show --all
    [[ $output != *"no source lines of lib"* ]]
}

@test "sources: directories that the sandbox shuts otherwise can be named" {
    [ -d /dev/shm ] && [ -w /dev/shm ] || skip "no /dev/shm"
    dies "$F/stripped"
    dir=$(mktemp -d /dev/shm/crumple-test.XXXXXX)
    cp "$F/debug" "$dir/prog.debug"
    run -0 show --debug-dir "$dir"
    rm -r "$dir"
    [[ $output == *"checkout"*" at $F/prog.c:4"* ]]
}

@test "sources: gdb looks in the same places, and runs no script from them" {
    command -v gdb >/dev/null || skip "no gdb"
    dies "$F/stripped"
    mkdir -p "dir/.build-id/${id:0:2}"
    cp "$F/debug" "dir/.build-id/${id:0:2}/${id:2}.debug"
    printf 'print("ran a script")\n' >dir/prog-gdb.py
    mkdir -p "dir$SRV"
    cp dir/prog-gdb.py "dir$SRV/"
    cp dir/prog-gdb.py "dir/.build-id/${id:0:2}/${id:2}.debug-gdb.py"
    run -0 show --gdb --debug-dir "$PWD/dir" -- -nx -batch -ex bt
    [[ $output == *"prog.c:4"* && $output != *"ran a script"* ]] || fail "$output"
    # a program that is gone
    rm "$SRV/prog"
    cp "$F/whole" dir/prog
    run -0 --separate-stderr show --gdb --debug-dir "$PWD/dir" -- -nx -batch -ex bt
    [[ $output == *"prog.c:4"* && $output != *"ran a script"* && $stderr != *warning:\ *build-id* ]] || fail "$output"
    mkdir -p "root$SRV"
    mv dir/prog "root$SRV/prog"
    run -0 show --gdb --sysroot "$PWD/root" -- -nx -batch -ex bt -ex 'show sysroot' -ex 'show debuginfod enabled'
    [[ $output == *"prog.c:4"*"$PWD/root"*'"off"'* ]] || fail "$output"
    run -0 show --gdb --debuginfod --exe "$F/whole" -- -nx -batch -ex 'show debuginfod enabled'
    [[ $output == *'"on"'* ]]
}

@test "sources: no server is asked unless --debuginfod says so and servers are named" {
    finder
    dies "$F/stripped"
    DEBUGINFOD_URLS=http://127.0.0.1:9/ show >out
    show --debuginfod >out 2>err
    [ ! -e asked ]
    [ "$(cat err)" = "crumple: debuginfod: DEBUGINFOD_URLS is not set (Debian: https://debuginfod.debian.net); no server was asked" ]
    export DEBUGINFOD_URLS=http://127.0.0.1:9/
    lacks "no debug information" --debuginfod
    [ "$(cat asked)" = "debuginfo $id" ]
    [ "$stderr" = $'crumple: debuginfod: asking the servers of DEBUGINFOD_URLS for 1 debug file\ncrumple: debuginfod: got 0 of 1' ]
    # what is here already is not asked for
    rm asked
    cp "$F/whole" "$SRV/prog"
    has_lines --debuginfod
    [ ! -e asked ]
}

@test "sources: what debuginfod gives is used if its build-id is right, also for a bundle from a pipe" {
    finder
    export DEBUGINFOD_URLS=http://127.0.0.1:9/
    dies "$F/stripped"
    rm "$SRV/prog"
    cp "$F/debug" "given/$id"
    has_lines --debuginfod
    [ "$stderr" = $'crumple: debuginfod: asking the servers of DEBUGINFOD_URLS for 1 debug file\ncrumple: debuginfod: got 1 of 1' ]
    cat "$CRUMPLE_DIR"/*/*.tar.zst | "$crumple" show --debuginfod - >out
    grep -q 'checkout.* at .*prog.c:4' out
    run -0 show --locals --debuginfod
    [[ $output == *"#0   checkout at $F/prog.c:4"*"item = (struct item *) 0x"* ]]
    cp "$F/other" "given/$id"
    lacks "$SRV/prog is not on this machine" --debuginfod
    echo rubbish >"given/$id"
    lacks "$SRV/prog is not on this machine" --debuginfod
    # a machine without the program
    mkdir few
    ln -s "$(type -P mktemp)" "$(type -P rm)" "$(type -P cat)" few/
    PATH=$PWD/few lacks "$SRV/prog is not on this machine" --debuginfod
    [[ $stderr == *"the program debuginfod-find is missing"* ]]
}

@test "sources: hostile build-ids are no words of a command line" {
    finder
    export DEBUGINFOD_URLS=http://127.0.0.1:9/
    for evil in --help -v '../../etc/passwd' '$(touch pwned)' 'aabbccdd;x' ''; do
        "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 20260102T030405.000001Z-find-1 \
            ".threads[0].frames = [{pc: \"0x1\", module: \"/bin/server\", offset: \"0x5000\", build_id: \"$evil\", function: null, trust: \"context\"}]
                | .threads[1:] = []"
        run -0 show --debuginfod
    done
    [ ! -e asked ] && [ ! -e pwned ]
}

@test "sources: the real debuginfod-find asks a server over HTTP" {
    [ -x /usr/bin/debuginfod-find ] || skip "no debuginfod"
    dies "$F/stripped"
    rm "$SRV/prog"
    mkdir -p "web/buildid/$id"
    cp "$F/debug" "web/buildid/$id/debuginfo"
    port=$(low_port)
    (cd web && exec /usr/bin/python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1 3>&-) &
    server=$!
    for _ in $(seq 100); do ! port_is_open "$port" || break; sleep 0.05; done
    export DEBUGINFOD_URLS=http://127.0.0.1:$port/ DEBUGINFOD_CACHE_PATH=$PWD/cache
    run -0 show --debuginfod
    kill "$server"
    wait "$server" || true
    [[ $output == *"deepest at $F/prog.c:3 (inlined)"*"checkout"*" at $F/prog.c:4"* ]] || fail "$output"
    # once more from the cache, where no server is any more
    run -0 show --debuginfod
    [[ $output == *"prog.c:4"* ]]
}

@test "sources: the root of a process in a container, seen from its host" {
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    cp "$F/whole" prog
    # the files are in a file system that only the container has mounted
    unshare -m sh -c "mount -t tmpfs none '$SRV' && cp prog '$SRV/prog' && cd '$SRV' &&
        { CRUMPLE_WRITER=/nonexistent LD_PRELOAD='${TEST_BUILD:-$BUILD}/libcrumple.so' ./prog 2>/dev/null; : >'$PWD/died'; exec sleep 60; }" 3>&- &
    inside=$!
    for _ in $(seq 100); do [ ! -e died ] || break; sleep 0.05; done
    "$crumple" collect --force --sysroot "/proc/$inside/root" >/dev/null
    has_lines --sysroot "/proc/$inside/root"
    [[ $output == *"signature  SIGSEGV | deepest | checkout | main"* ]]
    lacks "$SRV/prog is not on this machine"
    if command -v gdb >/dev/null; then
        run -0 show --gdb --sysroot "/proc/$inside/root" -- -nx -batch -ex bt
        [[ $output == *"prog.c:4"* ]] || fail "$output"
    fi
    kill "$inside"
    wait "$inside" || true
}

@test "sources: a pending core of another machine is finished with that machine's root" {
    cp "$F/whole" "$SRV/prog"
    # what unwinding and names need is in the file alone
    ! CRUMPLE_WRITER=/nonexistent LD_PRELOAD=${TEST_BUILD:-$BUILD}/libcrumple.so timeout 30 "$SRV/prog" 2>/dev/null
    mkdir -p "root$SRV" copy
    mv "$SRV/prog" "root$SRV/prog"
    core=$(echo "$CRUMPLE_DIR"/*/*.core)
    cp "$core" copy/
    run -0 --separate-stderr "$crumple" collect --force --sysroot root copy
    run -0 show --dir copy --sysroot root
    [[ $output == *"signature  SIGSEGV | deepest | checkout | main"* ]] || fail "$output"
    # another build there does not count
    cp "$F/other" "root$SRV/prog"
    run -0 "$crumple" collect --force --sysroot root
    run -0 show
    [[ $output != *"| checkout |"* ]]
    run -0 --separate-stderr "$crumple" collect --sysroot /nonexistent
    cp copy/*.tar.zst "$CRUMPLE_DIR/29990101T000000.000000Z-x-1.core"
    run -2 --separate-stderr "$crumple" collect --sysroot /nonexistent
    [[ $stderr == "crumple: cannot read '/nonexistent': No such file or directory; nothing was changed" ]]
}

# text DIR LINE...: the lines below the fault, with the text of DIR
text() {
    run -0 --separate-stderr show --source-dir "$1"
    local expected
    printf -v expected '%s\n' "  #0   deepest at $F/prog.c:3 (inlined)" "${@:2}" "  #0   checkout"
    [[ $output == *"${expected%$'\n'}"* && -z $stderr ]] || fail "$output" "$stderr"
}

# no_text DIR WHY
no_text() {
    run -0 --separate-stderr show --source-dir "$1"
    [[ $output == *"#1   main"*$'\n'"  (no source text of $F/prog.c: $2)"* && $output != *"      > "* ]] || fail "$output"
}

@test "sources: the text around the guilty line, by the longest end of the path below --source-dir" {
    dies "$F/whole"
    mkdir -p "dir${F%/*}" other
    printf '%s\n' one $'\ttwo' $'if (a)\tthree' '' five six >dir/prog.c
    touch -d 2001-01-01 dir/prog.c
    text dir '        1  one' '        2      two' '      > 3  if (a)  three' '        4' '        5  five'
    # the option alone opens a source file, and only one frame has text
    run -0 show
    [[ $output != *" three"* ]]
    run -0 show --source-dir dir --color always
    [[ $output == *$'\e[2m  1  one\e[0m'*$'\n      > 3  if (a)  three\n'* ]]
    # a longer end wins, whichever directory has it; a directory of that name is no file
    mkdir -p "other/${F##*/}" "dir/${F##*/}/prog.c"
    echo $'1\n2\nlonger' >"other/${F##*/}/prog.c"
    touch -d 2001-01-01 "other/${F##*/}/prog.c"
    run -0 show --source-dir dir --source-dir "$PWD/other"
    [[ $output == *'      > 3  longer'$'\n'* && $output != *" three"* ]]
    # every frame
    for option in -a --locals; do
        run -0 show --source-dir dir "$option"
        [[ $output == *"#0   deepest at "*'      > 3  if (a)  three'*"checkout"*'      > 4'*"main"*'      > 5  five'* ]]
    done
    run -2 --separate-stderr show --source-dir dri
    [ "$stderr" = "crumple: cannot look for files in 'dri': No such file or directory" ]
    if command -v gdb >/dev/null; then
        run -0 show --gdb --source-dir "$PWD/dir" --exe "$F/whole" -- -nx -batch -ex 'show directories'
        [[ $output == *"Source directories searched: $PWD/dir:\$cdir:\$cwd"* ]]
    fi
}

@test "sources: a text that was written after the crash, or after the program, is told as such" {
    local note="        (prog.c was written later: "
    dies "$F/whole"
    mkdir dir
    echo $'1\n2\n3' >dir/prog.c
    touch -d 2037-01-02 dir/prog.c
    text dir '        1  1' '        2  2' '      > 3  3' "${note}2037-01-02; its lines may differ)"
    touch -d 2001-01-03 dir/prog.c
    text dir '        1  1' '        2  2' '      > 3  3'
    touch -d 2000-01-01 "$SRV/prog"
    text dir '        1  1' '        2  2' '      > 3  3' "${note}2001-01-03; its lines may differ)"
}

@test "sources: no path leads out of --source-dir, and what is no text harms nobody" {
    dies "$F/whole"
    mkdir -p dir/sub
    echo $'secret\nsecret\nsecret' >secret.c
    no_text dir "no such file below --source-dir"
    ln -s ../secret.c dir/prog.c
    no_text dir "no such file below --source-dir"
    ln -sf "$PWD/secret.c" dir/prog.c
    no_text dir "no such file below --source-dir"
    ln -sf sub/../real.c dir/prog.c
    echo $'1\n2\nin it' >dir/real.c
    touch -d 2001-01-01 dir/real.c
    text dir '        1  1' '        2  2' '      > 3  in it'
    rm dir/prog.c
    mkfifo dir/prog.c
    no_text dir "no such file below --source-dir"
    rm dir/prog.c
    echo $'1\n2' >dir/prog.c
    no_text dir "the file has fewer lines"
    : >dir/prog.c
    no_text dir "the file has fewer lines"
    { yes 123456789 | head -c 5000000 | tr '\n' ' '; echo; echo 2; echo 3; } >dir/prog.c
    no_text dir "the line is not in the first 4 MiB of the file"
    # bytes of any kind; the last character that fits is whole
    printf '\x1b[31m\r\n\xff\x00\xe2\x80\xae\n%s\xe2\x82\xac more\n' "$(printf '%0198d' 0)" >dir/prog.c
    touch -d 2001-01-01 dir/prog.c
    text dir '        1  \x1b[31m' '        2  ��\u202e' "      > 3  $(printf '%0198d' 0)…"
    # what a hostile path means is looked for below the directory, too
    (cd "$F" && sed '1i #line 2 "/x/../../../../etc/./passwd.c"' prog.c | gcc -g -O1 -xc -o "$SRV/hostile" -)
    ! LD_PRELOAD=${TEST_BUILD:-$BUILD}/libcrumple.so timeout 30 "$SRV/hostile" 2>/dev/null
    run -0 show --source-dir dir
    [[ $output == *"(no source text of /x/../../../../etc/./passwd.c: no such file below --source-dir)"* ]]
    mkdir dir/etc
    echo $'1\n2\n3\n4\n5' >dir/etc/passwd.c
    run -0 show --source-dir dir
    [[ $output == *"      > 4  4"* ]]
    # and of what lies there only what compilers read: an export may leave the machine
    (cd "$F" && sed '1i #line 2 "/x/.env"' prog.c | gcc -g -O1 -xc -o "$SRV/hostile" -)
    ! LD_PRELOAD=${TEST_BUILD:-$BUILD}/libcrumple.so timeout 30 "$SRV/hostile" 2>/dev/null
    echo $'1\n2\n3\n4\nPASSWORD=x' >dir/.env
    run -0 show --source-dir dir
    [[ $output == *"(no source text of /x/.env: its name is not that of a source file)"* && $output != *PASSWORD* ]]
}

@test "sources: the frames that Go has printed, and those that a server has logged, have their text" {
    local frames='{function: "panic", file: "/usr/lib/go/w.go", line: 1}, {function: "main.loop", file: "example.com/w.go", line: 3}' go text
    go=".go = {goroutine: 19, state: \"running\", goroutines: 1, groups: [{count: 1, state: \"running\", at: 1, frames: [$frames]}]}"
    export NOCORE=1
    bundle() { "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" "$1T000000.000000Z-arena-1" "$2"; }
    bundle 20260101 "$go | .event = \"died\" | .threads = [.threads[0] | .frames = [$frames | . + {trust: \"printed\", runtime: (.function == \"panic\")}]]"
    bundle 20260102 "$go"
    bundle 20260103 ".event = \"logged\" | .threads = [] | .logged = {function: \"main.loop\", frames: [$frames]}"
    mkdir dir
    printf 'func loop() {\n\tvar m map[string]int\n\tm["a"]++\n}\n' >dir/w.go
    touch -d 2001-01-01 dir/w.go
    text=$' at example.com/w.go:3\n        1  func loop() {\n        2      var m map[string]int\n      > 3      m["a"]++\n        4  }\n'
    for day in 20260101 20260102 20260103; do
        run -0 "$crumple" show "$day" --source-dir dir
        [[ $output == *"  #0   panic at /usr/lib/go/w.go:1"$'\n'"  #1   main.loop$text"* ]] || fail "$output"
        run -0 "$crumple" show "$day" --source-dir "$CRUMPLE_DIR"
        [[ $output == *"(no source text of example.com/w.go: no such file below --source-dir)"* ]] || fail "$output"
    done
}
