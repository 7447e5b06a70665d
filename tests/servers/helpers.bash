# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Real servers under crumple: started on free ports, crashed, waited for, and their bundles compared with gdb.

source "$ROOT/tests/crash/helpers.bash"

setup_server() {
    setup_crash
    # Servers that drop their user must be able to reach it: bats' own folder is for root alone.
    TMP=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$TMP"
    CRASHES=$TMP/crashes REPORT=$TMP/report.json
    cd "$TMP" || return 1
    SERVER='' EXTRA_PRELOAD=''
}

teardown_server() {
    [ -z "$SERVER" ] || kill -KILL "$SERVER" 2>/dev/null || true
    teardown_crash
    cd /
    rm -rf "$TMP"
}

# children_of PID, one a line
children_of() {
    cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | sed '/^$/d'
}

# start_server PROGRAM ARGUMENT...: in the background under crumple; SERVER is its pid, its status goes to
# with.status. LD_PRELOAD of the shim (OBJECT) and of what EXTRA_PRELOAD names.
start_server() {
    : >"$TMP/with.out" # of an earlier one, it has the line already that a test waits for
    "$T/runner" -o "$TMP/with.status" -t 60000 \
        env TMPDIR="$TMP" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" LD_PRELOAD="${OBJECT-$BUILD/libcrumple.so}${EXTRA_PRELOAD:+ $EXTRA_PRELOAD}" \
        "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    RUNNER=$!
}

# await WHAT COMMAND...: until the command succeeds, at most 20 s.
await() {
    local what=$1 deadline=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || fail "still not $what; stderr:" "$(tail -n 20 "$TMP/with.err")"
        sleep 0.02
    done
}

child_of_runner() {
    SERVER=$(children_of "$RUNNER" | head -n 1)
    [ -n "$SERVER" ]
}

await_death() {
    wait "$RUNNER" || fail "the server did not end"
    SERVER=''
}

# The one bundle under the crash directory, and its report.
take_bundle() {
    right_files
    right_index
    want "crashed threads" 1 "$(report '[.threads[] | select(.crashed)] | length')"
    want "missing threads" 0 "$(report '[.threads[] | select(.state != "captured")] | length')"
    want "threads without a name" 0 "$(report '[.threads[] | select((.name // "") == "")] | length')"
    unwound_to_start
    reads_back
}

reads_back() {
    "$BUILD/crumple" show --json "$BUNDLE" | gojq -e . >"$TMP/shown.json"
    diff <(gojq . "$REPORT") <(gojq . "$TMP/shown.json") || fail "show --json differs from report.json"
    "$BUILD/crumple" show --core "$TMP/core.out" "$BUNDLE"
    tar --zstd -xOf "$BUNDLE" core | cmp - "$TMP/core.out" || fail "show --core differs from the member"
}

# same_as_gdb EXE: the same program counters, thread by thread.
same_as_gdb() {
    REPORT=$REPORT gdb -batch -nx "$1" "$TMP/core.out" -x "$ROOT/tests/tools/compare_gdb.py" >"$TMP/gdb.out" 2>"$TMP/gdb.err" ||
        fail "gdb walks otherwise:" "$(grep -v '^\[New LWP' "$TMP/gdb.out" | tail -n 60)"
    grep ' threads compared, 0 differ' "$TMP/gdb.out"
}

# eu_stack_opens EXE: the core is one that elfutils reads too, with every thread in it.
eu_stack_opens() {
    eu-stack --core="$TMP/core.out" --executable="$1" >"$TMP/eu.out" 2>"$TMP/eu.err" || true
    want "threads that eu-stack sees" "$(report '.threads | length')" "$(grep -c '^TID ' "$TMP/eu.out")"
}
