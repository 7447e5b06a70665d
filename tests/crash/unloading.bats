#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Libraries that dlclose has unloaded (row 7): calls and accesses there are told by their names.

load helpers
setup() {
    setup_crash
    VICTIM=$T$LIBC/unloading
}
teardown() { teardown_crash; }

# unload VERB
unload() {
    crash "$1" "$T$LIBC/libplugin.so"
}

# Lines of the note: how many unloaded libraries are told.
noted() {
    tar --zstd -xOf "$BUNDLE" core | grep -aoE '0x[0-9a-f]+-0x[0-9a-f]+ [^ ]*libplugin\.so' | wc -l
}

# musl: musl unloads nothing
# bats test_tags=glibc
@test "a call of a function in an unloaded library names the library [row 7]" {
    unload call
    expect_signal 11 SIGSEGV SEGV_MAPERR "$(report '.threads[0].registers.rip')"
    want "frame 0" "$T$LIBC/libplugin.so $(fact offset) true null context" \
        "$(report '.threads[0].frames[0] | "\(.module) \(.offset) \(.unloaded) \(.function) \(.trust)"')"
    expect_function call_plugin 1
    want "trust of the caller" call "$(report '.threads[0].frames[1].trust')"
    expect_calls call_plugin call
    want "title" "SIGSEGV in call_plugin: jump to libplugin.so+$(fact offset), which was unloaded by dlclose" "$(report .title)"
    [[ $(report .signature) == "SIGSEGV freed module | call_plugin | call"* ]] || fail "$(report .signature)"
    tar --zstd -xOf "$BUNDLE" report.txt | grep -q "^  #0 libplugin.so+$(fact offset) (unloaded)$" ||
        fail "$(tar --zstd -xOf "$BUNDLE" report.txt | head -n 30)"
    expect_said "unloaded by dlclose"
    "$BUILD/crumple" show "$BUNDLE" >shown || fail "crumple show: $(cat shown)"
    unwound_to_start
}

# musl: musl unloads nothing
# bats test_tags=glibc
@test "a thread that returns into a library that another one has unloaded: the report names it [row 7]" {
    unload return
    expect_signal 11 SIGSEGV SEGV_MAPERR "$(report '.threads[0].registers.rip')"
    want "frame 0" "$T$LIBC/libplugin.so true" "$(report '.threads[0].frames[0] | "\(.module) \(.unloaded)"')"
    expect_title "jump to libplugin.so+0x" ", which was unloaded by dlclose"
    expect_calls wait_in_plugin wait_there
}

# musl: musl unloads nothing
# bats test_tags=glibc
@test "an access to data of an unloaded library names the library [row 7]" {
    unload data
    expect_signal 11 SIGSEGV SEGV_MAPERR
    expect_function read_plugin
    expect_title "SIGSEGV in read_plugin: address $(report .signal.addr) in libplugin.so+$(fact offset), which was unloaded by dlclose"
    [[ $(report .signal.description) == *"$T$LIBC/libplugin.so"* ]] || fail "$(report .signal.description)"
    unwound_to_start
}

@test "a library is not named where another mapping lies in its place [row 7]" {
    unload reused
    expect_signal 11 SIGSEGV SEGV_ACCERR
    want "module" null "$(report '.threads[0].frames[0].module')"
    [[ $(report .title) != *libplugin* ]] || fail "$(report .title)"
    expect_function call_plugin 1
}

# musl: musl unloads nothing
# bats test_tags=glibc
@test "a library that stays (RTLD_NODELETE, still in use) is not noted; of many only the latest [row 7]" {
    unload nodelete
    want "noted" 0 "$(noted)"
    rm -rf "$CRASHES"
    unload counted
    want "noted" 0 "$(noted)"
    rm -rf "$CRASHES"
    unload many
    want "noted" 64 "$(noted)"
}

# musl: musl unloads nothing
# bats test_tags=glibc
@test "dlopen and dlclose in four threads: the same results, no bundle" {
    BUNDLES=0 LIMIT_MS=60000 RUNNER_OPTIONS=(-t 100000)
    run_without cycles "$T$LIBC/libplugin.so"
    run_with cycles "$T$LIBC/libplugin.so"
    same_death
    diff "$TMP/without.out" "$TMP/with.out"
    want "exit code" 0 "$(status_of with exit)"
    right_files
}

@test "what a dlclose costs" {
    local without with i
    for i in 1 2 3 4 5; do
        without+="$("$T$LIBC/unloading" measure "$T$LIBC/libplugin.so") "
        with+="$(CRUMPLE_DIR=$CRASHES LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$T$LIBC/unloading" measure "$T$LIBC/libplugin.so") "
    done
    echo "# dlopen and dlclose: $(tr ' ' '\n' <<<"$without" | sort -n | sed -n 2p) ns, with crumple" \
        "$(tr ' ' '\n' <<<"$with" | sort -n | sed -n 2p) ns (best of 5)" >&3
}
