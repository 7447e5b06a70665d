#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
# crumple doctor: each verdict is compared with what crumple then really does.
load common

setup_file() {
    export M=$BATS_FILE_TMPDIR
    printf '#include <signal.h>\nint main(void) { raise(SIGSEGV); return 0; }\n' >"$M/dies.c"
    gcc -o "$M/dies" "$M/dies.c"
    gcc -static -o "$M/dies-static" "$M/dies.c"
    gcc -static-pie -o "$M/dies-static-pie" "$M/dies.c"
    gcc -s -o "$M/dies-stripped" "$M/dies.c"
    printf '#!%s\n' "$M/dies" >"$M/script"
    printf '#!/none/at/all\n' >"$M/broken"
    printf 'true\n' >"$M/words"
    chmod +x "$M/script" "$M/broken" "$M/words"
    gcc -pthread -o "$M/threads" -xc - <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>
static void *conn_serve(void *name) { pthread_setname_np(pthread_self(), name); pause(); return name; }
int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, conn_serve, i ? "conn" : "timer");
    alarm(60);
    pause();
}
END
}

setup() {
    common_setup
    chmod 0755 "$CRUMPLE_DIR"
    real=${T%/tests}
    unset LD_PRELOAD CRUMPLE_RECOVER
    # a crumple under AddressSanitizer sees LD_PRELOAD, too
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
}

# doctor STATUS ARGUMENT... (0|1: either): the screen, with a line for each verdict in $output: "WORD TOPIC TEXT".
doctor() {
    local expected=$1
    shift
    run --separate-stderr "$crumple" doctor --json "$@"
    local got=$status
    output=$(gojq -r '.verdicts[] | "\(.verdict) \(.topic) \(.text)\(if .advice then " -> " + .advice else "" end)"' <<<"$output")
    [[ "$got" =~ ^($expected)$ ]] || {
        echo "expected status $expected, got $got; $stderr"
        grep -v '^ok' <<<"$output"
        return 1
    }
}

# wait_for WORDS: until that command of the shell succeeds.
wait_for() {
    for _ in $(seq 500); do
        if eval "$1" 2>/dev/null; then return; fi
        sleep 0.02
    done
    fail "never: $1"
}

has() { grep -qE -- "$1" <<<"$output" || { echo "not there: $1"; echo "$output"; return 1; }; }

