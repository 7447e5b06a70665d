#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A bundle may hold anything. The answer is 'damaged', in time, without a control character, and never a crash.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
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
    [ "$(gojq -r .state <<<"$output")" = damaged ]
    [ "$(gojq -r .event <<<"$output")" = damaged ]
    [ "$(gojq -r .pid <<<"$output")" = 101 ]
    [ -n "$(gojq -r .reason <<<"$output")" ]
    run -3 --separate-stderr "$crumple" list --table --no-legend
    [[ $output == *"damaged: "* ]]
    assert_clean "$output$stderr"
    run -3 --separate-stderr "$crumple" group --table
    [ -z "$output" ]
    for mode in --json --core=/dev/null --all; do
        run -3 --separate-stderr "$crumple" show "$mode" last
        [ -z "$output" ]
        [[ $stderr == "crumple: '$CRUMPLE_DIR/$a.tar.zst' is damaged: "* ]]
        assert_clean "$stderr"
    done
}

# One case of each kind: tests/unit/cli/read has all of them.
@test "damaged: truncated, flipped" {
    bundle "$a"
    printf '\377\377' | dd of="$CRUMPLE_DIR/$a.tar.zst" bs=1 seek=30 conv=notrunc status=none
    assert_damaged
    truncate -s 300 "$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
}

@test "damaged: a link as the first member" {
    cd "$BATS_TEST_TMPDIR"
    ln -s /etc/passwd report.json
    tar -cf - report.json | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    assert_damaged
}

@test "damaged: what is not JSON" {
    raw $'{"format":1,"event":"cr\001ash\xff\xfe"}'
    assert_damaged
}

@test "damaged: a member of the wrong type" {
    bundle "$a" '.threads[0].tid = "1"'
    assert_damaged
}

@test "not damaged: goroutines of which nothing is known, or that steer a terminal" {
    local go='.event = "died" | .go = '
    bundle "$a" "$go"'{}'
    run -0 "$crumple" show -a last
    bundle "$a" "$go"'{goroutine: 7, groups: [{}, {}, {count: -1, at: 99, frames: [{}], wait_minutes: ["x", {}]}, {at: -3, frames: []}]}'
    run -0 "$crumple" show -a last
    run -0 "$crumple" show last
    bundle "$a" "$go"'{goroutine: null, version: "\u001b[31m", module: "\u202e", state: "\r", cut: true, unlisted: 7,
        groups: [{state: "\u001b]0;x\u0007", created_by: "\n", created_file: "\u200b", at: 0, frames: [{function: "\u001b[2J", file: "a/\u001b"}]}]}'
    run -0 "$crumple" show -a last
    assert_clean "$output"
    run -0 "$crumple" show last
    assert_clean "$output"
    bundle "$a" "$go"'{groups: [{frames: [{line: "1"}]}]}'
    assert_damaged
}

@test "not damaged: everything that may be null or absent is" {
    bundle "$a" '{format, event}'
    run -0 --separate-stderr "$crumple" list --json
    gojq -e '.signature == null and .pid == null and .time == "2026-01-02T03:04:05.000001Z"' <<<"$output"
    run -0 "$crumple" list --table
    run -0 "$crumple" group --table
    run -0 "$crumple" show last
    run -0 "$crumple" show -a last
    run -3 "$crumple" show --gdb last
    bundle "$a" 'with_entries(if (.key | IN("format", "event")) then . else .value = null end)'
    run -0 "$crumple" show -a last
    run -0 "$crumple" list --table
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
    run -0 "$crumple" list --table
}

@test "a newer format is refused with a clear message, and is not called damaged" {
    bundle "$a" '.format = 2 | .threads = "anything"'
    run -3 --separate-stderr "$crumple" list --json
    [ "$(gojq -r .state <<<"$output")" = unreadable ]
    [[ $(gojq -r .reason <<<"$output") == *"format 2 is newer than this program"* ]]
    run -3 --separate-stderr "$crumple" show last
    [[ $stderr == *"its format 2 is newer than this program (which reads formats up to 1); use a newer crumple" ]]
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
    run -0 "$crumple" list --table --no-legend
    [[ $output == *'\x1b[31mE\x1b]0;t\x07\u009b31m\u202e\u2066\u200f\r\n\t\x08\x7f'* ]]
    [ "${#lines[@]}" -eq 1 ]
    # a program gets the very text back
    want=$(gojq -c . <<<"$evil")
    [ "$("$crumple" list --json | gojq -c .title)" = "$want" ]
}

