#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple extract: the members of a bundle as files, whatever names a stranger gave them.
# shellcheck disable=SC2030,SC2031,SC2154 # bats' run sets output and stderr
load ../lib

setup() {
    trace_test
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crashes LC_ALL=C.UTF-8
    unset LD_PRELOAD
    crumple=$BUILD/crumple
    mkdir "$CRUMPLE_DIR"
    cd "$BATS_TEST_TMPDIR" || return
}

# a crash, in one bundle
dies() {
    ! LD_PRELOAD=${TEST_BUILD:-$BUILD}/libcrumple.so timeout 30 "$T/victim" null-write 2>/dev/null || fail "it lives"
}

@test "extract: members are files of their owner alone, equal to those that tar finds" {
    dies
    mkdir byhand
    zstd -dqc "$CRUMPLE_DIR"/*/*.tar.zst | tar -xf - -C byhand
    run -0 "$crumple" extract last out
    [ "$(wc -l <<<"$output")" -eq "$(find byhand -type f | wc -l)" ]
    [ "${lines[0]}" = out/report.json ]
    diff -r byhand out
    [ "$(stat -c %a out)" = 700 ]
    [ -z "$(find out -type f ! -perm 600)" ]
    # by default in a directory of the bundle's name, which must be new
    run -0 "$crumple" extract last
    [[ ${lines[0]} == 2*Z-victim-*/report.json && -s ${lines[0]} ]]
    run -3 --separate-stderr "$crumple" extract last
    [[ $stderr == *"exists; name a directory: 'crumple extract BUNDLE DIR'" ]]
    # from a pipe it needs a name
    run -2 --separate-stderr "$crumple" extract - <"$(echo "$CRUMPLE_DIR"/*/*.tar.zst)"
    [[ $stderr == *"'crumple extract - DIR'" ]]
    run -0 "$crumple" extract - piped <"$(echo "$CRUMPLE_DIR"/*/*.tar.zst)"
    diff -r byhand piped
    run -1 "$crumple" extract 1999
}

@test "extract: nothing is written over, and a directory without a member goes" {
    dies
    mkdir out
    echo mine >out/core
    run -3 --separate-stderr "$crumple" extract last out
    [ "$stderr" = "crumple: 'out/core' exists; nothing is written over it" ]
    [ "$(cat out/core)" = mine ]
    rm -r out/*
    ln -s ../target out/core
    run -3 "$crumple" extract last out
    [ ! -e target ]
    echo rubbish >rubbish.tar.zst
    run -3 --separate-stderr "$crumple" extract ./rubbish.tar.zst new
    [[ $stderr == *"it is not a bundle"* && ! -e new ]]
    # of a torn bundle only what is whole
    bundle=$(echo "$CRUMPLE_DIR"/*/*.tar.zst)
    head -c $(($(stat -c %s "$bundle") * 6 / 10)) "$bundle" >torn.tar.zst
    run -3 --separate-stderr "$crumple" extract ./torn.tar.zst torn
    [[ $stderr == *"truncated"* && -s torn/report.json && ! -e torn/core && -z $(find torn -name '*.tmp') ]]
}

@test "extract: names, links and devices of a stranger's archive stay out" {
    mkdir members
    cd members
    echo '{}' >report.json
    echo evil >evil
    ln -s /etc/passwd link
    mkfifo pipe
    for change in 's,evil,../evil,' 's,evil,/tmp/crumple-evil,' 's,evil,.bashrc,' 's,evil,-rf,' $'s,evil,e\x1b[31mvil,' 's,evil,a/b,' \
        's,evil,report.json,' link pipe; do
        case $change in
        s,*) tar --format=ustar -P --transform="flags=r;$change" -cf ../a.tar report.json evil ;;
        *) tar --format=ustar -cf ../a.tar report.json "$change" ;;
        esac
        zstd -qf ../a.tar -o ../a.tar.zst
        run -3 --separate-stderr "$crumple" extract ../a.tar.zst ../out
        [ "$(ls -A ../out)" = report.json ] || fail "$change: $(ls -A ../out)"
        [[ $stderr != *$'\x1b'* && ! -e ../evil && ! -e /tmp/crumple-evil ]]
        rm -r ../out
    done
}