# bundles_with OBJECT COMMAND...: how many bundles its death leaves.
bundles_with() {
    local object=$real/$1
    shift
    rm -rf "${CRUMPLE_DIR:?}"/*
    (ulimit -c 0 && exec env LD_PRELOAD="$object" "$@" >/dev/null 2>&1) || true
    find "$CRUMPLE_DIR" -name '*.tar.zst' | wc -l
}

bundles_of() {
    bundles_with libcrumple.so "$@"
}

@test "doctor: a dynamic program is reached, and its fault leaves a bundle" {
    doctor 0 "$M/dies"
    has '^ok program dynamic, of glibc'
    has "^ok directory bundles of user $(id -u).* go to $CRUMPLE_DIR/"
    [ "$(bundles_of "$M/dies")" -eq 1 ]
}

@test "doctor: static programs, scripts of nothing and files that are no programs fail, and leave no bundle" {
    local program
    for program in dies-static dies-static-pie broken; do
        doctor 3 "$M/$program"
        has '^fail program'
        [ "$(bundles_of "$M/$program")" -eq 0 ]
    done
    run -3 --separate-stderr "$crumple" doctor "$M/none"
    [ "$stderr" = "crumple: '$M/none' cannot be started: No such file or directory" ]
    run -3 --separate-stderr "$crumple" doctor "$M"
    [ "$stderr" = "crumple: '$M' cannot be started: Permission denied" ]
    bundle "$a"
    chmod +x "$CRUMPLE_DIR/$a.tar.zst"
    doctor 3 "$CRUMPLE_DIR/$a.tar.zst"
    has '^fail program neither an ELF file nor a script'
    doctor 3 "$real/libcrumple.so"
    has '^fail program a shared library'
}

@test "doctor: a program of musl is reached by musl's object, and by that only" {
    command -v musl-gcc >/dev/null || skip "no musl-gcc"
    musl-gcc -o "$M/dies-musl" "$M/dies.c"
    doctor 0 "$M/dies-musl"
    has '^ok program dynamic, of musl'
    has "^ok files $real/(asan/)?musl/libcrumple.so, with crumple-writer"
    [ "$(bundles_with musl/libcrumple.so "$M/dies-musl")" -eq 1 ]
    LD_PRELOAD=$real/libcrumple.so doctor 3 "$M/dies-musl"
    has "^fail files $real/libcrumple.so is for glibc, and the program is of musl: it stays out -> LD_PRELOAD=DIR/musl/"
    [ "$(bundles_with libcrumple.so "$M/dies-musl")" -eq 0 ]
    LD_PRELOAD=$real/musl/libcrumple.so doctor 3 "$M/dies"
    has '^fail files .* is for musl, and the program is of glibc: it stays out -> LD_PRELOAD=DIR/libcrumple.so'
    [ "$(bundles_with musl/libcrumple.so "$M/dies")" -eq 0 ]
}

@test "doctor: setuid and file capabilities fail for those whose rights they raise, and only for those" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    open_setup
    cp "$M/dies" "$opened/dies"
    chown 1234 "$opened/dies"
    chmod 4755 "$opened/dies"
    doctor 3 "$opened/dies"
    has '^fail program setuid'
    [ "$(bundles_of "$opened/dies")" -eq 0 ] || return 1
    cp "$M/dies" "$opened/dies" # it is gone with the rest
    chown 1234 "$opened/dies" && chmod 4755 "$opened/dies"
    doctor '0|1' --user 1234 "$opened/dies"
    has '^ok program'
    cp --remove-destination "$M/dies" "$opened/capable"
    setcap cap_net_bind_service+ep "$opened/capable" || skip "no file capabilities here"
    doctor 3 --user 1234 "$opened/capable"
    has '^fail program with file capabilities'
    doctor 0 "$opened/capable"
}

@test "doctor: a script is its interpreter, and says so" {
    doctor 0 "$M/script"
    has "^note program a script of $M/dies;"
    doctor 0 "$M/words"
    has '^note program a script of /bin/sh, since it has no line with #!'
    [ "$(bundles_of "$M/script")" -eq 1 ]
}

@test "doctor: sanitizers take the faults, and no bundle is left" {
    [ -e "$T/tooled-clang-asan" ] || skip "no clang: 'quick' does without"
    doctor 3 "$T/tooled-clang-asan"
    has '^fail runtime AddressSanitizer'
    doctor 3 "$T/tooled-clang-tsan"
    has '^fail runtime ThreadSanitizer: crumple stays out'
    doctor 3 "$T/tooled-gcc-asan"
    has 'verify_asan_link_order=0'
}

@test "doctor: names, lines and tables are those of the file" {
    doctor 0 "$M/dies-stripped"
    has '^note symbols stripped: only exported functions'
    doctor 0 "$T/victim"
    has '^ok symbols all its functions have names, and lines of source'
    has "build-id $(readelf -n "$T/victim" | sed -n 's/.*Build ID: //p')"
}

@test "doctor: code without unwind tables is measured" {
    {
        for i in $(seq 200); do echo "int f$i(int x) { volatile int y = x; return y * $i + y / 3; }"; done
        echo 'int main(void) { return 0; }'
    } >"$M/many.c"
    gcc -O0 -fno-asynchronous-unwind-tables -o "$M/without" "$M/many.c"
    gcc -O0 -o "$M/with" "$M/many.c"
    doctor 1 "$M/without"
    has '^warn unwinding its unwind tables cover [0-9]%'
    doctor 0 "$M/with"
    has '^ok unwinding'
}

@test "doctor: a rule of CRUMPLE_RECOVER shows the functions that it matches" {
    export CRUMPLE_RECOVER='ma?n=contain,no_such=contain,*=crash'
    doctor 1 "$M/dies"
    has '^ok routines ma\?n=contain: 1 function matches: main'
    has '^warn routines no_such=contain: no function of the program matches'
    has '^ok routines \*=crash: every other thread'
    doctor 0 "$M/dies-stripped"
    has '^note routines ma\?n=contain: no exported function matches, and the file is stripped'
    CRUMPLE_RECOVER='standing::*=contain' doctor 0 /usr/bin/python3 || true
    has 'no thread is contained'
}

@test "doctor: variables are judged by the shim's own words" {
    local line
    export CRUMPLE_TIMEOUT=soon CRUMPLE_DIRR=/x CRUMPLE_PAGER=cat CRUMPLE_STDERR=loud
    doctor 1 "$M/dies"
    while read -r line; do
        has "^warn variables ${line#crumple: }"
    done < <(LD_PRELOAD=$real/libcrumple.so /bin/true 2>&1 | sed 's/[][*.?]/./g')
    has 'CRUMPLE_DIRR: no such variable; ignored -> did you mean CRUMPLE_DIR\?'
    has "CRUMPLE_STDERR='loud': not one of text, json, off; using the default"
    [[ $output != *CRUMPLE_PAGER* ]]
    unset CRUMPLE_TIMEOUT CRUMPLE_DIRR CRUMPLE_PAGER CRUMPLE_STDERR
    CRUMPLE_ONLY=other doctor 3 "$M/dies"
    has "^fail variables CRUMPLE_ONLY='other' leaves 'dies' alone"
    [ "$(CRUMPLE_ONLY=other bundles_of "$M/dies")" -eq 0 ]
    CRUMPLE=0 doctor 3 "$M/dies"
}

@test "doctor: for another user the directory's verdict is what the shim then says" {
    open_setup
    cp "$M/dies" "$real/libcrumple.so" "$real/crumple-writer" "$opened/"
    export CRUMPLE_DIR=$opened/crash
    install -d -m 711 "$CRUMPLE_DIR"
    LD_PRELOAD=$opened/libcrumple.so doctor 1 --user 65534 "$opened/dies"
    has "^warn directory $CRUMPLE_DIR: user 65534 cannot create .* -> .*install -d -m 700 -o 65534 '$CRUMPLE_DIR/65534'"
    run setpriv --reuid=65534 --clear-groups env LD_PRELOAD="$opened/libcrumple.so" /bin/true
    [[ $output == *"install -d -m 700 -o 65534 '$CRUMPLE_DIR/65534'"* ]]
    install -d -m 700 -o 65534 "$CRUMPLE_DIR/65534"
    LD_PRELOAD=$opened/libcrumple.so doctor 0 --user 65534 "$opened/dies"
    has "^ok directory bundles of user 65534"
    run setpriv --reuid=65534 --clear-groups env LD_PRELOAD="$opened/libcrumple.so" /bin/true
    [ -z "$output" ]
}

@test "doctor: a preload that a user cannot read, or by a relative path, fails" {
    open_setup
    mkdir -m 700 "$opened/shut"
    cp "$real/libcrumple.so" "$real/crumple-writer" "$opened/shut/"
    LD_PRELOAD=$opened/shut/libcrumple.so doctor 3 --user 65534 /bin/true
    has "^fail files user 65534 cannot read .* -> chmod o\+x '$opened/shut'"
    LD_PRELOAD=./libcrumple.so doctor 3 /bin/true
    has "^fail files LD_PRELOAD names './libcrumple.so' without an absolute path"
    rm "$opened/shut/crumple-writer"
    LD_PRELOAD=$opened/shut/libcrumple.so doctor 1 /bin/true
    has "^warn files user $(id -u) cannot run .*crumple-writer"
}

@test "doctor: a running process with crumple, and one without" {
    LD_PRELOAD=$real/libcrumple.so sleep 60 &
    local with=$!
    sleep 60 &
    local without=$!
    wait_for "grep -q libcrumple /proc/$with/maps"
    wait_for '[[ $(readlink /proc/$without/exe) == */sleep ]]'
    doctor 0 --pid "$with"
    has "^ok preload $real/libcrumple.so is in it, and takes part"
    doctor 3 --pid "$without"
    has '^fail preload crumple is not in it'
    has '^ok handlers it handles no signal of a fault'
    kill "$with" "$without"
    CRUMPLE=0 LD_PRELOAD=$real/libcrumple.so sleep 60 &
    with=$!
    wait_for "grep -q libcrumple /proc/$with/maps"
    doctor 3 --pid "$with"
    has '^fail preload .* takes no part: CRUMPLE=0'
    kill "$with"
    run -3 --separate-stderr "$crumple" doctor --pid 0
    [ "$stderr" = "crumple: '0' is no number of a process" ]
    run -3 --separate-stderr "$crumple" doctor --pid 999999999
    [ "$stderr" = "crumple: there is no process 999999999" ]
}

