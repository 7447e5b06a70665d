#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a reader of a stranger's bytes can still do, with Landlock and without, and that the readers go there.
# shellcheck disable=SC2030,SC2031 # bats' run sets output
load ../lib

setup() {
    trace_test
    crumple=$BUILD/crumple
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crash LC_ALL=C.UTF-8
    mkdir -p "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/folder"
}

# The kernel of Debian 12 has it.
need_landlock() {
    [ "$("$BUILD/tests/sandboxed" "$BATS_TEST_TMPDIR/folder" read </dev/null | head -n 1)" = "layers 3" ] ||
        skip "this kernel has no Landlock"
}

# try [no_landlock] KIND WANT...: 'NAME yes' lines must be these, all others no
try() {
    local first=() kind
    if [ "$1" = no_landlock ]; then
        first=("$BUILD/tests/no_landlock")
        shift
    fi
    kind=$1
    shift
    touch "$BATS_TEST_TMPDIR/outside" "$BATS_TEST_TMPDIR/folder/inside"
    run -0 "${first[@]}" "$BUILD/tests/sandboxed" "$BATS_TEST_TMPDIR/folder" "$kind" </dev/null
    diff <(printf '%s\n' "$@" | sort) <(printf '%s\n' "$output" | sed -n 's/ yes$//p' | sort)
}

@test "with Landlock: reading one folder, and nothing else" {
    need_landlock
    try read fork list-inside read-inside
}

@test "with Landlock: writing one folder, and nothing else" {
    need_landlock
    try write fork list-inside read-inside remove-inside rename-inside write-inside
}

@test "with Landlock: executables and libraries may be read, /etc may not" {
    need_landlock
    try modules fork list-inside read-inside read-library read-outside
}

@test "without Landlock: whoever reads changes nothing, starts nothing, tells nobody" {
    try no_landlock read fork list-inside read-inside read-library read-outside read-passwd
    [[ $output == "layers 2"* ]]
}

@test "without Landlock: whoever writes starts nothing and tells nobody" {
    try no_landlock write fork list-inside read-inside read-library read-outside read-passwd remove-inside \
        remove-outside rename-inside write-inside write-outside
}

# entered COMMAND...: the processes that enter both layers, and how many (ENTERS)
entered() {
    strace -f -qq -e trace=landlock_restrict_self,prctl,execve -o "$BATS_TEST_TMPDIR/calls" "$@" >/dev/null 2>&1 || true
    [ "$(grep -c 'landlock_restrict_self(.*= 0' "$BATS_TEST_TMPDIR/calls")" -eq "${ENTERS-1}" ]
    [ "$(grep -c 'PR_SET_SECCOMP.*= 0' "$BATS_TEST_TMPDIR/calls")" -eq "${ENTERS-1}" ]
}

@test "list, group, show and collect's writer parse in the sandbox; gdb runs outside" {
    need_landlock
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 20260102T030405.000001Z-alpha-101
    entered "$crumple" list --table
    entered "$crumple" group --table
    entered timeout -s INT 0.5 "$crumple" list --follow
    entered "$crumple" show last
    ENTERS=2 entered "$crumple" show 'SIGSEGV | parse_header'
    ENTERS=2 entered "$crumple" show last --event crash
    entered "$crumple" show --json last
    entered "$crumple" show --core "$BATS_TEST_TMPDIR/core" last
    entered "$crumple" export --html "$BATS_TEST_TMPDIR/page.html"
    entered "$crumple" scrub -o "$BATS_TEST_TMPDIR/scrubbed.tar.zst" last
    echo "no core" >"$CRUMPLE_DIR/20260102T030405.000001Z-beta-102.core"
    entered "$crumple" collect --force
    entered "$crumple" show --gdb --exe /bin/sh last -- -batch
    local gdb
    gdb=$(sed -n 's/^\([0-9]*\) .*execve(.*gdb".*= 0$/\1/p' "$BATS_TEST_TMPDIR/calls" | head -n 1)
    [ -n "$gdb" ]
    run ! grep "^$gdb .*PR_SET_SECCOMP" "$BATS_TEST_TMPDIR/calls"
}

@test "export, show --core, scrub: who reads bundles can write nothing but the open file, which its parent names" {
    run -139 env CRUMPLE_STDERR=off LD_PRELOAD="$BUILD/libcrumple.so" "$T/victim" null-write
    local calls=$BATS_TEST_TMPDIR/calls result parent
    cd "$BATS_TEST_TMPDIR"
    for result in "export --html" "scrub last -o" "show last --core"; do
        # shellcheck disable=SC2086 # words
        strace -f -qq -s 500 -e trace=openat,rename,renameat2,prctl -o "$calls" "$crumple" $result result >/dev/null
        parent=$(sed -n '1s/ .*//p' "$calls")
        grep -q "^$parent  *rename.*result[.].*result\".* = 0" "$calls" || fail "$(cat "$calls")"
        ! grep -q "^$parent .*PR_SET_SECCOMP" "$calls"
        # after it is in the sandbox, nobody opens anything for writing
        ! sed '0,/PR_SET_SECCOMP/d' "$calls" | grep -v "^$parent " | grep 'O_WRONLY\|O_RDWR\|O_CREAT\|rename' || return 1
        rm result
    done
}

# finish [no_landlock]: a real core, finished by collect, has everything
finish() {
    cat >"$BATS_TEST_TMPDIR/victim.cc" <<'EOF'
#include <stdexcept>
int main() { throw std::runtime_error("the cause"); }
EOF
    g++ -g -o "$BATS_TEST_TMPDIR/victim" "$BATS_TEST_TMPDIR/victim.cc"
    run -134 env CRUMPLE_WRITER=/bin/false LD_PRELOAD="$BUILD/libcrumple.so" "$BATS_TEST_TMPDIR/victim"
    run -0 --separate-stderr "$@" "$crumple" collect --force
    [ -z "$stderr" ]
    run -0 --separate-stderr "$@" "$crumple" show last
    [ -z "$stderr" ]
    [[ $output == *"uncaught exception std::runtime_error(\"the cause\") in main"* ]]
    [[ $output == *"main+"*"victim.cc:2"* ]]
    run -0 "$@" "$crumple" show --json last
    gojq -e '.soft_errors == []' <<<"$output"
    grep -q '"event":"crash"' "$CRUMPLE_DIR"/*/crashes.ndjson
    grep -q '^crumple_crashes_total.* 1$' "$CRUMPLE_DIR"/*/crumple.prom
}

@test "collect in the sandbox: nothing of a report is lost" {
    need_landlock
    finish
}

@test "collect without Landlock: nothing of a report is lost" {
    finish "$BUILD/tests/no_landlock"
}
