#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common
setup() { common_setup; }

@test "list: the newest last, with a legend, from the directory and its numeric subdirectories" {
    three
    mkdir "$CRUMPLE_DIR/notdigits"
    bundle "notdigits/20260105T030405.000003Z-hidden-1"
    run -0 --separate-stderr "$crumple" list --table
    [ "${#lines[@]}" -eq 4 ]
    [[ ${lines[0]} == TIME*EVENT*SIGNAL*PID*EXE*TITLE*ID ]]
    [[ ${lines[1]} == "2026-01-02 03:04:05  crash  SIGSEGV  101  alpha  SIGSEGV in parse_header (alpha)"*"$a" ]]
    [[ ${lines[2]} == *SIGABRT*202*beta*"$b" ]]
    [[ ${lines[3]} == *gamma* ]]
    [ -z "$stderr" ]
}

@test "list: -n, -r, --no-legend, --paths, a directory as argument, crumple DIR" {
    three
    run -0 "$crumple" list --table -n 2 --no-legend
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[0]} == *beta* && ${lines[1]} == *gamma* ]]
    run -0 "$crumple" list --table -rn1 --no-legend
    [ "${#lines[@]}" -eq 1 ]
    [[ ${lines[0]} == *gamma* ]]
    run -0 "$crumple" list --table --reverse --no-legend --paths "$CRUMPLE_DIR"
    [[ ${lines[0]} == *"$CRUMPLE_DIR/$c.tar.zst" ]]
    [[ ${lines[1]} == *"$CRUMPLE_DIR/33/$b.tar.zst" ]]
    other=$CRUMPLE_DIR
    CRUMPLE_DIR=/nonexistent run -0 "$crumple" --table "$other"
    [ "${#lines[@]}" -eq 4 ]
}

