#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stacks through code without call frame information, compared with those through the same code that has it.

load helpers
setup() { setup_context; }

# frames WITH|WITHOUT WAY: the frames that are not libc's, and how far apart they are
frames() {
    dies "$TEST_BUILD/tests/tableless/$1/tableless" "$2"
    answer '[.threads[].frames[] | select(.module | test("/(libtableless|tableless)")) |
        "\(.module | sub(".*/"; "")) \(.offset) \(.function)"] | sort | .[]' >"$TMP/$1.frames"
    answer '.threads[0].frames as $f | $f[0].sp as $first | $f[] | "\(.offset) \(.sp)"' |
        while read -r offset sp; do
            [ -n "${first-}" ] || first=$sp
            [[ $offset != 0x* ]] || echo "$offset $((sp - first))"
        done >"$TMP/$1.distances"
    timeout 60 "$BUILD/crumple" show --dir "$CRASHES" --locals --json last |
        gojq -r '.threads[0].frames[].locals[]? | select(.name | test("^(first|second|third)$")) | "\(.name) \(.value)"' \
            >"$TMP/$1.locals"
}

# same WAY FRAMES: both builds have the same frames and values; so many are found by code
same() {
    frames with "$1"
    want "found by code, with tables" 0 "$(answer '[.threads[].frames[] | select(.trust == "code")] | length')"
    frames without "$1"
    want "found by code" "$2" "$(answer '[.threads[].frames[] | select(.trust == "code")] | length')"
    want "guessed" 0 "$(answer '[.threads[].frames[] | select(.trust | test("^(fp|scan|leaf)$"))] | length')"
    diff "$TMP/with.frames" "$TMP/without.frames"
}

@test "a function that is called by a pointer, has branches, and grows its stack, is left as its table says" {
    same visit 2
    diff "$TMP/with.distances" "$TMP/without.distances"
    diff "$TMP/with.locals" "$TMP/without.locals"
    want "variables" "third 3702 second 77 first 1234" "$(xargs <"$TMP/without.locals")"
}

@test "a function of an assembler without a size has a name, and its caller is found" {
    same copy 1
    diff "$TMP/with.distances" "$TMP/without.distances"
    want "innermost" bare_copy "$(answer '.threads[0].frames[0].function')"
    want "caller" use "$(answer '.threads[0].frames[1].function | sub("\\..*"; "")')"
}

@test "a function that has moved its stack to a multiple is left as its table says" {
    same aligned 1
    diff "$TMP/with.locals" "$TMP/without.locals"
}

@test "a label without a size names nothing that no way leads to from it" {
    same hidden 2
    diff "$TMP/with.distances" "$TMP/without.distances"
    want "names" "fault null bare_hidden" "$(answer '[.threads[0].frames[:3][].function] | map(. // "null") | join(" ")')"
}

@test "functions that never return are left by what they have pushed" {
    same end 2
    diff "$TMP/with.distances" "$TMP/without.distances"
    diff "$TMP/with.locals" "$TMP/without.locals"
}

@test "threads that wait below such functions are told to their ends" {
    same wait 22
    want "ends" 5 "$(answer '[.threads[1:][].frames | select(.[-1].function | test("clone"))] | length')"
}
