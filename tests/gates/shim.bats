#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What libcrumple.so brings into its host: names, libraries, versions, thread-local storage.

load helpers

@test "the exported names are exactly those of preload/exports.txt" {
    [ -f "$ROOT/preload/exports.txt" ]
    diff <(first_words "$ROOT/preload/exports.txt") \
        <(nm -D --defined-only "$SHIM" | awk '{sub(/@.*/, "", $3); print $3}' | sort -u)
}

@test "it needs libc, libdl and nothing else" {
    run -0 readelf -dW "$SHIM"
    local strangers
    strangers=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$output" | grep -vxE 'libc\.so\.6|libdl\.so\.2' || true)
    [ -z "$strangers" ] || fail "$strangers"
}

@test "no symbol version is newer than GLIBC_2.17" {
    local highest
    highest=$(objdump -T "$SHIM" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    [ "$(printf '%s\nGLIBC_2.17\n' "$highest" | sort -V | tail -n 1)" = GLIBC_2.17 ] ||
        fail "$(objdump -T "$SHIM" | grep "$highest")"
}

@test "it is initialised first, bound at once, never unloaded, and its stack is not executable" {
    run -0 readelf -dlW "$SHIM"
    [[ $output == *INITFIRST* && $output == *NOW* && $output == *NODELETE* ]] || fail "$output"
    [[ $(grep GNU_STACK <<<"$output") == *"RW "* ]] || fail "$output"
}

@test "it takes at most 256 bytes of thread-local storage" {
    local size
    size=$(readelf -lW "$SHIM" | awk '$1 == "TLS" {print $6}')
    [ $((${size:-0})) -le 256 ] || fail "$((size)) bytes"
}

# Joined, so that what they need from each other does not count.
@test "the safe files need nothing that is not listed with a reason" {
    local joined=$BATS_TEST_TMPDIR/safe.o unexplained folders
    mapfile -t folders < <(safe_folders)
    (cd "$BUILD/obj" && objects_below "${folders[@]}" | grep -v /arch_ | xargs ld -r -o "$joined")
    nm -u "$joined" | awk '{print $2}' | sort -u >"$BATS_TEST_TMPDIR/needed"
    diff <(first_words "$ROOT/tests/gates/safe_symbols.txt") "$BATS_TEST_TMPDIR/needed"
    unexplained=$(sed '/^#/d; /^$/d' "$ROOT/tests/gates/safe_symbols.txt" | awk 'NF < 3')
    [ -z "$unexplained" ] || fail "no reason given: $unexplained"
}

# What a source or a header of musl says cannot reach the object for glibc, nor the other way.
@test "no file of one libc is compiled into the object of the other" {
    local stranger
    cd "$BUILD/obj"
    stranger=$({
        find preload hooks share settings -name '*.d' -exec grep -lE '_musl\.[ch]' {} +
        find musl -name '*.d' -exec grep -lE '_glibc\.[ch]' {} +
    } | while read -r rule; do
        source=${rule#musl/}
        [ ! -e "$ROOT/${source%.d}.c" ] || echo "$rule"
    done)
    [ -z "$stranger" ] || fail "$stranger"
    [ -n "$(find musl -name '*.d' -exec grep -lE '_musl\.[ch]' {} +)" ]
}
