# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Other projects' own test suites, run without and with the shim and compared test by test. Sourced by
# tests/suites/suites.bats and tests/long/suites.sh.
#
# As an ordinary user, for whom those suites were written. CRUMPLE_STDERR=off: some of them look at the stderr of
# programs they crash, where crumple's lines are no surprise.

SUITES_BUILD=${TEST_BUILD:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build}

# as_user SHIM DIRECTORY LIMIT COMMAND...: SHIM is 'with' or 'without'; stdout and stderr are the caller's. Every run
# has a directory of its own, with a short name: some tests make sockets in it.
as_user() {
    local shim=$1 dir=$2 limit=$3 drop=() preload=() work rc=0
    shift 3
    work=$(mktemp -d "$dir/work/XXXXXX") && chmod 1777 "$work" || return 125
    [ "$(id -u)" != 0 ] || drop=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    [ "$shim" = without ] || preload=(LD_PRELOAD="$dir/shim/libcrumple.so" CRUMPLE_DIR="$dir/crashes"
        CRUMPLE_STDERR=off)
    (cd "$work" && timeout -k 5 "$limit" "${drop[@]}" env -i HOME="$work" TMPDIR="$work" XDG_RUNTIME_DIR="$work" \
        PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "${preload[@]}" "$@" </dev/null) || rc=$?
    rm -rf "$work"
    return $rc
}

# A directory for one suite. The shim is copied: the build tree may be closed to an ordinary user. Fails where the
# shim would not load, since then everything would be the same.
suite_directory() {
    mkdir -p "$1"
    chmod 755 "$1"
    mkdir -p "$1/shim" "$1/work" "$1/crashes"
    chmod 1777 "$1/work" "$1/crashes"
    cp "$SUITES_BUILD/libcrumple.so" "$SUITES_BUILD/crumple-writer" "$1/shim/"
    as_user with "$1" 30 true
    [ -n "$(ls "$1/crashes")" ] || {
        echo "the shim does not load in $1" >&2
        return 1
    }
}

PYTHON_OPTIONS=() # for a shorter run

# The suites: SUITE_tests SHIM DIRECTORY LIMIT NAME ATTEMPT [TEST...] prints 'TEST: OUTCOME' lines and 'NAME: exit
# STATUS', and keeps the log as DIRECTORY/NAME.SHIM.ATTEMPT.log. With TESTs, others may be left out.

python_tests() {
    local shim=$1 dir=$2 limit=$3 module=$4 out=$2/$4.$1.$5.log rc=0 test options=("${PYTHON_OPTIONS[@]}")
    shift 5
    for test in "$@"; do
        [[ $test != test*' ('* ]] || options+=(-m "${test%% *}")
    done
    as_user "$shim" "$dir" "$limit" /usr/bin/python3.11 -m test -v --timeout 300 "${options[@]}" "$module" \
        >"$out" 2>&1 || rc=$?
    echo "$module: exit $rc"
    # 'name (class) ... ok', where the test's own words may stand in between: the last word of a line counts.
    awk '/^test[^ ]* \(/ {name = $1 " " $2}
        name && match($0, /(ok|FAIL|ERROR|expected failure|unexpected success|skipped .*)$/) {
            word = substr($0, RSTART); sub(/^skipped .*/, "skipped", word)
            print name ": " word; name = ""}' "$out"
}

glib_tests() {
    local out=$2/$4.$1.$5.log rc=0 command
    command=$(sed -n 's/^Exec=//p' "/usr/share/installed-tests/glib/$4.test")
    as_user "$1" "$2" "$3" sh -c "exec $command" >"$out" 2>&1 || rc=$?
    echo "$4: exit $rc"
    sed -nE 's/^ *((not )?ok) [0-9]+ *-? *([^ ]*)( # SKIP)?.*/\3: \1\4/p' "$out" | sed "s/seed:[0-9]*/seed/; s/^/$4 /"
}

# judge RESULTS: of the attempts RESULTS.without.N and RESULTS.with.N, one line a test: 'same TEST: OUTCOME'; 'varying'
# where an outcome of one attempt with the shim is at least that of another one without; 'differing' where none is.
judge() {
    awk '{
            split(FILENAME, part, "."); last = length(part); attempt = part[last]; shim = part[last - 1]
            match($0, /: [^:]*$/); test = substr($0, 1, RSTART - 1)
            if (again[FILENAME, test]++) test = test "#" again[FILENAME, test]
            outcome[shim, attempt, test] = substr($0, RSTART + 2); tests[test]; ran[attempt, test]
        }
        function of(shim, attempt, test) {
            return (shim, attempt, test) in outcome ? outcome[shim, attempt, test] : "missing"
        }
        END {
            for (test in tests) {
                all = without = with = ""; common = 0; split("", seen); kinds = 0
                for (a = 1; a <= 3; a++) {
                    if (!((a, test) in ran)) continue
                    without = without ", " of("without", a, test); with = with ", " of("with", a, test)
                    for (b = 1; b <= 3; b++)
                        if ((b, test) in ran && of("without", a, test) == of("with", b, test)) common = 1
                    if (!seen[of("without", a, test)]++) kinds++
                    if (!seen[of("with", a, test)]++) kinds++
                    all = of("with", a, test)
                }
                if (kinds == 1) print "same " test ": " all
                else print (common ? "varying " : "differing ") test ": without" without "; with" with
            }
        }' "$1".with*.[1-3] | sed 's/\(without\|with\), /\1 /g' | sort
}

# compare_suite SUITE DIRECTORY LIMIT NAME: what differs is tried up to three times. Leaves DIRECTORY/NAME.result (see
# 'judge'), prints the lines in it that are not 'same', and fails where one is 'differing'. What takes longer than LIMIT
# without the shim is left out.
compare_suite() {
    local attempt shim differing=() result=$2/$4.result
    for attempt in 1 2 3; do
        for shim in without with; do
            "$1_tests" "$shim" "$2" "$3" "$4" "$attempt" "${differing[@]}" >"$2/$4.$shim.$attempt"
            if [ "$attempt$shim" = 1without ] && grep -qE ': exit (124|137)$' "$2/$4.$shim.$attempt"; then
                echo "left out $4: more than $3 s without the shim" | tee "$result"
                return 0
            fi
        done
        judge "$2/$4" >"$result"
        mapfile -t differing < <(sed -n 's/^differing \(.*\): .*/\1/p' "$result")
        [ "${#differing[@]}" -gt 0 ] || break
    done
    grep -v '^same ' "$result" || true # bats ends a test at a failing command
    [ "${#differing[@]}" = 0 ]
}
