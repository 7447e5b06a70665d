#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A bundle may hold anything. The answer is 'damaged', in time, without a control character, and never a crash.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; jq programs have their own dollars
load common
setup() { common_setup; }

# raw TEXT: a bundle whose report.json is that
raw() {
    printf '%s' "$1" >"$BATS_TEST_TMPDIR/raw"
    RAW=$BATS_TEST_TMPDIR/raw bundle "$a"
}

# every way to read it says 3 and damaged
assert_damaged() {
    run -3 --separate-stderr "$crumple" list --json
    [ "$(jq -r .state <<<"$output")" = damaged ]
    [ "$(jq -r .event <<<"$output")" = damaged ]
    [ "$(jq -r .pid <<<"$output")" = 101 ]
    [ -n "$(jq -r .reason <<<"$output")" ]
    run -3 --separate-stderr "$crumple" list --no-legend
    [[ $output == *"damaged: "* ]]
    assert_clean "$output$stderr"
    run -3 --separate-stderr "$crumple" group
    [ -z "$output" ]
    for mode in --json --core=/dev/null --all; do
        run -3 --separate-stderr "$crumple" show "$mode" last
        [ -z "$output" ]
        [[ $stderr == "crumple: '$CRUMPLE_DIR/$a.tar.zst' is damaged: "* ]]
        assert_clean "$stderr"
    done
}

@test "damaged: empty, no zstd, no tar, truncated, flipped" {
    : >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    echo hello world >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    head -c 100000 /dev/urandom >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    echo hello | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    bundle "$a"
    size=$(stat -c %s "$CRUMPLE_DIR/$a.tar.zst")
    for at in 1 30 300; do
        bundle "$a"
        truncate -s "$at" "$CRUMPLE_DIR/$a.tar.zst"
        assert_damaged
        bundle "$a"
        printf '\377\377' | dd of="$CRUMPLE_DIR/$a.tar.zst" bs=1 seek="$at" conv=notrunc status=none
        assert_damaged
    done
    [ "$size" -gt 600 ]
}

@test "damaged: another first member, a link, a directory" {
    cd "$BATS_TEST_TMPDIR"
    echo x >other
    tar -cf - other | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    ln -s /etc/passwd report.json
    tar -cf - report.json | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
    rm report.json
    mkdir report.json
    tar -cf - report.json | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
}

@test "damaged: what is not JSON, or not an object" {
    for text in '' '{' '[]' '"x"' 'null' '{"format":1' '{"format":1,}' "{'format':1}" '{"format":1}garbage' \
        $'{"format":1,"event":"cr\001ash"}' $'{"format":1,"event":"\xff\xfe"}' '{"format":1,"event":"a\u0000b"}' \
        '{"format":1,"event":"\ud800"}' '{"format":99999999999999999999999,"event":"x"}' \
        '{"format":1,"event":"x","pid":1e999}'; do
        raw "$text"
        assert_damaged
    done
    raw "$(printf '[%.0s' $(seq 5000))"
    assert_damaged
}

@test "damaged: members missing or of the wrong type" {
    for filter in 'del(.format)' 'del(.event)' '.format = "1"' '.format = 0' '.format = -1' '.format = 1.5' \
        '.event = 1' '.event = null' '.time = 5' '.title = ["x"]' '.signature = {}' '.exe = 1' '.pid = "1"' \
        '.pid = 1.5' '.signal = "SIGSEGV"' '.signal.name = 11' '.threads = {}' '.threads = [1]' \
        '.threads[0].tid = "1"' 'del(.threads[0].tid)' '.threads[0].frames = "x"' '.threads[0].frames[0] = null' \
        '.threads[0].frames[0].pc = 12' '.threads[0].frames[0].function = []' '.modules = "x"' \
        '.modules[0].path = 1' '.cmdline = "x"' '.cmdline = [1]' '.soft_errors = [null]' \
        '.threads[0].frames = [range(257) as $i | {pc: "0x1"}]'; do
        bundle "$a" "$filter"
        assert_damaged
    done
}

