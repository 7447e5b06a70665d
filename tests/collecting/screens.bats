#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2030,SC2031 # common.bash sets the names
# What a terminal gets, and what everything else gets: tables or NDJSON, a pager, colours.
load ../cli/common
setup() {
    common_setup
    printf '{"time":"2026-01-0%dT00:00:00Z","title":"SIGSEGV in a function with a name that takes all the room that there is","signature":"SIGSEGV | f","signal":"SIGSEGV","exe":"/bin/arena","event":"crash","pid":7}\n' \
        1 2 3 >"$CRUMPLE_DIR/events.ndjson"
    export TERM=xterm
}

@test "list and group: NDJSON into a pipe, a table on a terminal; --json and --table turn it round" {
    local verb
    for verb in list group; do
        run -0 "$crumple" "$verb"
        gojq -e '.title' <<<"${lines[0]}"
        run -0 "$crumple" "$verb" --table
        [[ ${lines[0]} =~ ^(TIME|GROUP)\  ]]
        run -0 on_terminal 100 "$crumple" "$verb"
        [[ ${lines[0]} =~ ^(TIME|GROUP)\  ]]
        run -0 on_terminal 100 "$crumple" "$verb" --json
        gojq -e '.title' <<<"${lines[0]}"
    done
}

@test "list: a table fits 80, 120 and 200 columns" {
    local columns
    for columns in 80 120 200; do
        on_terminal "$columns" "$crumple" list | tr -d '\r' >"$BATS_TEST_TMPDIR/list-$columns"
        [ -z "${UPDATE_SCREENS-}" ] || cp "$BATS_TEST_TMPDIR/list-$columns" "$BATS_TEST_DIRNAME/screens/"
        diff "$BATS_TEST_DIRNAME/screens/list-$columns" "$BATS_TEST_TMPDIR/list-$columns"
    done
}

@test "list: FROM leaves out the folder that all directories have in common" {
    local all=$CRUMPLE_DIR
    mkdir "$all/a" "$all/bc"
    cp "$all/events.ndjson" "$all/a/"
    mv "$all/events.ndjson" "$all/bc/"
    run -0 "$crumple" list --table -n 6 "$all/a" "$all/bc/"
    [[ ${lines[0]} == *"  FROM  "* && ${lines[1]} == *"  a     arena  "* && ${lines[2]} == *"  bc/   arena  "* ]]
    cd "$all"
    run -0 "$crumple" list --table bc a
    [[ ${lines[1]} == *"  a     arena  "* ]]
}

@test "pager: what a terminal gets goes through it, messages too, at the terminal's width; the status stays" {
    touch "$CRUMPLE_DIR/20260105T030405.000004Z-x-44.core"
    export CRUMPLE_PAGER="sed s/^/P:/"
    run -0 on_terminal 80 "$crumple" list --no-legend
    [ "${#lines[@]}" -eq 5 ]
    for line in "${lines[@]}"; do [[ $line == P:* ]]; done
    [[ ${lines[4]} == "P:crumple: 1 pending; "* ]]
    line=${lines[0]%$'\r'}
    [ "${#line}" -le 82 ]
    run -0 on_terminal 80 "$crumple" group --no-legend
    [[ ${lines[0]} == P:g* ]]
    bundle "$a"
    run -0 on_terminal 80 "$crumple" show last
    [[ ${lines[0]} == "P:crumple: 1 newer one is pending; "* && ${lines[1]} == "P:SIGSEGV in "* && ${lines[20]} == P:* ]]
    truncate -s 100 "$CRUMPLE_DIR/$a.tar.zst"
    run -3 on_terminal 80 "$crumple" list
    export CRUMPLE_PAGER="head -n 1"
    run -3 on_terminal 80 "$crumple" group
    [ "${#lines[@]}" -eq 1 ]
}

@test "pager: none into a pipe, with --no-pager, '' or cat, on a dumb terminal, or where there is no such program" {
    local pager
    CRUMPLE_PAGER="sed s/^/P:/" run -0 "$crumple" list --table
    [[ ${lines[0]} == TIME* ]]
    CRUMPLE_PAGER="sed s/^/P:/" run -0 on_terminal 80 "$crumple" list --no-pager
    [[ ${lines[0]} == TIME* ]]
    CRUMPLE_PAGER="sed s/^/P:/" TERM=dumb run -0 on_terminal 80 "$crumple" list
    [[ ${lines[0]} == TIME* ]]
    for pager in '' cat no-such-program; do
        CRUMPLE_PAGER=$pager run -0 on_terminal 80 "$crumple" list
        [[ ${lines[0]} == TIME* ]]
    done
    CRUMPLE_PAGER='echo "$LESS $LESSSECURE"; cat >/dev/null' run -0 on_terminal 80 "$crumple" list
    [[ ${lines[0]} == "FRX 1"* ]]
    unset CRUMPLE_PAGER
    PAGER="sed s/^/Q:/" run -0 on_terminal 80 "$crumple" list
    [[ ${lines[0]} == Q:TIME* ]]
}

@test "pager: an interrupt while it shows leaves the terminal to it" {
    cat >"$BATS_TEST_TMPDIR/pager" <<EOF
#!/bin/sh
read -r line
touch "$BATS_TEST_TMPDIR/shown"
sleep 0.3
cat >/dev/null
echo "still here"
EOF
    cat >"$BATS_TEST_TMPDIR/interrupted" <<EOF
#!/bin/bash
"$crumple" list &
for ((i = 0; i < 200; i++)); do [ -e "$BATS_TEST_TMPDIR/shown" ] && break; sleep 0.02; done
kill -INT \$!
wait \$!
echo "status \$?"
EOF
    chmod +x "$BATS_TEST_TMPDIR/pager" "$BATS_TEST_TMPDIR/interrupted"
    CRUMPLE_PAGER=$BATS_TEST_TMPDIR/pager run -0 on_terminal 80 "$BATS_TEST_TMPDIR/interrupted"
    [ "${lines[*]%$'\r'}" = "still here status 130" ]
}

@test "colour: NO_COLOR before CLICOLOR_FORCE, and that before a pipe" {
    unset NO_COLOR
    CLICOLOR_FORCE=1 run -0 "$crumple" list --table
    [[ $output == *$'\033['* ]]
    CLICOLOR_FORCE=0 run -0 "$crumple" list --table
    [[ $output != *$'\033['* ]]
    NO_COLOR=1 CLICOLOR_FORCE=1 run -0 "$crumple" list --table
    [[ $output != *$'\033['* ]]
    CLICOLOR_FORCE=1 run -0 "$crumple" list --table --color=never
    [[ $output != *$'\033['* ]]
    CLICOLOR_FORCE=1 run -0 "$crumple" list
    [[ $output != *$'\033['* ]]
}