@test "doctor: threads of a running process fall under rules" {
    CRUMPLE_RECOVER='serve=restart,conn*=contain' LD_PRELOAD=$real/libcrumple.so "$M/threads" &
    local pid=$!
    wait_for "grep -q timer /proc/$pid/task/*/comm"
    doctor 0 --pid "$pid"
    kill "$pid"
    has "^note routines the first thread 'threads': never contained"
    has "^note routines 2 threads 'conn': contain, by conn\*, unless an earlier rule"
    has "^note routines 1 thread 'timer': no rule matches the name"
    CRUMPLE_RECOVER='serve=restart,conn*=contain' doctor 1 "$M/threads"
    has '^ok routines conn\*=contain: 1 function matches: conn_serve'
}

@test "doctor: a process in another root is judged by that root" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    local root=$BATS_TEST_TMPDIR/root
    mkdir -p "$root/crash" "$root/opt"
    cp "$real/libcrumple.so" "$real/crumple-writer" "$root/opt/"
    gcc -static -o "$root/sleeper" -xc - <<<'#include <unistd.h>
int main(void) { return (int)sleep(60); }'
    env -i CRUMPLE_DIR=/crash "$(command -v chroot)" "$root" /sleeper &
    local pid=$!
    wait_for '[[ $(readlink /proc/$pid/exe) == */sleeper ]]'
    doctor 3 --pid "$pid"
    kill "$pid"
    has '^ok directory bundles of user 0 go to /crash/0'
}

