# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Other projects' own test suites, run without and with the shim: 'NAME STATUS' lines to compare. Sourced by
# tests/suites/suites.bats and tests/long/suites.sh.
#
# As an ordinary user, for whom those suites were written. CRUMPLE_STDERR=off: some of them look at the stderr of
# programs they crash, where crumple's lines are no surprise.

SUITES_BUILD=${TEST_BUILD:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build}
GLIB_TESTS=/usr/libexec/installed-tests/glib

# as_user SHIM DIRECTORY LIMIT COMMAND...: SHIM is 'with' or 'without'; stdout and stderr are the caller's.
as_user() {
    local shim=$1 dir=$2 limit=$3 drop=() preload=()
    shift 3
    [ "$(id -u)" != 0 ] || drop=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    [ "$shim" = without ] || preload=(LD_PRELOAD="$dir/shim/libcrumple.so" CRUMPLE_DIR="$dir/crashes" CRUMPLE_STDERR=off)
    (cd "$dir/work" && timeout -k 5 "$limit" "${drop[@]}" env -i HOME="$dir/work" TMPDIR="$dir/work" \
        XDG_RUNTIME_DIR="$dir/work" G_TEST_SRCDIR=$GLIB_TESTS G_TEST_BUILDDIR=$GLIB_TESTS PATH=/usr/bin:/bin \
        LC_ALL=C.UTF-8 "${preload[@]}" "$@" </dev/null)
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

# python_tests SHIM DIRECTORY LIMIT MODULE
python_tests() {
    local out=$2/$4.$1.log rc=0
    as_user "$1" "$2" "$3" /usr/bin/python3.11 -m test -v --timeout 300 "${PYTHON_OPTIONS[@]}" "$4" >"$out" 2>&1 || rc=$?
    echo "$4: exit $rc"
    # 'name (class) ... ok', where the test's own words may stand in between: the last word of a line counts.
    awk '/^test[^ ]* \(/ {name = $1 " " $2}
        name && match($0, /(ok|FAIL|ERROR|expected failure|unexpected success|skipped .*)$/) {
            word = substr($0, RSTART); sub(/^skipped .*/, "skipped", word)
            print name ": " word; name = ""}' "$out" | sort
}

# glib_tests SHIM DIRECTORY LIMIT NAME
glib_tests() {
    local out=$2/$4.$1.log rc=0 command
    command=$(sed -n 's/^Exec=//p' "/usr/share/installed-tests/glib/$4.test")
    as_user "$1" "$2" "$3" sh -c "exec $command" >"$out" 2>&1 || rc=$?
    echo "$4: exit $rc"
    sed -nE 's/^ *((not )?ok) [0-9]+ *-? *([^ ]*)( # SKIP)?.*/\3: \1\4/p' "$out" | sed "s/seed:[0-9]*/seed/; s/^/$4 /" | sort
}

# compare_suite KIND DIRECTORY LIMIT NAME: three attempts for the two runs to agree. Prints what differs ('<' is
# without) and leaves the last results in DIRECTORY/NAME.without and .with.
compare_suite() {
    local attempt shim
    for attempt in 1 2 3; do
        for shim in without with; do
            "$1_tests" "$shim" "$2" "$3" "$4" >"$2/$4.$shim"
        done
        cmp -s "$2/$4.without" "$2/$4.with" && return 0
    done
    echo "differing after $attempt attempts, $4:"
    diff "$2/$4.without" "$2/$4.with" | head -n 40
    return 1
}