@test "not damaged: everything that may be null or absent is" {
    bundle "$a" '{format, event}'
    run -0 --separate-stderr "$crumple" list --json
    jq -e '.signature == null and .pid == null and .time == "2026-01-02T03:04:05.000001Z"' <<<"$output"
    run -0 "$crumple" list
    run -0 "$crumple" group
    run -0 "$crumple" show last
    run -0 "$crumple" show -a last
    run -3 "$crumple" show --gdb last
    bundle "$a" 'with_entries(if (.key | IN("format", "event")) then . else .value = null end)'
    run -0 "$crumple" show -a last
    run -0 "$crumple" list
    bundle "$a" '.threads |= map({tid}) | .modules |= map({}) | .signal = {}'
    run -0 "$crumple" show last
    bundle "$a" '.threads[].frames[] |= {}'
    run -0 "$crumple" show last
    bundle "$a" '.threads = [] | .modules = []'
    run -0 "$crumple" show last
    bundle "$a" '.threads[0].frames[0] += {offset: "0xffffffffffffffff", build_id: "../../../etc/passwd"} |
                 .threads[0].frames[1] += {offset: "zz", module: "relative"} |
                 .threads[0].frames[2] += {offset: "0xfffffffffffffffffffff", function_offset: "-1"} | .pid = -5'
    run -0 "$crumple" show last
    run -0 "$crumple" list
}

@test "a newer format is refused with a clear message, and is not called damaged" {
    bundle "$a" '.format = 2 | .threads = "anything"'
    run -3 --separate-stderr "$crumple" list --json
    [ "$(jq -r .state <<<"$output")" = unreadable ]
    [[ $(jq -r .reason <<<"$output") == *"format 2 is newer than this program"* ]]
    run -3 --separate-stderr "$crumple" show last
    [[ $stderr == *"its format 2 is newer than this program, which reads formats up to 1; use a newer crumple" ]]
    [[ $stderr != *damaged* ]]
}

@test "control characters never reach the output" {
    evil='"\u001b[31mE\u001b]0;t\u0007\u009b31m\u202e\u2066\u200f\r\n\t\b\u007f"'
    bundle "$a" "def e: $evil; .title = e | .signature = e | .reason = e | .exe = \"/x/\" + e | .cmdline = [e, e] |
        .hostname = e | .time = e | .signal.name = e | .signal.code_name = e | .signal.description = e |
        .signal.addr = e | .threads[].name = e | .threads[].routine = e | .threads[].state = e |
        .threads[].reason = e | .threads[0].registers = {(e): e} | .threads[].frames[]? |= map_values(e) |
        .modules[] |= map_values(e) | .soft_errors = [e] | .event = e"
    for arguments in "list" "list --paths" "group" "show last" "show -a last" "show --no-demangle last" \
        "list --json" "group --json" "show --json last" "show --gdb last"; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$crumple" $arguments
        [ "$status" -le 3 ]
        assert_clean "$output"
        assert_clean "$stderr"
    done
    run -0 "$crumple" list --no-legend
    [[ $output == *'\x1b[31mE\x1b]0;t\x07\u009b31m\u202e\u2066\u200f\r\n\t\x08\x7f'* ]]
    [ "${#lines[@]}" -eq 1 ]
    # a program gets the very text back
    want=$(jq -c . <<<"$evil")
    [ "$("$crumple" list --json | jq -c .title)" = "$want" ]
}

@test "hostile file names" {
    bundle "$a"
    mv "$CRUMPLE_DIR/$a.tar.zst" "$CRUMPLE_DIR/"$'\033[31m\xff evil.tar.zst'
    touch "$CRUMPLE_DIR/"$'\n.core' "$CRUMPLE_DIR/-x.core" "$CRUMPLE_DIR/.core" "$CRUMPLE_DIR/.tar.zst"
    run -0 --separate-stderr "$crumple" list --paths
    assert_clean "$output"
    [ "${#lines[@]}" -eq 4 ]
    run -0 --separate-stderr "$crumple" list --json
    [ "$(jq -s length <<<"$output")" -eq 3 ]
    run -0 "$crumple" show "$CRUMPLE_DIR/"$'\033[31m\xff evil.tar.zst'
    assert_clean "$output"
}

