# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by the tests
# Runtimes that own their signals: each program runs without and with crumple, as in tests/crash/helpers.bash, whose
# settings count here, too. What a runtime prints when it dies differs between runs; so it is looked for, not compared.

source "$ROOT/tests/crash/helpers.bash"

RT=$BUILD/tests/runtimes
PROGRAMS=$ROOT/tests/runtimes/programs

setup_runtime() {
    setup_crash
    FIRST_PRELOAD=''
    LIMIT_MS=25000 # some of them take long to start where the machine is busy
}

# build_runtime TARGET...: of runtimes.mk. For setup_file.
build_runtime() {
    local B=${TEST_BUILD:-$ROOT/build}
    [[ $B = /* ]] || B=$ROOT/$B
    make -s -C "$ROOT" -f tests/runtimes/runtimes.mk B="$B" "$@" >&2
}

# run_as without|with PRELOAD ENVIRONMENT... -- PROGRAM ARGUMENT...: only the program itself is preloaded.
run_as() {
    local which=$1 preload=$2 settings=()
    shift 2
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    "$T/runner" -o "$TMP/$which.status" -g 1000 "${RUNNER_OPTIONS[@]}" \
        env "${settings[@]}" ${preload:+LD_PRELOAD="$preload"} "${@:2}" >"$TMP/$which.out" 2>"$TMP/$which.err" </dev/null ||
        fail "it hangs $which crumple; its stderr:" "$(cat "$TMP/$which.err")"
}

# A library of FIRST_PRELOAD stands before crumple, one of OTHER_PRELOAD behind it; they are there in both runs.
both() {
    run_as without "$FIRST_PRELOAD$OTHER_PRELOAD" -- "$@"
    run_as with "${FIRST_PRELOAD:+$FIRST_PRELOAD }$BUILD/libcrumple.so${OTHER_PRELOAD:+ $OTHER_PRELOAD}" \
        TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" -- "$@"
}

same_status() {
    local key
    for key in signal core exit; do
        want "wait status ($key)" "$(status_of without $key)" "$(status_of with $key)"
    done
    [ "$(status_of with ms)" -lt "$LIMIT_MS" ] || fail "it took $(status_of with ms) ms"
    want "processes left behind" '' "$(status_of with left)"
}

# undisturbed EXIT_CODE PROGRAM ARGUMENT...: the same output to the letter, the same status, and nothing from us.
undisturbed() {
    BUNDLES=0
    both "${@:2}"
    want "exit code" "$1" "$(status_of without exit)"
    same_status
    diff "$TMP/without.out" "$TMP/with.out" || fail "stdout differs"
    diff <(normalised "$TMP/without.err") <(normalised "$TMP/with.err") || fail "stderr differs"
    right_files
}

# dies PROGRAM ARGUMENT...: the same status, and as many bundles as BUNDLES says.
dies() {
    both "$@"
    same_status
    right_files
    if [ "$BUNDLES" = 1 ]; then
        right_index
        want "crashed threads" 1 "$(report '[.threads[] | select(.crashed)] | length')"
        want "missing threads" 0 "$(report '[.threads[] | select(.state != "captured")] | length')"
    else
        ! grep '^crumple: ' "$TMP/with.err" || fail "crumple has said something"
    fi
}

# own_words FILE TEXT: what the runtime itself prints (FILE is out or err), in both runs.
own_words() {
    grep -qF -e "$2" "$TMP/without.$1" || fail "without crumple, no '$2':" "$(tail -n 20 "$TMP/without.$1")"
    grep -qF -e "$2" "$TMP/with.$1" || fail "with crumple, no '$2':" "$(tail -n 20 "$TMP/with.$1")"
}

# expect_status SIGNAL EXIT_CODE ('-' where it does not apply)
expect_status() {
    want "signal" "$1" "$(status_of with signal)"
    [ "$2" = - ] || want "exit code" "$2" "$(status_of with exit)"
}

# expect_frames FUNCTION...: these functions, innermost first, in the crashed thread; between them may be anything.
expect_frames() {
    expect_calls "$@"
}

# a background program under crumple that has printed 'ready': BACK is the runner, PROGRAM_PID the program.
start_ready() {
    local deadline=$((SECONDS + 20))
    : >"$TMP/with.out" # of an earlier one, it has the line already
    "$T/runner" -o "$TMP/with.status" -t 30000 env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" \
        LD_PRELOAD="$BUILD/libcrumple.so${OTHER_PRELOAD:+ $OTHER_PRELOAD}" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    BACK=$!
    until grep -q ready "$TMP/with.out"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "not ready: $(cat "$TMP/with.err")"
        sleep 0.05
    done
    PROGRAM_PID=$(cat /proc/$BACK/task/*/children | tr -d ' ')
}

await_end() {
    wait "$BACK" || fail "it did not end"
}
