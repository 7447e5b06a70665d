#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults, hangs and ends in each stage of the writer (rows 55, 76): the death is the original one, in time, and the
# bundle holds what the other stages gave; its soft_errors name the stage and why. The writer is one with troubles on
# demand (writer/base/inject.h).

load helpers
setup() {
    setup_crash
    MEMORY=''
    make_home
    SHIM=(CRUMPLE_WRITER="$BUILD/inject/crumple-writer")
    NEEDED=(notes file) LATER=(index after) # cannot be left out; come when the bundle is there
}
teardown() {
    teardown_crash
    [ -z "$MEMORY" ] || rm -rf "$MEMORY"
}

make_home() {
    HOME_DIR=$CRASHES/$(id -u)
    mkdir -p "$CRASHES"
    mkdir -m 700 "$HOME_DIR"
}

# The crash directory is in memory, where there is such a place. The stages behind one that hangs have little time, and a disk
# that other tests write to may need more for a sync(2).
in_memory() {
    MEMORY=$(mktemp -d -p /dev/shm) || return 0
    CRASHES=$MEMORY/crashes
    make_home
}

stages() {
    "$BUILD/crumple-writer" --stages | awk '{print $1}'
}

is_one_of() {
    local word=$1
    shift
    [[ " $* " == *" $word "* ]]
}

# trouble LINE...: STAGE:KIND
trouble() {
    printf '%s\n' "$@" >"$HOME_DIR/crumple-inject"
}

# die VERB...: once more, from an empty directory. 'without' was run before.
die() {
    rm -f "$HOME_DIR"/2*
    rm -f "$HOME_DIR/crashes.ndjson" "$HOME_DIR/crumple.prom"
    run_with "$@"
    for key in signal core exit; do
        want "wait status ($key) with $(cat "$HOME_DIR/crumple-inject")" "$(status_of without $key)" \
            "$(status_of with $key)"
    done
    want "temporary files" 0 "$(count_files '*.tmp')"
    want "processes left behind" '' "$(status_of with left)"
}

members_of() {
    tar --zstd -tf "$BUNDLE" | tr '\n' ' '
}

# bundle_lacks STAGE...: one bundle, valid, with the members that these stages leave, and it says so.
bundle_lacks() {
    local stage members='report.json report.txt core maps status limits '
    want "bundles with $*" 1 "$(count_files '*.tar.zst')"
    want "pending cores with $*" 0 "$(count_files '*.core')"
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    zstd -q -t "$BUNDLE"
    for stage; do
        [ "$stage" != text ] || members=${members/report.txt /}
        [ "$stage" != members ] || members=${members/maps status limits /}
    done
    [[ $(members_of) == "$members"* ]] || fail "$*: members: $(members_of)"
    read_report "$BUNDLE"
    gojq -e '.format == 1 and .event == "crash" and (.title | length) > 0 and (.signature | length) > 0' "$REPORT" \
        >/dev/null || fail "$*: $(head -c 300 "$REPORT")"
    want "id" "$(basename "$BUNDLE" .tar.zst)" "$(report .id)"
    want "crashed_tid with $*" "$(fact tid)" "$(report .crashed_tid)"
    want "threads with $*" "$(fact tasks)" "$(report '.threads | length')"
    want "signal with $*" "11 SIGSEGV" "$(report '.signal | "\(.number) \(.name)"')"
    want "stages in soft_errors" "$*" "$(report '.soft_errors | map(split(":")[0]) | join(" ")')"
    "$BUILD/crumple" show "$BUNDLE" >show.out 2>show.err || fail "crumple show with $*: $(cat show.err)"
    [ -z "$*" ] || grep -qi "crumple-writer\|out of memory" show.out || fail "show does not tell: $(cat show.out)"
}

# expect_why WORDS
expect_why() {
    [[ $(report '.soft_errors | join("\n")') == *"$1"* ]] || fail "soft_errors lack '$1': $(report .soft_errors)"
}

