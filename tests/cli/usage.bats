#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common
setup() { common_setup; }

@test "usage: help and version go to stdout, with status 0" {
    for arguments in --help -h help "help list" "list --help" "show -h" "group --help" "collect --help"; do
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr "$crumple" $arguments
        [[ ${lines[0]} == "Usage: crumple"* ]]
        [ -z "$stderr" ]
        [[ $output == *Examples:* && $output == *"Exit status:"* ]]
        for line in "${lines[@]}"; do [ "${#line}" -le 90 ]; done
    done
    run -0 "$crumple" --version
    [[ $output =~ ^crumple\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [ "$("$crumple" -V)" = "$output" ]
    [[ $("${crumple%/*}/crumple-drill" -V) == "crumple-drill "[0-9]* ]]
    [[ $("${T%/*}/crumple-run" -V) == "crumple-run "[0-9]* ]]
}

@test "usage: a wrong verb suggests the one it begins, or lists all" {
    run -2 --separate-stderr "$crumple" li
    [ "$stderr" = "crumple: 'li' is not a verb; did you mean 'list'?" ]
    run -2 --separate-stderr "$crumple" help coll
    [[ $stderr == *"'collect'?" ]]
    run -2 --separate-stderr "$crumple" xyzzy
    verbs=$("$crumple" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | paste -sd ',' | sed 's/,/, /g')
    [[ $verbs == "summary, list, "* ]]
    [ "$stderr" = "crumple: 'xyzzy' is not a verb; the verbs are $verbs" ]
    run -2 --separate-stderr "$crumple" $'\033[31m'
    assert_clean "$stderr"
}

@test "usage: drill is a program beside crumple, with the same help by both names" {
    run -0 --separate-stderr "$crumple" drill --help
    [ "$output" = "$("$(dirname "$crumple")/crumple-drill" --help)" ]
    [ "$output" = "$("$crumple" help drill)" ]
    run -0 "$crumple" drill --version
    [[ $output =~ ^crumple-drill\ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "usage: without crumple-drill beside it, crumple names the path and what to do" {
    cp "$crumple" "$BATS_TEST_TMPDIR/"
    run -3 --separate-stderr "$BATS_TEST_TMPDIR/crumple" drill --load true
    [ "$stderr" = "crumple: cannot start '$BATS_TEST_TMPDIR/crumple-drill': No such file or directory; 'crumple install' puts it beside crumple" ]
    run -0 "$BATS_TEST_TMPDIR/crumple" --help
    [[ $output == *"  drill "* ]]
}

@test "usage: wrong options and arguments are 2, and say so once on stderr" {
    for arguments in "list --nope" "list -x" "list -n" "list -n x" "list -n -1" "list --since yesterday" "list --since 2x" \
        "list --json=yes" "list --color=maybe" "list --until" "list --where x" "group --by" "group --where =1" "scrub" "collect a b" "show" \
        "show --dir . a b" "show --frames x last" "list -n 99999999999999999999" "--nope"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr "$crumple" $arguments
        [ -z "$output" ]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        [[ $stderr == "crumple: "* ]]
    done
}

@test "usage: the message about a wrong value says what the value may be" {
    run -2 --separate-stderr "$crumple" list -n x
    [[ $stderr == *"'x' is not a value for --lines N; N is a whole number, up to 1000000; "* ]]
    run -2 --separate-stderr "$crumple" list --since yesterday
    [[ $stderr == *"; TIME is RFC 3339, such as 20"*", or an age, such as 90m, 2h, 3d; "* ]]
    run -2 --separate-stderr "$crumple" dump --timeout soon 1
    [[ $stderr == *"; SECONDS is a whole number, "* ]]
}

@test "usage: options may follow arguments, and '--' ends them" {
    three
    run -0 "$crumple" list "$CRUMPLE_DIR" --json -n1
    [ "${#lines[@]}" -eq 1 ]
    run -0 "$crumple" --json
    [ "${#lines[@]}" -eq 3 ]
}

@test "usage: a bundle, an id, 'last' alone are shown; a directory, and several bundles, are listed" {
    three
    cd "$CRUMPLE_DIR"
    local shown word
    shown=$("$crumple" show "$c")
    for word in "$c" "$c.tar.zst" "./$c.tar.zst" "$CRUMPLE_DIR/$c.tar.zst" last -1 303; do
        run -0 --separate-stderr "$crumple" "$word"
        [ "${lines[0]}" = "${shown%%$'\n'*}" ]
    done
    cd / # the name alone, as ls prints it
    for word in "$c.tar.zst" "show $b.tar.zst"; do
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr "$crumple" $word
    done
    [[ ${lines[0]} == *beta* ]]
    run -1 --separate-stderr "$crumple" none.tar.zst
    [[ $stderr == "crumple: no bundle 'none.tar.zst' in '$CRUMPLE_DIR'"* ]]
    cd "$CRUMPLE_DIR"
    run -0 "$crumple" - <"$c.tar.zst"
    [ "${lines[0]}" = "${shown%%$'\n'*}" ]
    run -1 --separate-stderr "$crumple" 9999
    [ "$stderr" = "crumple: no bundle '9999' in '$CRUMPLE_DIR'" ]
    for word in "$CRUMPLE_DIR" . ../crash 33; do
        run -0 --separate-stderr "$crumple" "$word" --json
        [[ ${lines[0]} == '{"event":'* ]]
    done
    run -0 "$crumple" "$c.tar.zst" "$a.tar.zst" --json
    [ "${#lines[@]}" -eq 2 ]
    touch list # a verb comes before a file, and a path before a verb
    run -0 "$crumple" list --json
    [ "${#lines[@]}" -eq 3 ]
}

@test "usage: docs/cli.md holds what --help says" {
    cp "$root/docs/cli.md" "$BATS_TEST_TMPDIR/cli.md"
    BUILD=$(dirname "$crumple") "$here/update_help.sh" "$BATS_TEST_TMPDIR/cli.md"
    diff "$root/docs/cli.md" "$BATS_TEST_TMPDIR/cli.md"
}