@test "list: --since, --until, --signature, --exe" {
    three
    run -0 "$crumple" list --table --no-legend --since 2026-01-03T03:04:05Z --until 2026-01-03T23:00:00+01:00
    [ "${#lines[@]}" -eq 1 ]
    [[ ${lines[0]} == *beta* ]]
    run -1 --separate-stderr "$crumple" list --table --since 2h
    [ -z "$output" ]
    run -0 "$crumple" list --table --no-legend --signature=other
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *beta* ]]
    run -0 "$crumple" list --table --no-legend --exe 'g*a'
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *gamma* ]]
    run -0 "$crumple" list --table --no-legend --exe '/usr/sbin/al*'
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *alpha* ]]
    name=$(date -u -d '90 minutes ago' +%Y%m%dT%H%M%S.000000Z)-now-1
    bundle "$name"
    run -0 "$crumple" list --table --no-legend --since 2h
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *now* ]]
    run -0 "$crumple" list --table --no-legend --since 1d --until 1h
    [[ ${#lines[@]} -eq 1 && ${lines[0]} == *now* ]]
}

@test "list --json: one object a line with the promised members" {
    three
    run -0 --separate-stderr "$crumple" list --json
    [ "${#lines[@]}" -eq 3 ]
    for line in "${lines[@]}"; do
        gojq -e '(.event == "crash") and (.state == "present") and (.signature | type == "string") and
               (.title | type == "string") and (.exe | startswith("/usr/sbin/")) and (.pid | type == "number") and
               (.time | test("^2026-01-0[234]T03:04:05\\.00000[123]Z$")) and (.signal | startswith("SIG")) and
               (.path | endswith(".tar.zst")) and (.id | type == "string")' <<<"$line"
    done
    [ "$(gojq -r .path <<<"${lines[1]}")" = "$CRUMPLE_DIR/33/$b.tar.zst" ]
    [ -f "$(gojq -r .path <<<"${lines[1]}")" ]
}

@test "list: nothing matched is 1, a missing directory is 3, one nobody named is 1" {
    TMPDIR=$BATS_TEST_TMPDIR run -1 --separate-stderr "$crumple" list --table
    [ -z "$output" ]
    [ "$stderr" = "crumple: no event in '$CRUMPLE_DIR'; 'crumple doctor --pid PID' says whether a server's crashes go there" ]
    mkdir "$BATS_TEST_TMPDIR/other"
    run -1 --separate-stderr "$crumple" group --table "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/other"
    [[ $stderr == "crumple: no event in '$CRUMPLE_DIR' and 1 more; "* ]]
    run -3 --separate-stderr "$crumple" list --table "$CRUMPLE_DIR/none"
    [ -z "$output" ]
    [ "$stderr" = "crumple: cannot read '$CRUMPLE_DIR/none': No such file or directory; nothing was read" ]
    [ ! -d /var/crash/crumple ] || skip "there is a system directory"
    CRUMPLE_DIR='' TMPDIR=$BATS_TEST_TMPDIR run -1 --separate-stderr "$crumple" list --table
    [[ $stderr == *"no crash has been captured yet"* ]]
}

@test "list, group: where the options leave out all events, stderr says so, and of how many" {
    three
    echo '{"time":"2026-01-05T00:00:00Z","title":"x"}' >"$CRUMPLE_DIR/other.ndjson"
    local options
    for options in "--since 2h" "--where exe=nobody" "--exe none*" "--until 2020-01-01"; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr "$crumple" list --json $options
        [ -z "$output" ]
        [ "$stderr" = "crumple: nothing matches: the options leave out all 4 events in '$CRUMPLE_DIR'" ]
    done
    rm "$CRUMPLE_DIR"/other.ndjson "$CRUMPLE_DIR"/{"$a","$c"}.tar.zst
    run -1 --separate-stderr "$crumple" group --signature none
    [ "$stderr" = "crumple: nothing matches: the options leave out all 1 event in '$CRUMPLE_DIR'" ]
}

@test "list: a tag of --where that no event has is named" {
    bundle "$a" '.tags = {rpc: "join"}'
    run -1 --separate-stderr "$crumple" list --where rcp=join
    [ "${stderr_lines[1]}" = "crumple: no event has a tag 'rcp'" ]
    run -1 --separate-stderr "$crumple" group --where rpc=leave --where exe=alpha
    [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "list, show: where the crash directory is empty, and a server's own has bundles, its name is said" {
    local said="crumple: there are bundles in '$BATS_TEST_TMPDIR/tmp/crumple-$(id -u)': 'crumple $BATS_TEST_TMPDIR/tmp/crumple-$(id -u)' lists them"
    mkdir -p "$BATS_TEST_TMPDIR/tmp/crumple-77777" "$BATS_TEST_TMPDIR/tmp/crumple-x"
    CRUMPLE_DIR=$BATS_TEST_TMPDIR/tmp/crumple-$(id -u) bundle "$b"
    cp "$BATS_TEST_TMPDIR/tmp/crumple-$(id -u)/$b.tar.zst" "$BATS_TEST_TMPDIR/tmp/crumple-77777/" # not its owner's
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    for word in list group summary "show last" "show 5"; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr "$crumple" $word
        [ "${stderr_lines[-1]}" = "$said" ] || fail "$word: $stderr"
    done
    CRUMPLE_DIR=/nonexistent run -3 --separate-stderr "$crumple" list
    [ "${stderr_lines[-1]}" = "$said" ] || fail "$word: $stderr"
    run -1 --separate-stderr "$crumple" list "$CRUMPLE_DIR" # named: nobody asks for another one
    [[ $stderr != *"there are bundles"* ]]
    bundle "$a"
    run -0 --separate-stderr "$crumple" list
    [ -z "$stderr" ]
}

@test "list: a default directory of somebody else is not read" {
    [ ! -d /var/crash/crumple ] || skip "there is a system directory"
    [ "$(id -u)" -eq 0 ] || skip "needs root to give a directory away"
    mkdir "$BATS_TEST_TMPDIR/crumple-0"
    chown 65534 "$BATS_TEST_TMPDIR/crumple-0"
    CRUMPLE_DIR='' TMPDIR=$BATS_TEST_TMPDIR run -3 --separate-stderr "$crumple" list --table
    [[ $stderr == *"skipping '"*"': owned by another user; name it on the command line to read it"* ]]
}

@test "list: pending cores are rows, .tmp files are not" {
    three
    touch "$CRUMPLE_DIR/20260105T030405.000004Z-redis-server-44.core" "$CRUMPLE_DIR/20260105T030405.000004Z-x-1.tar.zst.tmp"
    run -0 --separate-stderr "$crumple" list --table --no-legend
    [ "${#lines[@]}" -eq 4 ]
    [[ ${lines[3]} =~ ^"2026-01-05 03:04:05  pending  -         44  redis-server  pending " ]]
    [ "$stderr" = "crumple: 1 pending; finish with 'crumple collect $CRUMPLE_DIR'" ]
    run -0 --separate-stderr "$crumple" list --json -n 1
    gojq -e '.event == "pending" and .state == "pending" and .signature == null and .exe == "redis-server" and
           .pid == 44 and .time == "2026-01-05T03:04:05.000004Z" and (.path | endswith(".core"))' <<<"$output"
}

@test "list: names of another form are listed by the time of the file" {
    bundle "$a" 'del(.time)'
    mv "$CRUMPLE_DIR/$a.tar.zst" "$CRUMPLE_DIR/odd.tar.zst"
    touch -d 2026-02-01T00:00:00Z "$CRUMPLE_DIR/odd.tar.zst" "$CRUMPLE_DIR/core.core"
    run -0 --separate-stderr "$crumple" list --json
    [ "$(gojq -r .time <<<"${lines[0]}")" = 2026-02-01T00:00:00.000000Z ]
    [ "$(gojq -r .pid <<<"${lines[0]}")" = null ]
}

@test "list: fits a terminal, cuts nothing elsewhere" {
    bundle "$a" '.title = "SIGSEGV in " + ("long_function_name_" * 10)'
    run -0 on_terminal 80 "$crumple" list
    for line in "${lines[@]}"; do
        line=${line%$'\r'}
        [ "${#line}" -le 80 ]
    done
    [[ $output == *…* ]]
    run -0 "$crumple" list --table
    [[ $output == *long_function_name_long_function_name_*"$a"* && $output != *…* ]]
}

@test "list: wide and combining characters keep the columns straight" {
    bundle "$a" '.title = "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語"'
    run -0 on_terminal 60 "$crumple" list --no-legend
    line=${lines[0]%$'\r'}
    wide=$(grep -o '[日本語]' <<<"$line" | wc -l)
    [ $((${#line} + wide)) -le 60 ]
}

@test "colour: only on a terminal, not with NO_COLOR or a dumb one, always when asked" {
    three
    unset NO_COLOR
    export TERM=xterm
    run -0 on_terminal 80 "$crumple" list
    [[ $output == *$'\033['* ]]
    NO_COLOR=1 run -0 on_terminal 80 "$crumple" list
    [[ $output != *$'\033['* ]]
    TERM=dumb run -0 on_terminal 80 "$crumple" list
    [[ $output != *$'\033['* ]]
    run -0 "$crumple" list --table
    [[ $output != *$'\033['* ]]
    NO_COLOR=1 run -0 "$crumple" list --table --color=always
    [[ $output == *$'\033['* ]]
    run -0 on_terminal 80 "$crumple" list --color=never
    [[ $output != *$'\033['* ]]
}

@test "list: a reader that goes away is no error; a full disk is" {
    three
    run -0 --separate-stderr bash -c "set -o pipefail; '$crumple' list --json | head -c 1"
    [ -z "$stderr" ]
    run -0 --separate-stderr bash -c "trap '' PIPE; set -o pipefail; '$crumple' list --table | true"
    [ -z "$stderr" ]
    run -3 --separate-stderr bash -c "'$crumple' list --table >/dev/full"
    [ "$stderr" = "crumple: cannot write the result: No space left on device" ]
}

@test "list: a directory that cannot be read is named, the rest is listed" {
    open_setup
    three
    chmod 0700 "$CRUMPLE_DIR/33"
    chmod 0644 "$CRUMPLE_DIR/$a.tar.zst"
    run -3 --separate-stderr setpriv --reuid=65534 --clear-groups "$crumple" list --json
    [[ $stderr == *"cannot read '$CRUMPLE_DIR/33': Permission denied; its contents are left out"* ]]
    [ "$(gojq -r .state <<<"${lines[0]}")" = present ]
    [ "$(gojq -r .state <<<"${lines[1]}")" = unreadable ]
    [ "$(gojq -r .reason <<<"${lines[1]}")" = "Permission denied" ]
}

@test "list: a process that lives on after a contained fault is named once, one that is gone is not" {
    local now wound='.event = "contained" | .recovery = {action: "contain"}'
    now=$(date -u +%Y-%m-%dT%H:%M:%S.000000Z)
    bundle "20260104T030405.000001Z-alpha-$$" "$wound | .pid = $$ | .time = \"$now\""
    bundle "20260104T030405.000002Z-alpha-$$" "$wound | .pid = $$ | .time = \"$now\""
    bundle "20260104T030405.000003Z-alpha-99" "$wound | .pid = 4194300 | .time = \"$now\""
    bundle "20260104T030405.000004Z-alpha-98" "$wound | .pid = $$ | .time = \"2001-01-01T00:00:00.000000Z\""
    bundle "20260104T030405.000005Z-alpha-97" ".event = \"contained\" | .recovery = {action: \"restart\"} | .pid = 1"
    run -0 --separate-stderr "$crumple" list --table
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"pid $$ (alpha) is wounded: "*"restart it when it is convenient" ]]
}