@test "fifos, devices and directories are not opened" {
    mkfifo "$CRUMPLE_DIR/$a.tar.zst"
    ln -s /dev/zero "$CRUMPLE_DIR/$b.tar.zst"
    mkdir "$CRUMPLE_DIR/$c.tar.zst"
    run -3 --separate-stderr timeout 10 "$crumple" list --json
    [ "$(jq -s 'map(select(.reason == "it is not a regular file")) | length' <<<"$output")" -eq 3 ]
    run -3 timeout 10 "$crumple" show "$CRUMPLE_DIR/$a.tar.zst"
    rm -r "${CRUMPLE_DIR:?}"/*
    # modules neither
    mkfifo "$BATS_TEST_TMPDIR/module"
    bundle "$a" ".threads[].frames[]?.module = \"$BATS_TEST_TMPDIR/module\""
    run -0 timeout 10 "$crumple" show last
    run -3 timeout 10 "$crumple" show --gdb --exe "$BATS_TEST_TMPDIR/module" last
}

@test "bombs: oversized members and texts made to exhaust memory" {
    limit=400000 # KiB; a sanitizer needs its own
    ! nm "$crumple" 2>/dev/null | grep -q __asan_init || limit=unlimited
    # 257 MiB of zeros, a few KiB compressed
    mkdir "$BATS_TEST_TMPDIR/big"
    truncate -s 257M "$BATS_TEST_TMPDIR/big/report.json"
    tar -C "$BATS_TEST_TMPDIR/big" -cf - report.json | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' list --json"
    [[ $(jq -r .reason <<<"$output") == *"more than 268435456 bytes"* ]]
    # 20 MB of numbers would be 600 MB in memory
    {
        printf '{"format":1,"event":"crash","x":['
        yes '0,0,0,0,0,0,0,0,' | tr -d '\n' | head -c 20000000
        printf '0]}'
    } >"$BATS_TEST_TMPDIR/raw"
    RAW=$BATS_TEST_TMPDIR/raw bundle "$a"
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' list --json"
    [ "$(jq -r .state <<<"$output")" = damaged ]
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' show last"
}

@test "a C++ name that stands for gigabytes" {
    name=_Z1fI
    name+=St4pairIiiE
    for i in $(seq 0 34); do
        name+="St4pairIS$(printf '%d' "$i" | tr 0-9 0-9)_S${i}_E"
    done
    bundle "$a" ".threads[0].frames[0].function = \"${name}EvT_\" | .title = \"SIGSEGV in ${name}EvT_\""
    run -0 timeout 100 "$crumple" show last
    run -0 timeout 100 "$crumple" list
}

@test "a long report: listing reads its beginning, show reads it all" {
    bundle "$a" '.threads[0] as $t | .threads = [range(20000) as $i | $t | .tid = $i + 1 | .crashed = ($i == 0)]'
    run -0 --separate-stderr "$crumple" list --json
    [ "$(jq -r .title <<<"$output")" = "SIGSEGV in parse_header (alpha)" ]
    run -0 --separate-stderr "$crumple" show last
    [[ $output == *"19999 threads 'client' with the same stack"*"and 19987 more (--all)"* ]]
    # a writer with another order of members
    bundle "$a" '.threads[0] as $t | {threads: [range(20000) as $i | $t]} + .'
    run -0 --separate-stderr "$crumple" list --json
    [ "$(jq -r .title <<<"$output")" = "SIGSEGV in parse_header (alpha)" ]
    # no more than 65536 threads
    bundle "$a" '.threads = [range(65537) | {tid: 1}]'
    run -3 --separate-stderr "$crumple" show last
    [[ $stderr == *"'threads' has more than 65536 elements" ]]
}
