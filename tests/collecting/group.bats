#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2030,SC2031 # common.bash sets the names
# Groups of equal events: their ids, and what their members share.
load ../cli/common
setup() { common_setup; }

# Three crashes of 'join' on two hosts, and two others of the same program.
joins() {
    local i
    for i in 1 2 3; do
        bundle "2026010${i}T000000.000000Z-arena-$i" ".tags = {rpc: \"join\", id: \"$i\"} | .hostname = \"h$((i % 2))\""
    done
    bundle 20260104T000000.000000Z-arena-4 '.signature = "SIGSEGV | parse_other" | .tags = {rpc: "leave"}'
    bundle 20260105T000000.000000Z-arena-5 '.signature = "SIGABRT | other" | .tags = {}'
}

@test "group --json: what nearly all members have and few others" {
    joins
    run -0 --separate-stderr "$crumple" group
    gojq -se '.[0] | .count == 3 and .fatal == 3 and .contained == 0 and .rewound == 0 and .builds == 0 and .hosts == 2 and
              .shared == [{key: "rpc", tag: true, value: "join", members: 1, others: 0}]' <<<"$output"
    gojq -se '[.[].group] | unique | length == 3 and all(test("^g[0-9a-f]{7}$"))' <<<"$output"
    run -0 "$crumple" list --where "group=$(gojq -sr '.[0].group' <<<"$output")"
    [ "${#lines[@]}" -eq 3 ]
}

@test "show GROUP: by its id, the beginning of it, its signature or the beginning; in several directories" {
    local id word
    joins
    mkdir "$BATS_TEST_TMPDIR/other"
    mv "$CRUMPLE_DIR/20260103T000000.000000Z-arena-3.tar.zst" "$BATS_TEST_TMPDIR/other/"
    id=$("$crumple" group -n 1 | gojq -r .group)
    for word in "$id" "${id:0:6}" 'SIGSEGV | parse_header | handle_client' 'SIGSEGV | parse_h' 'SIGSEGV | parse_hea…'; do
        run -0 --separate-stderr "$crumple" show "$word"
        [[ $output == *"  group      $id: 2 events (2 fatal), from 2026-01-01 00:00 to 2026-01-02 00:00; "*"2 hosts"* ]]
        [[ $output == *"/20260102T000000.000000Z-arena-2.tar.zst"* ]]
    done
    run -0 --separate-stderr "$crumple" show "$id" "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/other"
    [[ $output == *"  group      $id: 3 events"*"  shared     all 3 have rpc=join (others of arena: 0 %)"*"/other/20260103T"* ]]
    run -0 --separate-stderr "$crumple" show --json "$id"
    gojq -e '.id == "20260102T000000.000000Z-arena-2" and .group_facts.count == 2' <<<"$output"
    run -0 "$crumple" show last "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/other"
    [[ $output == *"  group      "*"/20260105T"* ]]
    run -0 "$crumple" "$id"
    [[ $output == *": 2 events"* ]]
}

@test "show GROUP, export: a shared tag that has the name of a key is named as a filter takes it" {
    for n in 1 2 3; do
        printf '{"time":"2026-01-0%dT00:00:00Z","title":"t","signature":"A | s","exe":"alpha","tags":{"host":"web"}}\n' $n
    done >"$CRUMPLE_DIR/o.ndjson"
    bundle "$a" '.signature = "A | s" | .tags = {host: "web"} | .hostname = "x"'
    bundle 20260103T030405.000002Z-alpha-202 '.signature = "other | f"'
    run -0 "$crumple" show 'A | s'
    [[ $output == *"  shared     all 4 have tag:host=web (others of alpha: 0 %)"* ]]
    "$crumple" export --html "$BATS_TEST_TMPDIR/page.html"
    grep -q '"tag:host"' "$BATS_TEST_TMPDIR/page.html"
    [ "$("$crumple" list --where tag:host=web | wc -l)" = 4 ]
}

