#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# C code that a Go program called: Go's runtime prints no frame of it, and crumple-run reads its stack while the runtime prints. With
# GOTRACEBACK=crash the core of the shim and the runtime's text are one event. The crowd of goroutines keeps the runtime busy: a
# program with none is sometimes gone before anybody could look.

load ../entrypoint/helpers

CGO=$T/runtimes/cgo

setup_file() {
    make -s -C "$ROOT" -f tests/runtimes/runtimes.mk B="$BUILD" go >&2
}

# run_go STATUS COMMAND...: under crumple-run, with a pipe for both streams, as in a container; what it prints goes to TMP/out
run_go() {
    local expected=$1 statuses
    shift
    unset GOTRACEBACK
    env "${SETTINGS[@]}" "$RUN" "$@" 2>&1 </dev/null | cat >"$TMP/out"
    statuses=("${PIPESTATUS[@]}")
    want "the status of $*" "$expected" "${statuses[0]}"
}

# c_frames: the functions of the C code in the report, innermost first, and where each is
c_frames() {
    "$BUILD/crumple" show --json last |
        gojq -r '.threads[0].frames[] | select(.module and (.file == null)) | (.function | sub("\\..*"; "")) + "@" + (.module | sub(".*/"; ""))'
}

@test "a fault in C: its frames, from the innermost on" {
    run_go 2 -- "$CGO" c-deep
    want "the events" died "$(events -r .event)"
    want "the C frames" "c_deepest@cgo c_deepest@cgo c_deepest@cgo c_deep@cgo" "$(c_frames | head -n 4 | paste -sd' ')"
    want "the title" "Go SIGSEGV at address 0x0 in c_deepest (cgo)" "$(events -r .title)"
    ! grep -q 'runtime.asmcgocall\|_start' <<<"$(c_frames)" || fail "it goes on into Go's stack:" "$(c_frames)"
}

@test "a fault that Go's handler tells itself, as all since Go 1.20: the frames from the signal frame on" {
    local tries
    for ((tries = 0; tries < 4; tries++)); do # on a busy machine the program may be gone before anybody looked
        run_go 2 -- "$CGO" c-trap
        [ -z "$(c_frames)" ] || break
    done
    want "the C frames" c_trap@cgo "$(c_frames | paste -sd' ')"
    want "the title" "Go SIGILL in c_trap (cgo)" "$(events -r .title | tail -n 1)"
}

@test "abort() in C: its frames, also those of libc" {
    run_go 2 -- "$CGO" c-abort-crowd
    want "the events" died "$(events -r .event)"
    want "the title" "Go SIGABRT in c_abort (cgo)" "$(events -r .title)"
    grep -qx 'abort@libc.so.6' <<<"$(c_frames)" || fail "no abort:" "$(c_frames)"
    grep -qx 'c_abort@cgo' <<<"$(c_frames)" || fail "no c_abort:" "$(c_frames)"
}

