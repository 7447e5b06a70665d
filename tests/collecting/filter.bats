#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names
# One filter for all verbs that work on several events.
load ../cli/common
setup() { common_setup; }

# Three crashes: two of them with the tag, one of these on another host.
tagged() {
    bundle "$a" '.tags = {rpc: "join"}'
    bundle "$b" '.tags = {rpc: "join"} | .hostname = "other" | .build_id = "abcdef01" | .signature = "SIGABRT | f::g | h"'
    bundle "$c" '.tags = {rpc: "leave"}'
}

# found VERB OPTION...: how many events the verb finds.
found() {
    case $1 in
    list) "$crumple" "$@" 2>/dev/null | wc -l ;;
    group) "$crumple" "$@" 2>/dev/null | gojq -s '[.[].count] | add // 0' ;;
    summary) "$crumple" "$@" --since 2026-01-01 2>/dev/null | sed -n '1s/.*: \(.*\) crash.*/\1/p' ;;
    esac
}

@test "filter: each key of --where, and the options of old, in list, group and summary" {
    local verb pair
    tagged
    for pair in rpc=join:2 tag:rpc=l*:1 exe=beta:1 host=other:1 signal=SIGSEGV:3 function=h:1 build=abcd*:1 \
        "group=$("$crumple" group --exe alpha | gojq -r .group):2" 'signature=*parse*:2' event=crash:3; do
        for verb in list group summary; do
            [ "$(found "$verb" --where "${pair%:*}")" = "${pair##*:}" ] || fail "$verb $pair"
        done
    done
    for verb in list group summary; do
        [ "$(found "$verb" --exe alpha)$(found "$verb" --signature parse)$(found "$verb" --event crash)" = 123 ]
        [ "$(found "$verb" --where rpc=join --where host=other)" = 1 ]
    done
    [ "$(found list --since 2026-01-03)$(found list --until 2026-01-03)" = 21 ]
}

@test "filter: show last, -N and a group mean the newest of those that the options leave" {
    local id
    tagged
    run -0 "$crumple" show last --where rpc=join
    [[ $output == *"/33/$b.tar.zst"* || $output == *"/$b.tar.zst"* ]]
    run -0 "$crumple" show -2 --where rpc=join
    [[ $output == *"/$a.tar.zst"* ]]
    run -1 --separate-stderr "$crumple" show -3 --where rpc=join
    [ "$stderr" = "crumple: no such bundle in '$CRUMPLE_DIR' among those that the options leave" ]
    id=$("$crumple" group --exe alpha | gojq -r .group)
    run -0 "$crumple" show "$id" --until 2026-01-03
    [[ $output == *"$id: 1 event (1 fatal)"*"/$a.tar.zst"* ]]
    run -1 "$crumple" show "$id" --where host=other
    run -2 --separate-stderr "$crumple" show "$a" --event crash
    [ "$stderr" = "crumple: '$a' is one bundle; options that pick events go with 'last', -N or a group" ]
    run -0 "$crumple" show --json last --where function=f::g
    gojq -e '.signature == "SIGABRT | f::g | h" and .group_facts == null' <<<"$output"
}

@test "filter: a word that cannot be is told, with those that can" {
    tagged
    run -2 --separate-stderr "$crumple" list --event typo
    [[ $stderr == "crumple: 'typo' is not a value for --event NAME; NAME is crash, contained, rewound, exit, died, "*" or unreadable; see "* ]]
    run -2 --separate-stderr "$crumple" group --where x
    [[ $stderr == "crumple: 'x' is not a value for --where KEY=GLOB; KEY is a tag's name, or exe, event, signature, group, host, "*" or build; see "* ]]
    run -1 "$crumple" list --event rewound
    run -1 "$crumple" list --where event=any_other
    run -0 "$crumple" list --help
    [[ $output == *"a tag's name, exe,"*"event, signature, group, host, signal, function or"* ]]
}

