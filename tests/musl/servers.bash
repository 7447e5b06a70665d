# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Servers built with musl-gcc: a chosen thread is made to fault, and the end is compared with the end without crumple.

# shellcheck source=tests/servers/recovery.bash
source "$ROOT/tests/servers/recovery.bash"

setup_musl_server() {
    setup_server
    OBJECT=$BUILD/musl/libcrumple.so SHIM=()
}

# number_of_threads, newest_thread, thread_named NAME: of SERVER
number_of_threads() {
    find "/proc/$SERVER/task" -mindepth 1 -maxdepth 1 | wc -l
}
newest_thread() {
    find "/proc/$SERVER/task" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1
}
thread_named() {
    grep -lx -- "$1" "/proc/$SERVER"/task/*/comm | sed -n '1s|.*/task/\(.*\)/comm|\1|p'
}
main_thread() {
    printf '%s\n' "$SERVER"
}
nobody() { :; } # the harm decides

# sent TID: a signal as kill(1) sends it; faulted TID: an instruction that the processor refuses, where the thread waits.
sent() { "$T/fault_in" sent "$1"; }
faulted() { "$T/fault_in" - "$1"; }

# one_death START THREAD HARM: START starts the server, THREAD prints the thread, HARM gets its id. Sets TID, TASKS, ENDED.
one_death() {
    "$1"
    TASKS=$(number_of_threads)
    TID=$("$2")
    "$3" "$TID"
    await_death
    ENDED="signal $(status_of with signal), exit $(status_of with exit)"
}

# same_death_as_without START THREAD HARM: the second time with crumple.
same_death_as_without() {
    local without
    rm -rf "$CRASHES"
    OBJECT='' one_death "$@"
    without=$ENDED
    [ ! -e "$CRASHES" ] || fail "without crumple there is a crash directory"
    one_death "$@"
    want "end as without crumple" "$without" "$ENDED"
}

# told_of_all FUNCTION...: one bundle, of that thread, with these functions; every thread is in it, by its name.
told_of_all() {
    right_files
    right_index
    want "thread that crashed" "${TID:-$(report .crashed_tid)}" "$(report .crashed_tid)"
    want "threads" "$TASKS" "$(report '[.threads[] | select(.state == "captured")] | length')"
    want "threads without a name" 0 "$(report '[.threads[] | select((.name // "") == "")] | length')"
    want "threads without any function" 0 "$(report '[.threads[] | select(.state == "captured" and all(.frames[]; .function == null))] | length')"
    expect_calls "$@"
}

# gdb_shows EXE FUNCTION...: gdb opens the bundle's core, sees every thread, and walks through these functions in the one
# that crashed.
gdb_shows() {
    local exe=$1 calls
    shift
    "$BUILD/crumple" show --core "$TMP/core.out" "$BUNDLE"
    gdb -batch -nx "$exe" "$TMP/core.out" -ex bt -ex 'echo threads\n' -ex 'info threads' >"$TMP/gdb.out" 2>"$TMP/gdb.err"
    want "threads that gdb sees" "$TASKS" "$(sed '1,/^threads$/d' "$TMP/gdb.out" | grep -c 'LWP [0-9]')"
    calls=$(sed -n 's/^#[0-9]* *\(0x[0-9a-f]* in \)\{0,1\}\([A-Za-z_0-9.]*\) (.*/\2/p' "$TMP/gdb.out" | tr '\n' ' ')
    [ $# -eq 0 ] || [[ " $calls" =~ \ $(printf '%s .*' "$@") ]] || fail "gdb's calls: expected $*, got $calls"
}

# is_watched: the object is in the server, if one was asked for.
is_watched() {
    [ -z "$OBJECT" ] || grep -q "$OBJECT" "/proc/$SERVER/maps" || fail "$OBJECT is not loaded"
}