# each_stage KIND WORDS: one death for every stage that is not needed
each_stage() {
    local stage
    run_without null-write
    for stage in $(stages); do
        is_one_of "$stage" "${NEEDED[@]}" verdict && continue # a crash asks for no verdict
        trouble "$stage:$1"
        die null-write
        if is_one_of "$stage" "${LATER[@]}"; then
            bundle_lacks
        else
            bundle_lacks "$stage"
            expect_why "$2"
        fi
        [ "$stage" = index ] || want "lines in the index ($stage)" 1 "$(wc -l <"$HOME_DIR/crashes.ndjson")"
    done
}

@test "the stages are listed once, and each says what a bundle lacks" {
    want "duplicates" '' "$(stages | sort | uniq -d)"
    [ "$(stages | wc -l)" -gt 15 ]
    want "without words" '' "$("$BUILD/crumple-writer" --stages | awk 'NF < 3')"
    want "needed" "${NEEDED[*]}" "$("$BUILD/crumple-writer" --stages | awk '/cannot be left out/ {print $1}' | xargs)"
}

@test "the shipped writer knows of no injected troubles" {
    grep -qa 'crumple-inject' "$BUILD/inject/crumple-writer"
    ! grep -qa 'crumple-inject' "$BUILD/crumple-writer"
}

@test "a fault in each stage of the writer: a bundle without that stage [row 55]" {
    each_stage fault 'crumple-writer was killed by SIGSEGV there'
}

@test "an abort in each stage of the writer: a bundle without that stage [row 55]" {
    each_stage abort 'crumple-writer was killed by SIGABRT there'
}

@test "an exit in each stage of the writer is not taken for success [row 55]" {
    each_stage exit 'crumple-writer exited there'
}

@test "SIGSYS in a stage of the writer: a bundle without that stage [row 60]" {
    run_without null-write
    trouble modules:sigsys
    die null-write
    bundle_lacks modules
    expect_why 'SIGSYS'
}

@test "a hang in each stage of the writer: a bundle without that stage, in time [row 76]" {
    in_memory
    SHIM+=(CRUMPLE_TIMEOUT=5s) LIMIT_MS=10000
    each_stage hang 'crumple-writer hung there'
}

@test "a fault of a thread that packs is known for what it is [row 55]" {
    run_without null-write
    trouble thread:fault
    die null-write
    bundle_lacks pack
    expect_why 'SIGSEGV'
}

@test "a bundle that is not compressed is one for every reader [row 55]" {
    run_without parked 20
    trouble pack:fault
    die parked 20
    bundle_lacks pack
    [ "$(stat -c %s "$BUNDLE")" -gt 100000 ] || fail "it is compressed"
    want "captured" "$(fact tasks)" "$(report '[.threads[] | select(.state == "captured")] | length')"
    tar --zstd -xf "$BUNDLE" core
    gdb -batch -nx "$VICTIM" core -ex bt >gdb.out 2>gdb.err
    grep -q '^#0 .*write_through_null' gdb.out || fail "$(cat gdb.out gdb.err)"
    "$BUILD/crumple" list --json "$CRASHES" | gojq -e .title >/dev/null
}

@test "gdb opens the core of a bundle that lacks its stacks [row 55]" {
    run_without null-write
    trouble stack:fault stacks:fault
    die null-write
    bundle_lacks stack stacks
    tar --zstd -xf "$BUNDLE" core
    gdb -batch -nx "$VICTIM" core -ex bt >gdb.out 2>gdb.err
    grep -q '^#0 .*write_through_null' gdb.out || fail "$(cat gdb.out gdb.err)"
    expect_function write_through_null
    want "frames" 1 "$(report '.threads[0].frames | length')"
}

@test "trouble in two stages of the writer, in two ways: a bundle without both [row 55]" {
    run_without null-write
    SHIM+=(CRUMPLE_TIMEOUT=4s)
    trouble names:hang title:abort
    die null-write
    bundle_lacks names title
    expect_why 'names: crumple-writer hung there'
    expect_why 'title: crumple-writer was killed by SIGABRT there'
    expect_title SIGSEGV
}

