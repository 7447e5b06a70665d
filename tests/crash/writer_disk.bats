#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The disk under the writer (rows 56, 57): whatever fails, there is the whole bundle or the core and a message, never
# half a bundle, and no temporary file. What cannot be had from the machine is injected into system calls by strace.

load helpers
setup() {
    setup_crash
    HOME_DIR=$CRASHES/$(id -u)
    MOUNTED=''
}

teardown() {
    teardown_crash
    [ -z "$MOUNTED" ] || umount -l "$MOUNTED"
}

# Leaves one pending core in HOME_DIR, and its size in CORE_BYTES. make_core VERB...
make_core() {
    SHIM=(CRUMPLE_WRITER="$T/crashing_writer")
    run_without "$@"
    run_with "$@"
    SHIM=()
    CORE=$(find "$HOME_DIR" -name '*.core')
    [ -n "$CORE" ] || fail "no core"
    CORE_BYTES=$(stat -c %s "$CORE")
    ID=$(basename "$CORE" .core)
}

# one_outcome: the bundle or the core, nothing half, nothing temporary.
one_outcome() {
    want "bundles ($*)" "$BUNDLES" "$(count_files '*.tar.zst')"
    want "pending cores ($*)" "$PENDING" "$(count_files '*.core')"
    want "temporary files ($*)" '' "$(find "$CRASHES/" -name '*.tmp' -printf '%f ')"
    [ "$BUNDLES" = 0 ] || valid_bundle
}

collect() {
    "$BUILD/crumple" collect --force "$CRASHES" >"$TMP/collect.out" 2>"$TMP/collect.err"
}

