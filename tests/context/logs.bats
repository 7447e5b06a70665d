#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The last lines of the files of CRUMPLE_LOGS: which, without what, and what a file cannot do to the report.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
source "$ROOT/tests/crash/helpers.bash"

setup() {
    setup_crash
    HANGING=''
}
teardown() {
    [ -z "$HANGING" ] || {
        umount -l "$TMP/hanging" 2>/dev/null || true
        kill -KILL "$HANGING" 2>/dev/null || true
    }
    teardown_crash
}

# crash_with LOGS: the victim dies, with that list of files
crash_with() {
    SHIM=(CRUMPLE_LOGS="$1")
    run_with null-write
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    [ -n "$BUNDLE" ] || fail "no bundle:" "$(cat "$TMP/with.err")"
    read_report "$BUNDLE"
}

# log INDEX FILTER
log() {
    report ".logs[$1] | $2"
}

@test "the last fifty lines of each file, in its order, and how much is before them" {
    local before
    seq -f 'line %g' 100 >"$TMP/a.log"
    printf 'one\ntwo\r\nwithout an end' >"$TMP/b.log"
    crash_with " $TMP/a.log,,$TMP/b.log "
    want "files" "$(printf '%s\n' "$TMP/a.log" "$TMP/b.log")" "$(report '.logs[].path')"
    want "lines" "$(seq -f 'line %g' 51 100)" "$(log 0 '.lines[]')"
    before=$(seq -f 'line %g' 50 | wc -c)
    want "skipped" "$before" "$(log 0 .skipped)"
    want "short" "$(printf 'one\ntwo\nwithout an end')" "$(log 1 '.lines[]')"
    want "skipped of the short one" 0 "$(log 1 .skipped)"
    want "errors" "$(printf 'null\nnull')" "$(report '.logs[].error')"
    "$BUILD/crumple" show "$BUNDLE" >"$TMP/shown"
    grep -qx "$TMP/a.log, the last lines:" "$TMP/shown"
    grep -qx '  without an end' "$TMP/shown"
    "$BUILD/crumple" show --all "$BUNDLE" | grep -qx '  line 51'
    tar --zstd -xOf "$BUNDLE" report.txt | grep -qx '  line 100'
}

@test "secrets of a log line are in no member of the bundle" {
    cat >"$TMP/a.log" <<'LINES'
login user=alice password=Hush1 from 10.0.0.1
{"level":"info","api_key":"Hush2","n":1}
Authorization: Bearer Hush3Hush3Hush3Hush3
retry with bearer Hush4Hush4Hush4.Hush4
connect redis://admin:Hush5@db.example:6379/0
token: Hush6
LINES
    crash_with "$TMP/a.log"
    want "lines" 6 "$(log 0 '.lines | length')"
    mkdir "$TMP/members"
    tar --zstd -xf "$BUNDLE" -C "$TMP/members"
    ! grep -ro 'Hush[0-9]' "$TMP/members" "$CRASHES" "$TMP/with.err" || fail "a secret is left"
    grep -q 'user=alice password=\[redacted\] from 10.0.0.1' "$TMP/members/report.txt"
}

@test "a line that does not begin in the part that is read is left out: the secret's name may" {
    { printf 'password='; head -c 20000 /dev/zero | tr '\0' S; echo; echo 'the last one'; } >"$TMP/a.log"
    { printf 'password='; head -c 1000000 /dev/zero | tr '\0' S; } >"$TMP/b.log"
    crash_with "$TMP/a.log,$TMP/b.log"
    want "lines" "the last one" "$(log 0 '.lines[]')"
    want "lines of one line" 0 "$(log 1 '.lines | length')"
    want "why" "its last line has more than 16384 bytes" "$(log 1 .error)"
}

@test "what is no regular file is not opened" {
    mkfifo "$TMP/fifo"
    mkdir "$TMP/directory"
    ln -s "$TMP/loop" "$TMP/loop"
    : >"$TMP/empty"
    crash_with "$TMP/fifo,$TMP/directory,/dev/zero,$TMP/absent,$TMP/loop,$TMP/empty,/proc/self/maps"
    want "fifo" "it is no regular file" "$(log 0 .error)"
    want "directory" "it is a directory" "$(log 1 .error)"
    want "device" "it is no regular file" "$(log 2 .error)"
    want "absent" "No such file or directory" "$(log 3 .error)"
    want "loop" "Too many levels of symbolic links" "$(log 4 .error)"
    want "empty" "[] 0 null" "$(log 5 '"\(.lines) \(.skipped) \(.error)"')"
    want "without a size" "[] 0 null" "$(log 6 '"\(.lines) \(.skipped) \(.error)"')"
    "$BUILD/crumple" show "$BUNDLE" | grep -qx "$TMP/fifo: it is no regular file"
}