@test "doctor: PID 1 of a namespace is told, and what another user may not see" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    unshare -pf "$M/threads" &
    local parent=$! pid=
    wait_for "grep -q . /proc/$parent/task/$parent/children"
    pid=$(tr -d ' ' <"/proc/$parent/task/$parent/children")
    wait_for "[[ \$(readlink /proc/$pid/exe) == */threads ]]"
    doctor 3 --pid "$pid"
    kill -9 "$pid"
    has '^note init it is PID 1: .* -> crumple-run as the entrypoint'
    open_setup
    cp "$BUILD/crumple" "$opened/"
    run -3 --separate-stderr setpriv --reuid=65534 --clear-groups "$opened/crumple" doctor --pid $$
    [ "$stderr" = "crumple: the program of process $$ cannot be read: Permission denied; try as root" ]
}

@test "doctor: names of files and threads do no harm to a terminal, and are whole in JSON" {
    local evil=$'\e[31mred\xe2\x80\xae'
    cp "$M/dies" "$BATS_TEST_TMPDIR/$evil"
    run -0 "$crumple" doctor "$BATS_TEST_TMPDIR/$evil"
    assert_clean "$output"
    run -0 "$crumple" doctor --json "$BATS_TEST_TMPDIR/$evil"
    assert_clean "$output"
    [ "$(gojq -r .program <<<"$output")" = "$BATS_TEST_TMPDIR/$evil" ]
}

@test "doctor: the screen fits 80 columns, has an arrow before each advice, and colours where they are wanted" {
    run -0 "$crumple" doctor /usr/bin/env
    local line
    for line in "${lines[@]:1}"; do
        [ "${#line}" -le 80 ] || [[ $line != *' '*' '*' '* ]] || [[ $line == *"$CRUMPLE_DIR"* ]] || fail "$line"
        [[ $line =~ ^(ok|note|warn|fail)\ +[a-z]+\ |^\ {14}-\>\ |^\ {17}[^\ ] ]] || fail "$line"
    done
    run -0 "$crumple" doctor --color=always /usr/bin/env
    [[ $output == *$'\e[32mok  \e[0m'* ]]
}

@test "doctor: wrong usage is 2" {
    local arguments
    for arguments in "" "--pid 1 true" "--pid 1 --unit x" "--nope"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr "$crumple" doctor $arguments
        [ -z "$output" ]
        [[ $stderr == "crumple: "* ]]
    done
    run -3 --separate-stderr "$crumple" doctor --user no-such-user true
    [ "$stderr" = "crumple: there is no user 'no-such-user'" ]
    run -3 --separate-stderr "$crumple" doctor --unit no-such-unit
    [ "$stderr" = "crumple: there is no unit file of 'no-such-unit'" ]
}

