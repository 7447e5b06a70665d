#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# No process can be started for the writer: the dying process becomes it, and ends with the same wait status all the
# same (row 67). Root may always start processes: a user's, where another user can reach everything.

load helpers
setup() {
    setup_crash
    LIMIT_MS=10000 COPY='' LIMITS=(--core=0:0)
    needs_root
    command -v setpriv prlimit >/dev/null || skip "no setpriv or no prlimit"
    public_copy
    cp "$T/crashing_writer" "$COPY/"
    SHIM=(CRUMPLE_ONLY=victim) BUNDLE_UID=65534
    mkdir -m 711 "$CRASHES"
    install -d -m 700 -o 65534 "$CRASHES/65534"
}
teardown() { teardown_crash; }

# alone VERB...: dies in a process that can start no other
alone() {
    VICTIM=setpriv crash --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=0:0 "${LIMITS[@]}" \
        "$COPY/victim" --main "$@"
}

@test "no process can be started: a bundle, and the same end by each signal [row 67]" {
    local verb
    for verb in null-write:11 divide-by-zero:8 undefined-instruction:4 truncated-mapping:7 breakpoint:5 abort:6 \
        assert:6 tgkill-self:11 sigqueue-abort:6 jump-to-null:11; do
        rm -rf "$CRASHES/65534/"*
        alone "${verb%:*}"
        want "signal of $verb" "${verb#*:}" "$(status_of with signal)"
        want "soft errors" "[]" "$(report -c .soft_errors)"
        expect_said "report: "
    done
}

@test "no process can be started, and the threads are many: all are in the bundle [row 67]" {
    VICTIM=setpriv crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" limited nproc 0 0 core 0 0
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "captured threads" "$(fact tasks)" "$(report '[.threads[] | select(.state == "captured")] | length')"
}

# kept WORDS: the core is, and the words say why; the status is that of a run without crumple.
kept() {
    BUNDLES=0 PENDING=1
    rm -rf "$CRASHES/65534/"*
    alone abort
    want "status" 6 "$(status_of with signal)"
    expect_said "$1"
    BUILD=$ROOT/build
    BUILD=${TEST_BUILD:-$BUILD} collect_pending
    BUNDLES=0 PENDING=1 BUILD=$COPY
}

# musl: it compares what setpriv says, which is of glibc
# bats test_tags=glibc
@test "no process can be started, and the writer dies or hangs: the same end, in time, and the core is kept [row 67]" {
    local kind
    cp "$ROOT/build/inject/crumple-writer" "$COPY/writer"
    SHIM+=(CRUMPLE_WRITER="$COPY/writer" CRUMPLE_TIMEOUT=2s)
    for kind in fault abort sigsys; do
        rm -rf "$CRASHES/65534/"*
        echo "stacks:$kind" >"$CRASHES/65534/crumple-inject"
        chown 65534 "$CRASHES/65534/crumple-inject"
        BUNDLES=0 PENDING=1
        alone abort
        want "signal after $kind" 6 "$(status_of with signal)"
        expect_said "crumple-writer died; the core is kept"
    done
    rm -rf "$CRASHES/65534/"*
    echo "stacks:hang" >"$CRASHES/65534/crumple-inject"
    chown 65534 "$CRASHES/65534/crumple-inject"
    alone abort
    want "signal after a hang" 6 "$(status_of with signal)"
    expect_said "longer than CRUMPLE_TIMEOUT; the core is kept"
    SHIM+=(CRUMPLE_STDERR=json)
    echo "stacks:fault" >"$CRASHES/65534/crumple-inject"
    VICTIM=setpriv run_with --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=0:0 --core=0:0 \
        "$COPY/victim" --main abort
    want "line" "trouble $COPY/victim" "$(gojq -r 'select(.message | startswith("crumple-writer died; the core is kept")) |
        "\(.event) \(.exe)"' "$TMP/with.err")"
}

@test "no process can be started, and the kernel would write a core: it is the server's, not the writer's [row 67]" {
    [[ $(cat /proc/sys/kernel/core_pattern) != [\|@]* ]] || skip "cores go to a program"
    LIMITS=(--core=unlimited:unlimited)
    kept "no process could be started"
}

@test "no process can be started, with a writer of another version, no wish to wait or too little memory: the core is kept [row 67]" {
    SHIM+=(CRUMPLE_WRITER="$COPY/crashing_writer")
    kept "no process could be started"
    SHIM=(CRUMPLE_ONLY=victim CRUMPLE_WAIT=core)
    kept "no process could be started"
    SHIM=(CRUMPLE_ONLY=victim) LIMITS=(--core=0:0 --as=200000000:200000000)
    kept "no process could be started"
}