@test "a file that the server's user may not read" {
    needs_root
    public_copy
    echo secret >"$TMP/root.log"
    chmod 600 "$TMP/root.log"
    echo public >"$COPY/public.log"
    SHIM=(CRUMPLE_LOGS="$TMP/root.log,$COPY/public.log" TMPDIR="$COPY/tmp")
    VICTIM=setpriv
    run_with --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" null-write
    read_report "$(find "$COPY/" -name '*.tar.zst')"
    want "why" "Permission denied" "$(log 0 .error)"
    want "lines" public "$(log 1 '.lines[]')"
}

@test "hostile bytes reach neither a terminal nor a reader of JSON raw" {
    printf 'escape \033[31m \342\200\256 bidi \377\376 \001 nul \000 end\n' >"$TMP/a.log"
    crash_with "$TMP/a.log"
    ! tar --zstd -xOf "$BUNDLE" report.json | LC_ALL=C grep -q $'[\001-\010\033\377]' || fail "raw bytes in report.json"
    "$BUILD/crumple" show "$BUNDLE" | grep -F 'escape' >"$TMP/shown"
    ! LC_ALL=C grep -q $'[\001-\010\033\377]' "$TMP/shown" || fail "raw bytes on a terminal"
    want "lines" 1 "$(log 0 '.lines | length')"
}

@test "a file system that hangs costs its lines and a second, and not the report" {
    needs_root
    [ -c /dev/fuse ] || skip "no /dev/fuse"
    mkdir "$TMP/hanging"
    "$T/hanging_fs" "$TMP/hanging" lookup >"$TMP/served" 2>&1 </dev/null 3>&- &
    HANGING=$!
    line_matches "$TMP/served" . # 'mounted', or why it is not
    grep -q mounted "$TMP/served" || skip "cannot serve a file system here: $(cat "$TMP/served")"
    echo first >"$TMP/a.log"
    echo last >"$TMP/c.log"
    LIMIT_MS=9000
    crash_with "$TMP/a.log,$TMP/hanging/y.log,$TMP/c.log"
    want "before it" first "$(log 0 '.lines[]')"
    want "it" "not read: it took too long" "$(log 1 .error)"
    want "behind it" "not read: it took too long" "$(log 2 .error)"
    want "frames" true "$(report '.threads[0].frames | length > 2')"
}

@test "a wrong list is told at the start, and nothing is read" {
    echo line >"$TMP/a.log"
    for list in a.log "$TMP/a.log,relative" /1,/2,/3,/4,/5,/6,/7,/8,/9; do
        rm -rf "$CRASHES"
        crash_with "$list"
        grep -q "CRUMPLE_LOGS=.*: not a list of at most eight absolute paths" "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
        want "logs" null "$(report .logs)"
    done
}

@test "a pending core that is finished later has no lines, and says so" {
    echo line >"$TMP/a.log"
    SHIM=(CRUMPLE_LOGS="$TMP/a.log" CRUMPLE_WRITER=/nonexistent)
    run_with null-write
    "$BUILD/crumple" collect --force "$CRASHES" >/dev/null 2>&1
    read_report "$(find "$CRASHES/" -name '*.tar.zst')"
    want "why" "not read: the report was made later, or elsewhere" "$(log 0 .error)"
    want "lines" 0 "$(log 0 '.lines | length')"
}

@test "a dump has them, and an end that crumple-run has seen" {
    echo line >"$TMP/a.log"
    CRUMPLE_DIR=$CRASHES CRUMPLE_LOGS=$TMP/a.log timeout 20 "$BUILD/crumple-run" -- sh -c 'exit 7' 2>"$TMP/err" || true
    read_report "$(find "$CRASHES/" -name '*.tar.zst')"
    want "event" died "$(report .event)"
    want "lines" line "$(log 0 '.lines[]')"
    CRUMPLE_DIR=$CRASHES CRUMPLE_LOGS=$TMP/a.log LD_PRELOAD=$BUILD/libcrumple.so "$T/waiting" pause >"$TMP/with.out" 2>&1 </dev/null 3>&- &
    line_within "$TMP/with.out" ready
    BUNDLE=$("$BUILD/crumple" dump --timeout 20 "$!")
    kill -KILL "$!"
    wait "$!" 2>/dev/null || true
    read_report "$BUNDLE"
    want "lines of a dump" line "$(log 0 '.lines[]')"
}