@test "trouble in every stage that can be left out: a bundle without them [row 55]" {
    local stage lines=() lacks=()
    for stage in $(stages); do
        is_one_of "$stage" "${NEEDED[@]}" verdict && continue
        lines+=("$stage:fault")
        is_one_of "$stage" "${LATER[@]}" || lacks+=("$stage")
    done
    run_without null-write
    trouble "${lines[@]}"
    die null-write
    bundle_lacks "${lacks[@]}"
}

@test "trouble in a stage that cannot be left out: the core stays, with the reason [row 55]" {
    local stage
    run_without null-write
    for stage in "${NEEDED[@]}"; do
        trouble "$stage:fault"
        die null-write
        want "bundles" 0 "$(count_files '*.tar.zst')"
        want "pending cores" 1 "$(count_files '*.core')"
        expect_said "$stage: crumple-writer was killed by SIGSEGV there"
        expect_said "finish it with 'crumple collect'"
    done
    rm "$HOME_DIR/crumple-inject"
    collect_pending
    right_threads
}

@test "everything is broken: the core stays, with the reason, and no end of attempts [row 55]" {
    run_without null-write
    trouble '*:fault'
    die null-write
    want "bundles" 0 "$(count_files '*.tar.zst')"
    want "pending cores" 1 "$(count_files '*.core')"
    expect_said "no bundle\|cannot be made"
}

@test "the writer has no memory from a stage on: a bundle or the core, and a message [row 67]" {
    local stage
    run_without null-write
    for stage in $(stages); do
        trouble "$stage:oom"
        die null-write
        want "with $stage:oom" 1 "$(find "$CRASHES" -name '*.tar.zst' -o -name '*.core' | wc -l)"
        [ "$(count_files '*.core')" = 0 ] || expect_said "finish it with 'crumple collect'"
        [ "$(count_files '*.tar.zst')" = 0 ] || zstd -q -t "$CRASHES"/*/*.tar.zst
    done
}

@test "with CRUMPLE_WAIT=core the writer that goes on alone is started again, too [row 55]" {
    local waited
    SHIM+=(CRUMPLE_WAIT=core) ORPHANS=allowed
    run_without null-write
    trouble names:fault
    run_with null-write
    for waited in {1..1000}; do
        [ "$(count_files '*.tar.zst')" = 1 ] && [ "$(count_files '*.core')" = 0 ] && break
        sleep 0.01
    done
    echo "waited $waited times 10 ms"
    bundle_lacks names
}

@test "crumple collect leaves out a stage, too [row 55]" {
    local stage
    run_without null-write
    for stage in names:fault title:abort report:exit; do
        rm -f "$HOME_DIR/crumple-inject"
        SHIM=(CRUMPLE_WRITER="$T/crashing_writer")
        trouble ''
        die null-write
        want "pending cores" 1 "$(count_files '*.core')"
        trouble "$stage"
        (cd "$HOME_DIR" && "$BUILD/crumple" collect --force --writer "$BUILD/inject/crumple-writer" "$CRASHES") \
            >collect.out 2>collect.err || fail "collect: $(cat collect.err)"
        bundle_lacks "${stage%:*}"
    done
    rm "$HOME_DIR"/2*
    trouble ''
    die null-write
    trouble notes:fault
    (cd "$HOME_DIR" && "$BUILD/crumple" collect --force --writer "$BUILD/inject/crumple-writer" "$CRASHES") \
        >collect.out 2>collect.err && fail "collect should fail"
    grep -q 'notes: crumple-writer was killed by SIGSEGV there' collect.err || fail "$(cat collect.err)"
    want "pending cores" 1 "$(count_files '*.core')"
}

@test "a thread is not contained by a writer that died at its verdict, or before it" {
    local stage
    SHIM+=(CRUMPLE_RECOVER='*=contain')
    run_without --worker null-write
    for stage in verdict:fault stack:fault names:abort title:exit; do
        trouble "$stage"
        rm -f "$HOME_DIR"/2*
        rm -f "$HOME_DIR/crashes.ndjson"
        run_with --worker null-write
        want "status ($stage)" 11 "$(status_of with signal)"
        BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
        read_report "$BUNDLE"
        want "event" crash "$(report .event)"
        want "action" refused "$(report .recovery.action)"
    done
}