@test "hostile file names" {
    bundle "$a"
    mv "$CRUMPLE_DIR/$a.tar.zst" "$CRUMPLE_DIR/"$'\033[31m\xff evil.tar.zst'
    touch "$CRUMPLE_DIR/"$'\n.core' "$CRUMPLE_DIR/-x.core" "$CRUMPLE_DIR/.core" "$CRUMPLE_DIR/.tar.zst"
    run -0 --separate-stderr "$crumple" list --table --paths
    assert_clean "$output"
    [ "${#lines[@]}" -eq 4 ]
    run -0 --separate-stderr "$crumple" list --json
    [ "$(gojq -s length <<<"$output")" -eq 3 ]
    run -0 "$crumple" show "$CRUMPLE_DIR/"$'\033[31m\xff evil.tar.zst'
    assert_clean "$output"
}

@test "fifos, devices and directories are not opened" {
    mkfifo "$CRUMPLE_DIR/$a.tar.zst"
    ln -s /dev/zero "$CRUMPLE_DIR/$b.tar.zst"
    mkdir "$CRUMPLE_DIR/$c.tar.zst"
    run -3 --separate-stderr timeout 10 "$crumple" list --json
    [ "$(gojq -s 'map(select(.reason == "it is not a regular file")) | length' <<<"$output")" -eq 3 ]
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
    [[ $(gojq -r .reason <<<"$output") == *"more than 268435456 bytes"* ]]
    # 20 MB of numbers would be 600 MB in memory
    {
        printf '{"format":1,"event":"crash","x":['
        yes '0,0,0,0,0,0,0,0,' | tr -d '\n' | head -c 20000000
        printf '0]}'
    } >"$BATS_TEST_TMPDIR/raw"
    RAW=$BATS_TEST_TMPDIR/raw bundle "$a"
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' list --json"
    [ "$(gojq -r .state <<<"$output")" = damaged ]
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' show last"
}