# writer_with CALL:ERROR:WHEN WORDS...: one run of the writer in which a system call fails. Leaves its status in
# 'status' and its words in writer.err.
writer_with() {
    local call=${1%%:*} rest=${1#*:} only=()
    # Its words to stderr are not meant.
    [ "$call" != write ] || only=(-P "$HOME_DIR/.$ID.tar.zst.tmp")
    strace -f -qq -o /dev/null "${only[@]}" -e trace="$call" -e inject="$call:error=${rest%%:*}:when=${rest#*:}" \
        "$BUILD/crumple-writer" --stderr=off "$CORE" >writer.out 2>writer.err
}

@test "each failing system call of the writer: the core stays, with a message [row 56]" {
    local trouble
    make_core parked 20
    strace -f -qq -o /dev/null true || skip "strace cannot trace here"
    BUNDLES=0 PENDING=1
    for trouble in write:ENOSPC:1+ write:EDQUOT:2+ write:EIO:3+ write:ENOSPC:3 fsync:EIO:1 fsync:EDQUOT:1 \
        renameat2:EIO:1 renameat2:ENOSPC:1 renameat2:EROFS:1 openat:EMFILE:4+ openat:ENFILE:5+ openat:EROFS:6+; do
        run writer_with "$trouble"
        # Where the failing call is not one that the bundle needs, it is there, and whole.
        if [ "$status" = 0 ]; then
            fail "$trouble: the writer has not noticed"
        fi
        want "exit status with $trouble" 4 "$status"
        one_outcome "$trouble"
        grep -q 'crumple: .*\.core' writer.err || fail "$trouble: no message: $(cat writer.err)"
    done
    collect || fail "$(cat collect.err)"
    BUNDLES=1 PENDING=0
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    one_outcome afterwards
}

@test "a file system without RENAME_NOREPLACE, or without hard links, gets its bundle [row 56]" {
    local trouble
    strace -f -qq -o /dev/null true || skip "strace cannot trace here"
    for trouble in 'renameat2:error=EINVAL' 'renameat2:error=EINVAL -e inject=linkat:error=EPERM'; do
        rm -rf "$CRASHES"
        make_core null-write
        # shellcheck disable=SC2086 # words
        strace -f -qq -o /dev/null -e inject=$trouble "$BUILD/crumple-writer" --stderr=off "$CORE" 2>writer.err ||
            fail "$trouble: $(cat writer.err)"
        BUNDLES=1 PENDING=0
        BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
        one_outcome "$trouble"
    done
}

@test "what fails after the bundle has come is healed by collect: one bundle, one line [row 56]" {
    local trouble
    strace -f -qq -o /dev/null true || skip "strace cannot trace here"
    for trouble in fsync:EIO:2 unlinkat:EIO:1 unlinkat:EROFS:1; do
        rm -rf "$CRASHES"
        make_core null-write
        run writer_with "$trouble"
        BUNDLES=1 PENDING=1
        BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
        one_outcome "$trouble"
        collect || fail "$trouble: $(cat collect.err)"
        PENDING=0
        one_outcome "$trouble, collected"
        want "lines in the index ($trouble)" 1 "$(wc -l <"$HOME_DIR/crashes.ndjson")"
    done
}

@test "no room for the bundle: the core stays, and with room it is finished [row 56]" {
    local bundle_bytes
    [ "$(id -u)" = 0 ] || skip "mounting a small file system needs root"
    make_core parked 100
    # Room for the core and half of its bundle, whose size depends on the environment.
    mkdir "$TMP/elsewhere" "$TMP/small"
    cp "$CORE" "$TMP/elsewhere/"
    "$BUILD/crumple-writer" --stderr=off "$TMP/elsewhere/$ID.core"
    bundle_bytes=$(stat -c %s "$TMP/elsewhere/$ID.tar.zst")
    mount -t tmpfs -o size=$(((CORE_BYTES + bundle_bytes / 2) / 1024))k,mode=755 none "$TMP/small" || skip "cannot mount a tmpfs here"
    MOUNTED=$TMP/small CRASHES=$TMP/small HOME_DIR=$TMP/small/$(id -u)
    mkdir -m 700 "$HOME_DIR"
    cp "$CORE" "$HOME_DIR/"
    CORE=$HOME_DIR/$ID.core BUNDLES=0 PENDING=1
    run "$BUILD/crumple-writer" --stderr=off "$CORE"
    want "exit status" 4 "$status"
    [[ $output == *"No space left on device"*"finish it with 'crumple collect'"* ]] || fail "$output"
    one_outcome
    mount -o remount,size=64m "$TMP/small"
    collect || fail "$(cat collect.err)"
    BUNDLES=1 PENDING=0 BUNDLE=$HOME_DIR/$ID.tar.zst
    one_outcome
}

@test "RLIMIT_FSIZE below the bundle's size: the core stays, and no SIGXFSZ [row 56]" {
    make_core parked 100
    BUNDLES=0 PENDING=1
    run prlimit --fsize=4096:4096 "$BUILD/crumple-writer" --stderr=off "$CORE"
    want "exit status" 4 "$status"
    [[ $output == *"File too large"* ]] || fail "$output"
    one_outcome
    collect || fail "$(cat collect.err)"
    BUNDLES=1 PENDING=0 BUNDLE=$HOME_DIR/$ID.tar.zst
    one_outcome
}

# while_it_hangs STAGE COMMAND...: a death whose first writer hangs in the stage, and meanwhile the command.
while_it_hangs() {
    local stage=$1 waited
    shift
    SHIM=(CRUMPLE_WRITER="$BUILD/inject/crumple-writer" CRUMPLE_TIMEOUT=4s)
    mkdir -p "$CRASHES"
    [ -d "$HOME_DIR" ] || mkdir -m 700 "$HOME_DIR"
    echo "$stage:hang" >"$HOME_DIR/crumple-inject"
    run_without null-write
    run_with null-write &
    for waited in {1..300}; do
        [ "$(count_files '*.core')" = 0 ] || break
        sleep 0.01
    done
    sleep 0.3
    "$@" || fail "$*"
    wait $!
    want "status" 11 "$(status_of with signal)"
    want "processes left behind" '' "$(status_of with left)"
}

@test "the crash directory is removed under the writer: the death is the original one [row 56]" {
    while_it_hangs names rm -rf "$CRASHES"
    expect_said 'cannot be opened'
    [ ! -e "$CRASHES" ]
}

@test "the file system becomes read-only under the writer: the core stays [row 56]" {
    [ "$(id -u)" = 0 ] || skip "mounting needs root"
    mkdir "$CRASHES"
    mount -t tmpfs -o size=16m,mode=755 none "$CRASHES" || skip "cannot mount a tmpfs here"
    MOUNTED=$CRASHES
    while_it_hangs names mount -o remount,ro "$CRASHES"
    expect_said "Read-only file system"
    BUNDLES=0 PENDING=1
    one_outcome
    mount -o remount,rw "$CRASHES"
    collect || fail "$(cat collect.err)"
    BUNDLES=1 PENDING=0
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    one_outcome
}

@test "a bundle is never replaced by one of the same name, nor made twice [row 57]" {
    make_core null-write
    cp "$CORE" spare
    collect || fail "$(cat collect.err)"
    # the same core again, as after a writer that was killed before it could remove it
    cp spare "$CORE"
    cp "$HOME_DIR/$ID.tar.zst" first
    collect || fail "$(cat collect.err)"
    BUNDLES=1 PENDING=0 BUNDLE=$HOME_DIR/$ID.tar.zst
    one_outcome
    cmp first "$BUNDLE"
    want "lines in the index" 1 "$(wc -l <"$HOME_DIR/crashes.ndjson")"
    # another crash that has this name: its core differs
    rm -f "$HOME_DIR/crashes.ndjson"
    make_core parked 3
    mv "$CORE" "$HOME_DIR/other.core"
    mv "$HOME_DIR/other.core" "$(dirname "$BUNDLE")/$(basename "$BUNDLE" .tar.zst).core"
    collect || fail "$(cat collect.err)"
    want "bundles" 2 "$(count_files '*.tar.zst')"
    cmp first "$BUNDLE"
    zstd -q -t "${BUNDLE%.tar.zst}.1.tar.zst"
    # a damaged bundle of this name is not taken for the finished one
    rm -f "$HOME_DIR"/2*
    cp spare "$HOME_DIR/$(basename "$BUNDLE" .tar.zst).core"
    head -c $(($(stat -c %s first) - 7)) first >"$BUNDLE"
    collect || fail "$(cat collect.err)"
    zstd -q -t "${BUNDLE%.tar.zst}.1.tar.zst"
}

@test "cores of one time and one pid do not overwrite each other [row 57]" {
    local try
    strace -f -qq -o /dev/null true || skip "strace cannot trace here"
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespaces here"
    mkdir -p "$CRASHES"
    # The clock stands still at 2026-01-01: every system call that asks for it is answered by strace.
    for try in 1 2 3; do
        unshare -pf --mount-proc strace -f -qq -o /dev/null -e trace=clock_gettime \
            -e inject=clock_gettime:poke_exit=@arg2=80bd556900000000e803000000000000 \
            env CRUMPLE_DIR="$CRASHES" CRUMPLE_WRITER="$T/crashing_writer" CRUMPLE_STDERR=off CRUMPLE_TIMEOUT=20s \
            LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$VICTIM" null-write >"out$try" 2>&1 || true
    done
    find "$CRASHES" -name '*.core' -printf '%f\n' | sort
    want "cores" 3 "$(count_files '*.core')"
    want "pids" 1 "$(sed -n 's/^pid=//p' out1 out2 out3 | sort -u | wc -l)"
    want "microseconds" "000001 000002 000003" \
        "$(find "$CRASHES" -name '*.core' -printf '%f\n' | sed -E 's/.*\.([0-9]{6})Z.*/\1/' | sort | xargs)"
    collect || fail "$(cat collect.err)"
    want "bundles" 3 "$(count_files '*.tar.zst')"
}

@test "files of the future and a clock that was set back: limits are kept, nothing is lost [row 57]" {
    local i
    make_core null-write
    for i in 1 2 3 4 5; do
        cp "$CORE" "$HOME_DIR/2099010${i}T000000.000000Z-victim-9.core"
        "$BUILD/crumple-writer" --stderr=off "$HOME_DIR/2099010${i}T000000.000000Z-victim-9.core"
        touch -d '2099-01-01' "$HOME_DIR/2099010${i}T000000.000000Z-victim-9.tar.zst"
    done
    # The oldest go by their names; the one just written stays although all others are of the future.
    "$BUILD/crumple-writer" --stderr=off --keep=count=3 "$CORE"
    want "bundles" 3 "$(count_files '*.tar.zst')"
    [ -e "$HOME_DIR/$ID.tar.zst" ]
    "$BUILD/crumple" list --table "$CRASHES" >list.out || fail "$(cat list.out)"
    want "listed" 3 "$("$BUILD/crumple" list --table --no-legend "$CRASHES" | wc -l)"
}
