# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# Gates look at sources and objects only; they run in seconds.

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

SHIM=$BUILD/libcrumple.so

# Lists without comments: the first word of each line.
first_words() {
    sed 's/#.*//' "$1" | awk 'NF {print $1}' | sort -u
}

# objects_below FOLDER...: below build/obj; a build that has seen more than one commit also holds those of sources that are gone.
objects_below() {
    (cd "$BUILD/obj" && find "$@" -name '*.o' | while read -r object; do
        [ ! -e "$ROOT/${object%.o}.c" ] && [ ! -e "$ROOT/${object%.o}.S" ] || echo "$object"
    done)
}

# share/ and the folders of preload/ whose code runs in signal handlers and in the helper process; the Makefile lists them.
safe_folders() {
    awk -F, '/^SAFE_DIRS/ {print "share"; gsub(/[)]/, "", $2); count = split($2, names, " ")
        for (i = 1; i <= count; i++) print "preload/" names[i]}' "$ROOT/Makefile"
}
