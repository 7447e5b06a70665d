#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Children that die: fork without exec, prefork servers, vfork, posix_spawn, clones, exec in between (row 58).

load helpers
setup() {
    setup_crash
    LIMIT_MS=10000
}
teardown() { teardown_crash; }

# parent_lives CHILD VERB...: exit status 3, whatever became of the children, which ended with CHILD.
parent_lives() {
    local child=$1
    shift
    run_without "$@"
    run_with "$@"
    same_death
    want "exit status" 3 "$(status_of with exit)"
    [ -z "$child" ] || want "the child's end" "$child" "$(fact child)"
    right_files
}

# The child's own bundle: its pid, its only thread, and the call of fork above its fault.
childs_bundle() {
    right_index
    right_threads
    want "signal" "11 SIGSEGV SEGV_MAPERR 0x0" \
        "$(report '.signal | "\(.number) \(.name) \(.code_name) \(.addr)"')"
    expect_function write_through_null
    expect_title SIGSEGV write_through_null
}

# right_pids N: as many children, each with a line in the index and a bundle of that name.
right_pids() {
    local index
    index=$CRASHES/$(id -u)/crashes.ndjson
    want "lines in the index" "$1" "$(wc -l <"$index")"
    want "distinct pids" "$1" "$(gojq .pid "$index" | sort -u | wc -l)"
    want "lines without a file, files without a line" '' "$(comm -3 <(gojq -r .id "$index" | sort) \
        <(find "$CRASHES" -name '*.tar.zst' -printf '%f\n' | sed 's/\.tar\.zst$//' | sort))"
}

no_bundle() {
    BUNDLES=0
    parent_lives "$@"
    [ -z "$(find "$TMP/fallback" -type f)" ] || fail "$(find "$TMP/fallback")"
}

@test "a forked child faults: its own bundle, the parent goes on [row 58]" {
    parent_lives 11/0 fork-child
    childs_bundle
}

@test "a forked child faults, then its parent: a bundle each [row 58]" {
    BUNDLES=2 SHIM=(CRUMPLE_STDERR=off)
    crash fork-both
    want "status" 11 "$(status_of with signal)"
    want "the child's end" 11/0 "$(fact child)"
    want "pids in the index" "$(sed -n 's/^pid=//p' "$TMP/with.out" | sort -n | tr '\n' ' ')" \
        "$(gojq .pid "$CRASHES/$(id -u)/crashes.ndjson" | sort -n | tr '\n' ' ')"
}

@test "a child made by the bare system call faults, and so does its own child: a bundle each [row 58]" {
    parent_lives 11/0 fork-raw
    childs_bundle
}

@test "children of a process whose other threads allocate, start and end leave their bundles [row 58]" {
    BUNDLES=20 SHIM=(CRUMPLE_STDERR=off CRUMPLE_KEEP=per_signature=1000/1h) LIMIT_MS=60000
    parent_lives '' fork-busy 20
    want "died of the fault" 20 "$(fact died)"
    right_pids 20
}

@test "other threads may fork while one is captured [row 58]" {
    run_without fork-while-dying || true
    BUNDLES=1 ORPHANS=allowed
    run_with fork-while-dying
    want "status" 11 "$(status_of with signal)"
    right_files
    right_index
    want "threads" 3 "$(report '.threads | length')"
    want "signal" SIGSEGV "$(report .signal.name)"
}

@test "fifty children of a prefork server fault at once: fifty bundles [row 58]" {
    BUNDLES=50 SHIM=(CRUMPLE_STDERR=off CRUMPLE_KEEP=per_signature=1000/1h CRUMPLE_TIMEOUT=60s) LIMIT_MS=60000
    parent_lives '' prefork 50
    want "died of the fault" 50 "$(fact died)"
    right_pids 50
}

@test "a vfork child faults: no bundle, the parent's memory is whole [row 58]" {
    no_bundle 11/0 vfork-child
    want "memory" 1 "$(fact memory)"
}

@test "after a vfork child's fault the parent's own leaves its bundle [row 58]" {
    crash vfork-child then-die
    want "the child's end" 11/0 "$(fact child)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
}

@test "after daemon(3) and a vfork child's fault the daemon's own fault leaves its bundle [row 58]" {
    parent_lives 11/0 libc-daemon
    want "the daemon's end" 11 "$(fact ended)"
    childs_bundle
}

@test "posix_spawn of what does not exist: the same error, no bundle [row 58]" {
    no_bundle '' spawn /nonexistent/program
    want "error" 2 "$(fact spawn)"
}

@test "posix_spawn of what cannot be executed: the same error, no bundle [row 58]" {
    echo '#!/nonexistent' >"$TMP/script"
    no_bundle '' spawn "$TMP/script"
    want "error" 13 "$(fact spawn)"
}

@test "a spawned program faults: its own bundle [row 58]" {
    parent_lives 11/0 spawn "$T$LIBC/victim" null-write
    childs_bundle
}

@test "a process of its own in the same memory faults: no bundle, and then one of the first process [row 58]" {
    crash clone-memory
    want "the child's end" 11/0 "$(fact child)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
}

@test "a process that shares the descriptors faults: they stay open [row 58]" {
    parent_lives 11/0 clone-files
    want "descriptor" 1 "$(fact descriptor)"
    expect_title SIGSEGV write_through_null
}

# Either is first, and nothing is left behind: the kernel ends the other threads of a process that calls exec.
@test "another thread may exec at any time of a capture [row 58]" {
    local pause deaths=0 execs=0
    for pause in 0 200 500 1000 2000 4000 8000 12000 16000 24000; do
        rm -rf "$CRASHES"
        run_with exec-meanwhile "$pause"
        want "processes left behind" '' "$(status_of with left)"
        case $(status_of with signal)/$(status_of with exit) in
        11/*) deaths=$((deaths + 1)) ;;
        0/0) execs=$((execs + 1)) ;;
        *) fail "ended by $(cat "$TMP/with.status")" ;;
        esac
        [ "$(count_files '*.tar.zst')" -le 1 ] || fail "$(find "$CRASHES")"
        [ "$(status_of with ms)" -lt "$LIMIT_MS" ] || fail "took $(status_of with ms) ms"
    done
    echo "$deaths deaths, $execs execs"
}