@test "filter: a time without a zone is local, as in the tables" {
    three
    export TZ=America/New_York # 5 h behind
    run -0 "$crumple" list --table --no-legend
    [[ ${lines[0]} == "2026-01-01 22:04:05 "* ]]
    for since in 2026-01-02 '2026-01-01 22:05' 2026-01-01T22:04:06 2026-01-02T03:04:06Z; do
        [ "$("$crumple" list --since "$since" | wc -l)" = 2 ]
    done
    [ "$("$crumple" list --until '2026-01-01 22:04:06' | wc -l)" = 1 ]
    run -2 "$crumple" list --since '2026-01-01 22'
}

@test "summary: several directories, a time of its own, and the groups' ids" {
    tagged
    mkdir "$BATS_TEST_TMPDIR/other"
    mv "$CRUMPLE_DIR/$c.tar.zst" "$BATS_TEST_TMPDIR/other/"
    run -0 "$crumple" summary --since 2026-01-03T00:00:00Z "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/other"
    [ "${lines[0]}" = "Since 2026-01-03 00:00 in $CRUMPLE_DIR and 1 more: 2 crashes" ]
    [[ $output == *"GROUP "*" COUNT  TREND "*"before that, the newest was 2026-01-02 03:04:05 "* ]]
    run -0 "$crumple" summary --until 2026-01-03T12:00:00Z
    [ "${lines[0]}" = "The 24 hours until 2026-01-03 12:00 in $CRUMPLE_DIR: 1 crash" ]
    [[ ${lines[3]} =~ ^g[0-9a-f]{7}\ +1\  ]]
}

@test "summary: events of other programs, and faults that went back, are counted" {
    bundle "$a" '.event = "rewound"'
    for n in 1 2 3 4 5; do echo "{\"time\":\"2026-01-05T00:00:0${n}Z\",\"title\":\"lost $n\"}"; done >"$CRUMPLE_DIR/lb.ndjson"
    run -0 "$crumple" summary --since 2026-01-01T00:00:00Z
    [ "${lines[0]}" = "Since 2026-01-01 00:00 in $CRUMPLE_DIR: 1 fault that went back, 5 events of other programs" ]
    [ "${lines[1]}" = "newest 2026-01-05 00:00:05  lost 5" ]
    [ "${lines[8]}" = "and 1 more group" ]
    echo '{"event":"crash","time":"2026-01-06T00:00:00Z","signature":"SIGSEGV | storm","count":7,"suppressed":true}' >"$CRUMPLE_DIR/crashes.ndjson"
    run -0 "$crumple" summary --since 2026-01-01T00:00:00Z
    [ "${lines[1]}" = "newest 2026-01-06 00:00:00  SIGSEGV | storm" ] # it has no title
    [[ $output == *" 7  "*"SIGSEGV | storm"* ]]
    run -0 "$crumple" summary --since 2026-01-01T00:00:00Z --event foreign "$CRUMPLE_DIR/lb.ndjson"
    [[ ${lines[0]} == *": 5 events of other programs" ]]
}

@test "places: what two of them cover counts once" {
    local all=$CRUMPLE_DIR
    mkdir "$all/33" "$all/other"
    bundle "33/$b"
    bundle "$a"
    bundle "other/$c"
    ln -s "$all" "$BATS_TEST_TMPDIR/link"
    for places in "33" ". 33" "33 ." ". ." ". 33/ 33/../33" "$BATS_TEST_TMPDIR/link ." ". $a.tar.zst" "33/$b.tar.zst ." \
        "33 33/$b.tar.zst" ". other" "other . 33" "other other/$c.tar.zst"; do
        # shellcheck disable=SC2086 # words
        (cd "$all" && "$crumple" list $places | gojq -r .id | sed 's/.*-//' | tr '\n' ' ')
        echo "= $places"
    done >"$BATS_TEST_TMPDIR/found"
    sed -i "s|$BATS_TEST_TMPDIR/||; s|$a|A|; s|$b|B|; s|$c|C|g" "$BATS_TEST_TMPDIR/found"
    diff "$BATS_TEST_TMPDIR/found" - <<'EOF'
202 = 33
101 202 = . 33
101 202 = 33 .
101 202 = . .
101 202 = . 33/ 33/../33
101 202 = link .
101 202 = . A.tar.zst
101 202 = 33/B.tar.zst .
202 = 33 33/B.tar.zst
101 202 303 = . other
101 202 303 = other . 33
303 = other other/C.tar.zst
EOF
}
