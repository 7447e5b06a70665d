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
    [[ $output == *"  group      $id: 3 events"*"  shared     all have rpc=join (others of arena: 0 %)"*"/other/20260103T"* ]]
    run -0 --separate-stderr "$crumple" show --json "$id"
    gojq -e '.id == "20260102T000000.000000Z-arena-2" and .group_facts.count == 2' <<<"$output"
    run -0 "$crumple" show last "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/other"
    [[ $output == *"  group      "*"/20260105T"* ]]
    run -0 "$crumple" "$id"
    [[ $output == *": 2 events"* ]]
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
    run -0 --separate-stderr "$crumple" show $'a\e | b'
    [[ $output == *'all have rpc\x1b]0;x\x07=\u202ejoin (others of arena: 0 %)'* ]]
    assert_clean "$output"
    assert_clean "$stderr"
}
