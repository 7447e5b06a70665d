#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How crumple, crumple-drill and crumple-writer are linked: they run where nothing else is installed, and are hard to attack.

load helpers

setup() {
    trace_test
    PROGRAMS=("$BUILD/crumple" "$BUILD/crumple-drill" "$BUILD/crumple-writer" "$BUILD/crumple-run")
}

@test "the programs are static: they need no library and no loader" {
    for program in "${PROGRAMS[@]}"; do
        run -0 readelf -ldW "$program"
        [[ $output != *INTERP* && $output != *NEEDED* ]] || fail "$output"
    done
}

@test "the programs: read-only relocations, no executable stack, checked libc calls; crumple and its drill anywhere in memory" {
    for program in "${PROGRAMS[@]}"; do
        run -0 readelf -lW "$program"
        [[ $output == *GNU_RELRO* ]] || fail "$output"
        [[ $(grep GNU_STACK <<<"$output") == *"RW "* ]] || fail "$output"
    done
    # by what our own objects ask for: libraries bring checks of their own
    nm -u "$BUILD"/obj/cli/*/*.o | grep -q '__.*_chk$'
    nm -u "$BUILD"/obj/writer/*/*.o | grep -q '__.*_chk$'
    nm -u "$BUILD"/obj/drill/*/*.o | grep -q '__.*_chk$'
    for program in crumple crumple-drill crumple-run; do
        run -0 readelf -hdW "$BUILD/$program"
        [[ $output == *"DYN ("* && $output == *NOW* ]] || fail "$output"
    done
}

@test "crumple and its drill load nothing by name: elfutils' client of debuginfod is not linked in" {
    for program in crumple crumple-drill crumple-run; do
        [ "$(nm "$BUILD/$program" | grep -c 'fp_debuginfod\|_nss_')" -eq 0 ]
    done
}

# The rest of a build from two folders is compared by tests/long/same_bytes.sh.
@test "an object is the same bytes from two folders, and names neither" {
    local objects=(cli/screen/out.o writer/base/buffer.o preload/base/text.o hooks/start.o preload/base/arch_x86_64.o)
    local short=$BATS_TEST_TMPDIR/a long=$BATS_TEST_TMPDIR/another/folder
    for folder in "$short" "$long"; do
        mkdir -p "$folder"
        cp -r "$ROOT"/{Makefile,hooks,preload,include,readable,sandbox,settings,share,writer,cli,drill,run,program} "$folder/"
        make -s -C "$folder" B=build "${objects[@]/#/build/obj/}"
    done
    for object in "${objects[@]}"; do
        cmp "$short/build/obj/$object" "$long/build/obj/$object"
    done
    for built in libcrumple.so musl/libcrumple.so crumple crumple-drill crumple-writer crumple-run; do
        ! grep -qF "$ROOT/" "$BUILD/$built" || fail "$built names $ROOT"
    done
}

# in_root WORDS...: crumple in a root directory that holds crumple and a crash directory
in_root() {
    if [ "$(id -u)" -eq 0 ]; then
        chroot "$BATS_TEST_TMPDIR/root" /crumple "$@"
    else
        unshare --map-root-user chroot "$BATS_TEST_TMPDIR/root" /crumple "$@"
    fi
}

@test "crumple runs in a root that holds nothing else, and reads a bundle from another machine" {
    local crash=$BATS_TEST_TMPDIR/root/crash id=20260102T030405.000001Z-alpha-101
    mkdir "$BATS_TEST_TMPDIR/root"
    cp "$BUILD/crumple" "$BATS_TEST_TMPDIR/root/"
    "$ROOT/tests/cli/make_bundle.sh" "$crash" "$id" '.threads[0].frames[1].function = "_ZN5store3getEi"'
    run -0 in_root --version
    run -0 --separate-stderr in_root list /crash
    [[ $output == *"SIGSEGV in parse_header (alpha)"* && -z $stderr ]] || fail "$output" "$stderr"
    run -0 --separate-stderr in_root group /crash
    [[ $output == *"parse_header"* && -z $stderr ]] || fail "$output" "$stderr"
    run -0 --separate-stderr in_root show --dir /crash last
    [[ $output == *"store::get(int)+0x1c"* && -z $stderr ]] || fail "$output" "$stderr"
    run -0 --separate-stderr in_root show - <"$crash/$id.tar.zst"
    [[ $output == *"store::get(int)+0x1c"* && -z $stderr ]] || fail "$output" "$stderr"
    run -0 in_root show --core /core "/crash/$id.tar.zst"
    grep -q "sample core of $id" "$BATS_TEST_TMPDIR/root/core"
}

@test "tests/run ends with what failed, and then the counts" {
    local tree=$BATS_TEST_TMPDIR
    mkdir -p "$tree/tests/cli"
    cp "$ROOT/tests/run" "$tree/tests/run"
    printf '%s:\n\t@:\n' quick tests sanitized >"$tree/Makefile"
    # shellcheck disable=SC2016 # for the inner bats
    printf '@test "%s" { %s; }\n' right true wrong 'echo "the cause"; false' >"$tree/tests/cli/two.bats"
    TEST_BUILD=$tree/build run -1 "$tree/tests/run" '^tests/cli/two'
    want "the end" "failed: tests-cli-two.bats.tap|     not ok 2 wrong|     # the cause|1 passed, 1 failed" \
        "$(tail -n 6 <<<"$output" | grep -v 'in test file\|^     #   ' | paste -sd '|')"
}

@test "tests/run runs every test file but those of tests/long" {
    local forgotten
    forgotten=$(comm -23 <(cd "$ROOT" && find tests -name '*.bats' -not -path 'tests/long/*' | LC_ALL=C sort) \
        <("$ROOT/tests/run" --list | grep '^tests/.*\.bats$' | LC_ALL=C sort))
    [ -z "$forgotten" ] || fail "$forgotten"
}