@test "doctor: cut and changed programs do no harm" {
    local i size
    size=$(stat -c %s "$M/dies")
    for i in $(seq 1 60); do
        cp "$M/dies" "$BATS_TEST_TMPDIR/odd"
        if [ $((i % 2)) -eq 0 ]; then
            truncate -s $((size * i / 61)) "$BATS_TEST_TMPDIR/odd"
        else
            head -c 200 /dev/urandom | dd of="$BATS_TEST_TMPDIR/odd" bs=1 seek=$((64 + size * (i - 1) / 61)) conv=notrunc status=none
        fi
        run "$crumple" doctor "$BATS_TEST_TMPDIR/odd"
        [ "$status" -le 3 ] || fail "$status in round $i"
        assert_clean "$output"
    done
}

# words_of NAME: the texts of that array of unit_calls.c.
words_of() { sed -n "/ $1\[\] = {/,/};/p" "$ROOT/cli/facts/unit_calls.c" | grep -oE '"[^"]+"' | tr -d '"' | sort; }

@test "doctor: the calls and sets that a unit may not refuse are those of the documentation and of systemd" {
    diff <(words_of calls) <(sed -nE 's/^\| `([a-z0-9_]+)` \| [TPHLW ]*[TPHW][TPHLW ]*\|.*/\1/p' "$ROOT/docs/surroundings.md" | sort)
    command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
    local set
    for set in $(systemd-analyze syscall-filter | sed -n 's/^@/@/p'); do
        [[ $set != @known && $set != @system-service ]] || continue
        if systemd-analyze syscall-filter "$set" | sed 's/^ *//' | grep -qxFf <(words_of calls); then
            words_of sets | grep -qxF -- "$set" || fail "$set is not known"
        elif words_of sets | grep -qxF -- "$set"; then
            fail "$set has no call of the capture"
        fi
    done
}

@test "doctor: a unit's own settings are read, in the files where they are" {
    [ -e /usr/lib/systemd/system/redis-server.service ] || skip "no unit of redis"
    grep -q NoExecPaths=/ /usr/lib/systemd/system/redis-server.service || skip "another unit"
    doctor 3 --unit redis-server
    has '^warn unit .* does not preload crumple'
    has '^fail unit NoExecPaths= forbids to load .* -> ExecPaths='
    has '^warn unit /.* is read-only for the service .ProtectSystem=strict.* -> ReadWritePaths='
    has '^warn unit SystemCallFilter=@system-service lacks mincore.* -> SystemCallFilter=mincore'
}

# screen NAME ARGUMENT...: what the doctor prints is the file of tests/cli/screens, without what depends on the machine.
screen() {
    local name=doctor-$1
    shift
    LD_PRELOAD=$place/libcrumple.so "$crumple" doctor "$@" 2>/dev/null | sed -E -e "s|$place|/srv/crumple-XXXXXX.X|g" -e "s/user $(id -u)( \\(root\\))?/user 0 (root)/" \
        -e 's/[0-9a-f]{40}/0123456789abcdef0123456789abcdef01234567/' |
        awk '/^(ok|note|warn|fail) / {is_left_out = $2 ~ /^(seccomp|limits|cgroup|proc|init)$/} !is_left_out' >"$BATS_TEST_TMPDIR/$name"
    [ -z "${UPDATE_SCREENS-}" ] || cp "$BATS_TEST_TMPDIR/$name" "$here/screens/$name"
    diff "$here/screens/$name" "$BATS_TEST_TMPDIR/$name"
}

@test "doctor: screens of a threaded program, of a static one, and of a user without a directory" {
    [ "$(id -u)" -eq 0 ] || skip "the screens are root's"
    opened=$(mktemp -d /tmp/crumple-XXXXXXXX)
    place=$opened
    chmod 755 "$place"
    install -d -m 711 "$place/crash"
    install -d -m 700 "$place/crash/0"
    cp "$M/threads" "$M/dies-static" "$M/dies-stripped" "$real/libcrumple.so" "$real/crumple-writer" "$place/"
    export CRUMPLE_DIR=$place/crash
    CRUMPLE_RECOVER='conn_*=contain,none=restart,*=crash' screen threads "$place/threads"
    screen static "$place/dies-static"
    CRUMPLE_TIMEOT=5s screen user --user 65534 "$place/dies-stripped"
}