@test "gdb reads the core that crumple-run writes: the same address, and a local variable of C" {
    local core pc
    SETTINGS=(CRUMPLE_WRITER=/nonexistent)
    run_go 2 -- "$CGO" c-deep
    core=$(echo "$CRASHES"/0/*-cgo-*.core)
    pc=$(grep -ao ' pc=0x[0-9a-f]*' "$TMP/out" | head -n 1)
    gdb -nx -batch -ex 'p/x $rip' -ex bt -ex 'frame 1' -ex 'p mark' "$CGO" "$core" >"$TMP/gdb" 2>"$TMP/gdb.err"
    want "the address" "\$1 = ${pc# pc=}" "$(grep -m1 '^\$1' "$TMP/gdb")"
    grep -q '#3 .*c_deep ' "$TMP/gdb" || fail "gdb's stack:" "$(cat "$TMP/gdb")"
    want "the variable" '$2 = 4712' "$(grep '^\$2' "$TMP/gdb")"
}

@test "behind a shell that waits" {
    run_go 2 --go-traceback all -- /bin/sh -c "'$CGO' c-deep; exit \$?"
    want "the C frames" c_deepest@cgo "$(c_frames | head -n 1)"
}

# as_user: another user than root, who may read any process
as_user() {
    [ "$(id -u)" = 0 ] || return 0
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
    install -d -o 1000 -g 1000 "$CRASHES"
    SETTINGS=(setpriv --reuid=1000 --regid=1000 --clear-groups)
}

@test "a process that asked not to be dumped: Go's text alone, and its status" {
    as_user
    run_go 2 -- "$CGO" c-deep-undumpable
    want "the events" died "$(events -r .event)"
    want "the C frames" "" "$(c_frames)"
    want "the title" "Go SIGSEGV at address 0x0 in main._Cfunc_c_deep (_cgo_gotypes.go:" "$(events -r .title | sed 's/[0-9]*)$//')"
}

@test "memory that nobody may read: the place of the fault by maps that are some seconds old" {
    as_user
    run_go 2 -- "$CGO" c-deep-undumpable later
    want "the C frames" c_deepest@cgo "$(c_frames)"
    want "the title" "Go SIGSEGV at address 0x0 in c_deepest (cgo)" "$(events -r .title)"
}

@test "GOTRACEBACK=crash: one event, with all threads and SIGABRT, and the title and group that it has otherwise" {
    local how words
    for how in go-panic c-deep c-abort-crowd; do
        rm -rf "$CRASHES"
        SETTINGS=()
        run_go 2 -- "$CGO" "$how"
        words=$(events -r '.title, .signature')
        rm -rf "$CRASHES"
        SETTINGS=(GOTRACEBACK=crash)
        run_go 134 -- "$CGO" "$how"
        want "title and group" "$words" "$(events -r '.title, .signature')"
        want "the events" crash "$(events -r .event)"
        want "the signal" SIGABRT "$("$BUILD/crumple" show --json last | gojq -r .signal.name)"
        want "the files" 1 "$(find "$CRASHES/0" -name '*Z-cgo-*' | wc -l)"
        want "the threads" true "$("$BUILD/crumple" show --json last | gojq '.threads | length > 2')"
        want "the bundle's core has what Go printed" 1 \
            "$(tar --zstd -xOf "$CRASHES"/0/*.tar.zst core | grep -ac '^goroutine 1 \[')"
    done
}

@test "GOTRACEBACK=crash behind a shell: what it becomes leaves its core to crumple-run, what it starts does not" {
    SETTINGS=(GOTRACEBACK=crash)
    run_go 134 --go-traceback all -- /bin/sh -c "true && exec '$CGO' go-panic"
    want "the events" "crash Go panic: on purpose in main.main (cgo.go:" \
        "$(events -r '.event + " " + .title' | sed 's/[0-9]*)$//')"
    rm -rf "$CRASHES"
    run_go 134 --go-traceback all -- /bin/sh -c "'$CGO' go-panic; exit \$?"
    want "the events" "crash Go panic in main.main" "$(events -r '.event + " " + .title')"
    want "the cores" 0 "$(find "$CRASHES" -name '*.core' | wc -l)"
}

@test "GOTRACEBACK=crash: a core that nobody finishes is finished by collect" {
    SETTINGS=(GOTRACEBACK=crash CRUMPLE_WRITER=/nonexistent)
    run_go 134 -- "$CGO" go-panic
    want "the cores" 1 "$(find "$CRASHES" -name '*.core' | wc -l)"
    "$BUILD/crumple" collect --force >"$TMP/collect" 2>&1
    want "the events" crash "$(events -r .event)"
    want "the cores" 0 "$(find "$CRASHES" -name '*.core' | wc -l)"
}

@test "labels of the goroutine that ended the process are its tags; what they hold is only shown" {
    printf '%s\n' 'panic: on purpose' '' 'goroutine 7 [running] {mid: "4f2c", note: "a\x1b[31mb", password: "hunter2"}:' \
        'main.f()' $'\t/src/a.go:3 +0x1d' '' 'goroutine 8 [chan receive] {mid: "other"}:' 'main.g()' $'\t/src/a.go:4 +0x1d' \
        >"$TMP/dump"
    run_go 2 --go-traceback all -- /bin/sh -c "cat '$TMP/dump' >&2; exit 2"
    want "the tags" '{"match_id":"4f2c","note":"a\u001b[31mb"}' "$(events -c .tags | sed $'s/\x1b/\\\\u001b/')"
    "$BUILD/crumple" show last >"$TMP/shown"
    grep -qx '  tags *match_id=4f2c note=a\\x1b\[31mb' "$TMP/shown" || fail "shown:" "$(cat "$TMP/shown")"
    ! grep -q hunter2 "$TMP/shown" || fail "a secret is shown"
}

@test "os.Exit: the status, the last line, and that its caller is not seen" {
    run_go 3 -- "$CGO" exit
    want "the title" "cgo ended with status 3" "$(events -r .title)"
    "$BUILD/crumple" show last | grep -q 'who called os.Exit or log.Fatal is not seen' || fail "$("$BUILD/crumple" show last)"
}

@test "a server that prints such lines and lives is held for a moment only" {
    local told='SIGSEGV: segmentation violation\nPC=0x4a37d6 m=0 sigcode=1\n'
    SECONDS=0
    run_go 0 --go-traceback all -- bash -c "for i in {1..40}; do printf '$told'; sleep 0.05; done; echo lived"
    [ "$SECONDS" -lt 10 ] || fail "it took $SECONDS s"
    want "the lines" 40 "$(grep -c '^PC=0x4a37d6 m=0 sigcode=1$' "$TMP/out")"
    want "the last line" lived "$(tail -n 1 "$TMP/out")"
    want "the events" "" "$(events -r .event)"
}

@test "crumple-run that does not answer: the guard lets the server go on" {
    local run i
    "$RUN" --go-traceback all -- bash -c "while [ ! -e '$TMP/go' ]; do sleep 0.02; done
        printf 'SIGSEGV: segmentation violation\nPC=0x4a37d6 m=0 sigcode=1\n'; sleep 0.1; echo lived" \
        > >(cat >"$TMP/out") 2>&1 </dev/null 3>&- &
    run=$!
    for ((i = 0; i < 200; i++)); do
        [ -z "$(server_of "$run")" ] || break
        sleep 0.02
    done
    kill -STOP "$run"
    touch "$TMP/go"
    line_within "$TMP/out" lived
    kill -CONT "$run"
    wait "$run"
}