@test "show GROUP: a signature that only a table shows is found; one of several, none, and one without bundles are not" {
    bundle 20260106T000000.000000Z-arena-6 '.signature = "SIGABRT | _ZNKSt6vectorIiSaIiEE2atEm" | .exe = null'
    joins
    run -0 "$crumple" show 'SIGABRT | std::vector<int>::at(unsigned long) const'
    [[ $output == *"20260106T000000.000000Z-arena-6"* ]]
    run -2 --separate-stderr "$crumple" show 'SIGSEGV | parse_'
    [[ $stderr == "crumple: 'SIGSEGV | parse_' is the beginning of more than one group: g"*", g"*"; 'crumple group' lists them" ]]
    run -1 --separate-stderr "$crumple" show 'SIGSEGV | nowhere/at/all'
    [ "$stderr" = "crumple: no group 'SIGSEGV | nowhere/at/all' in '$CRUMPLE_DIR'" ]
    rm "$CRUMPLE_DIR"/*
    printf '{"event":"contained","time":"2026-01-05T00:00:00Z","pid":7,"exe":"/a","signature":"s | t","title":"t","signal":null,"path":null,"id":"x","count":12}\n' \
        >"$CRUMPLE_DIR/crashes.ndjson"
    run -1 --separate-stderr "$crumple" show 's | t'
    [ "$stderr" = "crumple: no bundle of 's | t' is left; 'crumple group' counts its events" ]
    run -3 --separate-stderr env CRUMPLE_DIR="$CRUMPLE_DIR/none" "$crumple" show g1234567
    run -3 --separate-stderr "$crumple" show g1234567 "$CRUMPLE_DIR/none"
    [[ $stderr == *"cannot read '$CRUMPLE_DIR/none': No such file or directory"* ]]
}

@test "show GROUP: hostile texts are data, damaged bundles cost a word" {
    joins
    bundle 20260101T000000.000001Z-arena-1 '.tags = {"rpc\u001b]0;x\u0007": "\u202ejoin"} | .signature = "a\u001b | b"'
    bundle 20260101T000000.000002Z-arena-1 '.tags = {"rpc\u001b]0;x\u0007": "\u202ejoin"} | .signature = "a\u001b | b"'
    bundle 20260101T000000.000003Z-arena-1 '.tags = {"rpc\u001b]0;x\u0007": "\u202ejoin"} | .signature = "a\u001b | b"'
    truncate -s 100 "$CRUMPLE_DIR/20260104T000000.000000Z-arena-4.tar.zst"
    mv "$CRUMPLE_DIR/20260101T000000.000003Z-arena-1.tar.zst" "$CRUMPLE_DIR/.hidden"$'\xff.tar.zst'
    run -0 --separate-stderr "$crumple" show $'a\e | b'
    [[ $output == *'all 3 have rpc\x1b]0;x\x07=\u202ejoin (others of arena: 0 %)'* ]]
    assert_clean "$output"
    assert_clean "$stderr"
}

# events: from lines 'DAY SIGNATURE VERSION HOST [EVENT [PROGRAM]]', events of other programs' kind, which need no bundle.
events() {
    awk -F' *; *' '{
        printf "{\"time\":\"2026-01-%sZ\",\"title\":\"%s\",\"signature\":\"%s\",\"signal\":\"SIGSEGV\",\"exe\":\"/bin/%s\",\"host\":\"%s\",\"build\":\"%s\",\"event\":\"%s\",\"tags\":{\"version\":\"%s\"}}\n",
            $1, $2, $2, $6 ? $6 : "arena", $4, "b" $3 "0000", $5 ? $5 : "crash", $3 }' >"$CRUMPLE_DIR/events.ndjson"
}

releases() {
    events <<'EOF'
01T00:00:00; SIGSEGV | old; 1.8; a
02T00:00:00; SIGSEGV | old; 1.8; b
03T00:00:00; SIGSEGV | old; 1.8; c
04T00:00:00; SIGSEGV | both | called_by_a_function_with_a_long_name | and_another; 1.8; a; contained
05T00:00:00; SIGSEGV | both | called_by_a_function_with_a_long_name | and_another; 1.9; a; contained
07T00:00:00; SIGSEGV | both | called_by_a_function_with_a_long_name | and_another; 1.9; b
08T00:00:00; SIGSEGV | new; 1.9; a
06T00:00:00; SIGSEGV | elsewhere; 7; z; crash; lobby
EOF
}

@test "group --new-in, --gone-in: 4 with such a group, 0 without, 1 for a build that has no event" {
    releases
    run -4 --separate-stderr "$crumple" group --new-in 1.9
    [ "$(gojq -r .signature <<<"$output")" = "SIGSEGV | new" ]
    [ "$stderr" = "crumple: 1 group is new in 1.9; 3 events of it" ]
    run -4 "$crumple" group --new-in b1.9 -n 1
    run -4 --separate-stderr "$crumple" group --gone-in 1.9
    [ "$(gojq -r .signature <<<"$output")" = "SIGSEGV | old" ]
    run -0 --separate-stderr "$crumple" group --new-in 1.9 --where 'signature=*both*'
    [ "$output:$stderr" = ":crumple: 0 groups are new in 1.9; 2 events of it" ]
    run -0 "$crumple" group --gone-in 7
    run -1 --separate-stderr "$crumple" group --new-in 1.90
    [ "$stderr" = "crumple: no event of build '1.90' in '$CRUMPLE_DIR'; the builds of the newest events are 1.9, 7, 1.8" ]
    run -2 "$crumple" group --new-in 1.9 --gone-in 1.8
    run -2 "$crumple" group --new-in 1.9 --by host
    run -2 "$crumple" group --new-in ''
    echo '{"time":"2026-01-09T00:00:00Z","title":"t","signature":"SIGSEGV | new","tags":{"version":"","build":""}}' >"$CRUMPLE_DIR/o.ndjson"
    run -4 "$crumple" group --new-in 1.9 # no name of a build is no other build
}

@test "group --new-in: a damaged bundle is no pass" {
    releases
    bundle "$a"
    truncate -s 100 "$CRUMPLE_DIR/$a.tar.zst"
    run -3 --separate-stderr "$crumple" group --gone-in 7
    [[ $stderr == *"1 damaged or unreadable"*"0 groups are gone in 7"* ]]
    run -4 "$crumple" group --new-in 1.9
}

@test "group --sort: count, recent, growth and first; --reverse turns each round" {
    local order
    releases
    for order in count:both recent:new growth:both first:new; do
        run -0 "$crumple" group --sort "${order%:*}" -n 1
        [[ $(gojq -r .signature <<<"$output") == "SIGSEGV | ${order#*:}"* ]]
    done
    run -0 "$crumple" group --sort=growth --reverse -n 4
    [[ $(gojq -r .signature <<<"${lines[0]}") == "SIGSEGV | old" ]]
    gojq -e '.trend == [1, 1, 1, 0, 0, 0, 0, 0]' <<<"${lines[0]}"
    run -2 --separate-stderr "$crumple" group --sort=size
    [[ $stderr == *"'size' is not a value for --sort ORDER; ORDER is count, recent, growth or first; "* ]]
}

@test "group: a table fits 80, 120 and 200 columns; where UTF-8 is not understood, the trend is ASCII" {
    local columns
    releases
    for columns in 80 120 200; do
        on_terminal "$columns" "$crumple" group | tr -d '\r' >"$BATS_TEST_TMPDIR/group-$columns"
        [ -z "${UPDATE_SCREENS-}" ] || cp "$BATS_TEST_TMPDIR/group-$columns" "$BATS_TEST_DIRNAME/screens/"
        diff "$BATS_TEST_DIRNAME/screens/group-$columns" "$BATS_TEST_TMPDIR/group-$columns"
    done
    LC_ALL=C run -0 "$crumple" group --table -n 1
    [[ ${lines[1]} == *" 3  ___##_#_        67%  "* ]]
    sed -i 's/"contained"/"rewound"/' "$CRUMPLE_DIR/events.ndjson"
    run -0 "$crumple" group --table -n 1
    [[ ${lines[0]} == *"  CONTAINED  REWOUND  FIRST  "* && ${lines[1]} == *"  0%      67%  2026-"* ]]
}