# pack NAME: the members in $BATS_TEST_TMPDIR/m as a bundle; tar's and zstd's options in $tar and $zstd
pack() {
    # shellcheck disable=SC2086,SC2046 # words
    tar -C "$BATS_TEST_TMPDIR/m" ${tar:-} -cf - $(cd "$BATS_TEST_TMPDIR/m" && ls -r) | zstd -q ${zstd:-} -c >"$CRUMPLE_DIR/$1.tar.zst"
    rm -f "$BATS_TEST_TMPDIR"/m/*
}

# refuses NAME REASON: show and list say why, in little memory, and the sound bundle is listed all the same
refuses() {
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' show '$CRUMPLE_DIR/$1.tar.zst'"
    [[ $stderr == "crumple: "*"'$CRUMPLE_DIR/$1.tar.zst'"*"$2"* ]]
    run -3 --separate-stderr timeout 60 bash -c "ulimit -v $limit; '$crumple' list --json"
    [[ $(gojq -r 'select(.state != "present").reason' <<<"$output") == *"$2"* ]]
    [ "$(gojq -r 'select(.state == "present").pid' <<<"$output")" = 202 ]
    rm "$CRUMPLE_DIR/$1.tar.zst"
}

@test "bombs: what few packed bytes may stand for is limited, and the other bundles are listed" {
    limit=200000 # KiB; a sanitizer needs its own
    ! nm "$crumple" 2>/dev/null | grep -q __asan_init || limit=unlimited
    mkdir "$BATS_TEST_TMPDIR/m"
    report=$BATS_TEST_TMPDIR/m/report.json
    bundle "$b"
    { echo '{"format":1,"event":"crash","x":['; yes '0,0,0,0,0,0,0,0,' | head -n 3000000; } >"$report"
    pack "$a"
    refuses "$a" "its report.json has more than 8 MiB and more than 2000 times its packed size"
    head -c 9M /dev/zero >"$report"
    zstd="-1 --long=27" pack "$a"
    refuses "$a" "its zstd window is larger than 8 MiB"
    # in a small report, and unpacked a second time
    { echo '{"format":1,"event":"crash","x":['; yes '0,0,0,0,0,0,0,0,' | head -n 300000; } >"$report"
    pack "$a"
    refuses "$a" "it needs too much memory: more than"
    echo '{}' >"$report"
    pack "$a"
    zstd -q -c "$CRUMPLE_DIR/$a.tar.zst" >"$BATS_TEST_TMPDIR/twice"
    mv "$BATS_TEST_TMPDIR/twice" "$CRUMPLE_DIR/$a.tar.zst"
    refuses "$a" "not a bundle"
    # holes in a tar; frames that hold nothing
    for format in gnu pax; do
        truncate -s 100M "$report"
        echo end >>"$report"
        tar="-S --format=$format" pack "$a"
        refuses "$a" "its report.json has more than 8 MiB and"
    done
    printf '\x50\x2a\x4d\x18\xf0\xff\xff\xff' >"$CRUMPLE_DIR/$a.tar.zst"
    truncate -s 4G "$CRUMPLE_DIR/$a.tar.zst"
    refuses "$a" "more than 1 MiB of it unpacks to nothing"
}

@test "bombs: strings, threads behind a long text, headers of headers, an empty core" {
    limit=200000
    ! nm "$crumple" 2>/dev/null | grep -q __asan_init || limit=unlimited
    mkdir "$BATS_TEST_TMPDIR/m"
    bundle "$b"
    long=$(head -c 1100000 /dev/zero | base64 -w 0)
    printf '{"format":1,"event":"crash","title":"%s"}' "$long" >"$BATS_TEST_TMPDIR/m/report.json"
    pack "$a"
    refuses "$a" "'title' has a string of more than 1048576 bytes"
    printf '{"format":1,"event":"crash","cmdline":["%s"]}' "$long" >"$BATS_TEST_TMPDIR/m/report.json"
    pack "$a"
    refuses "$a" "'cmdline' has a string of more than 1048576 bytes"
    # extended headers that extend each other
    python3 -c "
import tarfile, io, sys
header = tarfile.TarInfo('x'); header.type = b'x'; body = b'12 path=abc\n'; header.size = len(body)
sys.stdout.buffer.write((header.tobuf(tarfile.USTAR_FORMAT) + body.ljust(512, b'\0')) * 100000)" | zstd -q >"$CRUMPLE_DIR/$a.tar.zst"
    refuses "$a" "one of its members is not a file"
    # 'list' has a budget: what it needs to know stands behind 33 MiB
    { printf '{"x":"'; head -c 26M /dev/urandom | base64 -w 0; printf '","format":1,"event":"crash","threads":[]}'; } >"$BATS_TEST_TMPDIR/m/report.json"
    zstd=-1 pack "$a"
    run -3 --separate-stderr "$crumple" list --json
    [[ $(gojq -r 'select(.state == "unreadable").reason' <<<"$output") == *"more than 32 MiB, and its beginning is not enough; 'crumple show' reads all of it" ]]
    [ "$(gojq -s length <<<"$output")" -eq 2 ]
    run -0 "$crumple" show "$CRUMPLE_DIR/$a.tar.zst"
    # a core of holes is not unpacked to a disk; one that is not small is
    echo '{"format":1,"event":"crash"}' >"$BATS_TEST_TMPDIR/m/report.json"
    truncate -s 600M "$BATS_TEST_TMPDIR/m/core"
    echo end >>"$BATS_TEST_TMPDIR/m/core"
    tar=-S pack "$a"
    run -3 --separate-stderr "$crumple" show --core /dev/null "$CRUMPLE_DIR/$a.tar.zst"
    [[ $stderr == *"its core has more than 512 MiB and more than 2000 times its packed size; no core was written" ]]
}

@test "a C++ name that stands for gigabytes" {
    name=_Z1fI
    name+=St4pairIiiE
    for i in $(seq 0 34); do
        name+="St4pairIS$(printf '%d' "$i" | tr 0-9 0-9)_S${i}_E"
    done
    bundle "$a" ".threads[0].frames[0].function = \"${name}EvT_\" | .title = \"SIGSEGV in ${name}EvT_\""
    run -0 timeout 100 "$crumple" show last
    run -0 timeout 100 "$crumple" list --table
}

@test "a long report: listing reads its beginning, show reads it all" {
    bundle "$a" '.threads[0] as $t | .threads = [range(20000) as $i | $t | .tid = $i + 1 | .crashed = ($i == 0)]'
    run -0 --separate-stderr "$crumple" list --json
    [ "$(gojq -r .title <<<"$output")" = "SIGSEGV in parse_header (alpha)" ]
    run -0 --separate-stderr "$crumple" show last
    [[ $output == *"19999 threads 'client' with the same stack"*"and 19987 more (--all)"* ]]
    # a writer with another order of members
    bundle "$a" '.threads[0] as $t | {threads: [range(20000) as $i | $t]} + .'
    run -0 --separate-stderr "$crumple" list --json
    [ "$(gojq -r .title <<<"$output")" = "SIGSEGV in parse_header (alpha)" ]
    # no more than 65536 threads
    bundle "$a" '.threads = [range(65537) | {tid: 1}]'
    run -3 --separate-stderr "$crumple" show last
    [[ $stderr == *"'threads' has more than 65536 elements" ]]
}
