#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names
# crumple prune: which files go, why, and which never do. The rules themselves are tested in tests/unit/retain.

bats_require_minimum_version 1.5.0

setup() {
    source "$BATS_TEST_DIRNAME/../cli/common.bash"
    common_setup
    make_bundles=${TEST_BUILD:-$root/build}/bench/make_bundles
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR
    unset CRUMPLE_KEEP
    cd "$BATS_TEST_TMPDIR" || return 1
}

names() {
    find "$CRUMPLE_DIR" -name '*.tar.zst' -printf '%P\n' | sort
}

# signatures: how many bundles each has, by a full scan
signatures() {
    "$crumple" list --json --no-index | jq -r .signature | sort | uniq -c | sort -rn
}

@test "prune: --dry-run says which files go and why; prune deletes these, names them in crashes.ndjson, and is done" {
    "$make_bundles" "$CRUMPLE_DIR" 60 6
    names >before
    "$crumple" prune --dry-run --keep signature=4 --json >said
    names | cmp - before
    [ "$(jq -r '"\(.reason) \(.deleted)"' said | sort -u)" = "signature false" ]
    run -0 --separate-stderr "$crumple" prune --keep signature=4 --table
    [[ $output == *"more than 4 of its signature"*"$CRUMPLE_DIR/2"* ]]
    [[ $stderr == "crumple: '$CRUMPLE_DIR': deleted $(wc -l <said) files ("*"stay" ]]
    jq -r .path said | xargs -n 1 basename | sort >expected
    names | comm -23 before - | cmp - expected
    jq -r 'select(.event == "pruned") | .path' "$CRUMPLE_DIR/crashes.ndjson" | sort | cmp - expected
    [ "$(signatures | awk '$1 > 4' | wc -l)" -eq 0 ]
    run -0 --separate-stderr "$crumple" prune --keep signature=4
    [ -z "$output" ]
}

@test "prune: the first and the latest of each signature stay longest, by the bundles and not by the log" {
    "$make_bundles" "$CRUMPLE_DIR" 80 8
    rm "$CRUMPLE_DIR"/crashes.ndjson*
    "$crumple" list --json --no-index >rows
    jq -r '[.signature, .id] | @tsv' rows | sort | awk -F '\t' '$1 != last {print first; print latest; first = $2} {last = $1; latest = $2} END {print first; print latest}' |
        grep . | sort -u >ends
    "$crumple" prune --keep "count=$(wc -l <ends)" >/dev/null 2>&1
    names | sed 's/\.tar\.zst$//' | cmp - ends
}

@test "prune: without --keep the rules are those of CRUMPLE_KEEP, and what it does not name has its default" {
    "$make_bundles" "$CRUMPLE_DIR" 30 3
    run -0 "$crumple" prune --json
    [[ $output == *"30 stay"* ]]
    CRUMPLE_KEEP=age=36500d,count=29 run -0 --separate-stderr "$crumple" prune --dry-run --json
    [ "$(jq -r .reason <<<"$output")" = count ]
    CRUMPLE_KEEP=cuont=1 run -2 "$crumple" prune
    [[ $output == *"CRUMPLE_KEEP: entry 'cuont=1': no such key (count, bytes, free, per_signature, age, signature); nothing is deleted" ]]
    # what the shim takes for a mistake, and has its default for
    local wrong
    for wrong in age=1s count=0 bytes=1K free=1G; do
        CRUMPLE_KEEP=$wrong run -2 "$crumple" prune
        [[ $output == *"CRUMPLE_KEEP: entry '$wrong': not a "*"; nothing is deleted" ]]
    done
    CRUMPLE_KEEP='' run -0 "$crumple" prune
    run -2 "$crumple" prune --keep age=5
    [[ $output == *"'age=5' should be a period: age=30d; nothing is deleted" ]]
    [ "$(names | wc -l)" -eq 30 ]
    run -0 "$crumple" prune --keep age=1m
    [ "$(names | wc -l)" -eq 0 ]
}

@test "prune: with options that pick events, only bundles that match are counted and go" {
    "$make_bundles" "$CRUMPLE_DIR" 60 6
    "$crumple" list --json --where region=eu | jq -r .id >eu
    "$crumple" list --json | jq -r .id | grep -vxFf eu >others
    run -0 --separate-stderr "$crumple" prune --keep count=2 --where region=eu --json
    [ "$(wc -l <<<"$output")" -eq $(($(wc -l <eu) - 2)) ]
    [ "$(names | sed 's/\.tar\.zst$//' | grep -cxFf others)" -eq "$(wc -l <others)" ]
    [ "$(names | wc -l)" -eq $(($(wc -l <others) + 2)) ]
    : >"$CRUMPLE_DIR/20200101T000000.000000Z-old-1.core"
    touch -d '3 days ago' "$CRUMPLE_DIR"/*.core
    run -0 "$crumple" prune --keep age=1d --where region=none
    [ -e "$CRUMPLE_DIR/20200101T000000.000000Z-old-1.core" ]
    run -0 "$crumple" prune --keep age=1d
    [ ! -e "$CRUMPLE_DIR/20200101T000000.000000Z-old-1.core" ]
}

@test "prune: what only looks like crumple's stays: links, directories, FIFOs, other names, others' files, young cores" {
    local name=20200101T000000.00000 suffix=Z-x-1.tar.zst
    cd "$CRUMPLE_DIR"
    mkdir "${name}1$suffix" 77 77/sub
    mkfifo "${name}2$suffix"
    echo secret >"$BATS_TEST_TMPDIR/target"
    ln -s "$BATS_TEST_TMPDIR/target" "${name}3$suffix"
    : >"${name}4Z-a"$'\n'"b-1.tar.zst"
    : >"${name}5Z-"$'\e'"[2J-1.tar.zst"
    : >mine.tar.zst
    : >20200101.tar.zst
    : >"${name}6Z-x-1.core"
    : >"77/sub/${name}0$suffix"
    [ "$(id -u)" -ne 0 ] || { : >"${name}7$suffix" && chown 65534 "${name}7$suffix"; }
    find . -print0 | sort -z >"$BATS_TEST_TMPDIR/before"
    "$crumple" prune --keep age=1m,count=1,bytes=1,signature=1 .
    find . -print0 | sort -z | cmp - "$BATS_TEST_TMPDIR/before"
    : >"${name}8$suffix"
    run -0 "$crumple" prune --keep age=1m --json .
    [ ! -e "${name}8$suffix" ]
    cat "$BATS_TEST_TMPDIR/target"
}

@test "prune: a damaged bundle and one with a hostile report are judged by their names, and harm no other" {
    "$make_bundles" "$CRUMPLE_DIR" 20 2
    local files=("$CRUMPLE_DIR"/*.tar.zst)
    head -c 300 "${files[3]}" >"$CRUMPLE_DIR/cut" && mv "$CRUMPLE_DIR/cut" "${files[3]}"
    : >"${files[4]}"
    run -0 "$crumple" prune --keep count=5 --json
    [ "$(names | wc -l)" -eq 5 ]
}

@test "prune: prunes beside one another and beside crashing servers" {
    "$make_bundles" "$CRUMPLE_DIR" 300 20
    local i pids=()
    for i in 1 2 3; do
        "$crumple" prune --keep "count=$((i * 20))" >/dev/null 2>"said.$i" 3>&- &
        pids+=($!)
    done
    for i in 1 2; do
        CRUMPLE_DIR=$CRUMPLE_DIR CRUMPLE_KEEP=count=60 CRUMPLE_STDERR=off LD_PRELOAD=${TEST_BUILD:-$root/build}/libcrumple.so \
            "${TEST_BUILD:-$root/build}/tests/victim" null-write >/dev/null 2>&1 3>&- || true
    done
    wait "${pids[@]}"
    cat said.*
    [ "$(find "$CRUMPLE_DIR" -maxdepth 1 -name '*.tar.zst' | wc -l)" -eq 20 ]
    [ "$(find "$CRUMPLE_DIR/$(id -u)" -name '*.tar.zst' | wc -l)" -eq 2 ]
    # each is named once
    jq -r 'select(.event == "pruned") | .path' "$CRUMPLE_DIR/crashes.ndjson" | sort | uniq -d | wc -l | grep -qx 0
    [ "$(jq -r 'select(.event == "pruned") | .path' "$CRUMPLE_DIR/crashes.ndjson" | wc -l)" -eq 280 ]
}

@test "prune: waits for another one that takes longer than a writer would wait" {
    "$make_bundles" "$CRUMPLE_DIR" 20 2
    flock "$CRUMPLE_DIR" sh -c ': >locked; sleep 2; ls "$0" | grep -c "tar.zst$" >before' "$CRUMPLE_DIR" 3>&- &
    until [ -e locked ]; do sleep 0.01; done
    run -0 "$crumple" prune --keep count=5
    wait $!
    [ "$(cat before)" -eq 20 ]
    [ "$(names | wc -l)" -eq 5 ]
}

@test "prune: root becomes the owner of another user's directory, follows no link there, and keeps out of open ones" {
    open_setup
    install -d -m 0700 -o 12345 -g 12345 "$CRUMPLE_DIR/12345" "$CRUMPLE_DIR/12346"
    chown 12346 "$CRUMPLE_DIR/12346"
    "$make_bundles" "$CRUMPLE_DIR/12345" 30 3
    rm "$CRUMPLE_DIR"/12345/crashes.ndjson*
    chown -R 12345:12345 "$CRUMPLE_DIR/12345"
    cp "$CRUMPLE_DIR"/12345/*.tar.zst "$CRUMPLE_DIR/12346/"
    local files=("$CRUMPLE_DIR"/12345/*.tar.zst)
    chown 0:0 "${files[0]}" # in the user's directory, and not the user's
    ln -s "$CRUMPLE_DIR/12346" "$CRUMPLE_DIR/777"
    mkdir -m 0777 "$CRUMPLE_DIR/888"
    : >"$CRUMPLE_DIR/888/20200101T000000.000000Z-x-1.tar.zst"
    run -3 "$crumple" prune --keep age=1m --json "$CRUMPLE_DIR"
    [[ $output == *"'$CRUMPLE_DIR/888' is left as it is: others can replace files in it"* ]]
    [ "$(ls "$CRUMPLE_DIR/12345")" = "$(basename "${files[0]}")"$'\n'"crashes.ndjson" ]
    [ "$(stat -c '%u %a' "$CRUMPLE_DIR/12345/crashes.ndjson")" = "12345 600" ]
    [ "$(find "$CRUMPLE_DIR/12346" -name '*.tar.zst' | wc -l)" -eq 30 ] # root's, in another's directory
    [ -e "$CRUMPLE_DIR/888/20200101T000000.000000Z-x-1.tar.zst" ]

    # a log that leads elsewhere: what cannot be named is not deleted
    install -o 12346 -m 0600 /dev/null "$CRUMPLE_DIR/12346/20200101T000000.000000Z-x-1.tar.zst"
    : >"$CRUMPLE_DIR/target"
    chmod 0666 "$CRUMPLE_DIR/target"
    ln -s "$CRUMPLE_DIR/target" "$CRUMPLE_DIR/12346/crashes.ndjson"
    run -3 "$crumple" prune --keep age=1m "$CRUMPLE_DIR/12346"
    [ -e "$CRUMPLE_DIR/12346/20200101T000000.000000Z-x-1.tar.zst" ]
    [ ! -s "$CRUMPLE_DIR/target" ]
}

@test "prune: root does not wait for a user who stops the work in that user's directory" {
    open_setup
    local uid=12377 stopper
    install -d -m 0700 -o $uid "$CRUMPLE_DIR/$uid"
    install -d -m 0700 -o 12378 "$CRUMPLE_DIR/12378"
    install -o $uid -m 0600 /dev/null "$CRUMPLE_DIR/$uid/20200101T000000.000000Z-x-1.tar.zst"
    install -o 12378 -m 0600 /dev/null "$CRUMPLE_DIR/12378/20200101T000000.000000Z-x-1.tar.zst"
    # The lock keeps the work in sight.
    setpriv --reuid=$uid --clear-groups flock "$CRUMPLE_DIR/$uid" timeout 10 \
        sh -c 'until pkill -STOP -u "$0" -x crumple; do :; done' $uid 3>&- &
    stopper=$!
    until ! flock -n "$CRUMPLE_DIR/$uid" true; do sleep 0.01; done
    run -3 timeout 20 "$crumple" prune --keep age=1m "$CRUMPLE_DIR"
    wait $stopper
    [[ $output == *"'$CRUMPLE_DIR/$uid': its owner has stopped the work"* ]]
    setpriv --reuid=$uid --clear-groups flock "$CRUMPLE_DIR/$uid" timeout 10 \
        sh -c 'until pkill -KILL -u "$0" -x crumple; do :; done' $uid 3>&- &
    stopper=$!
    until ! flock -n "$CRUMPLE_DIR/$uid" true; do sleep 0.01; done
    run -3 timeout 20 "$crumple" prune --keep age=1m "$CRUMPLE_DIR"
    wait $stopper
    [[ $output == *"'$CRUMPLE_DIR/$uid': the work ended with 'Killed'; the rest is left as it is"* ]]
    [ ! -e "$CRUMPLE_DIR/12378/20200101T000000.000000Z-x-1.tar.zst" ]
    [ -z "$(pgrep -u $uid)" ]
}

@test "list: what is deleted while it reads is no unreadable bundle" {
    "$make_bundles" "$CRUMPLE_DIR" 300 10
    (for file in "$CRUMPLE_DIR"/*.tar.zst; do rm "$file"; sleep 0.001; done) 3>&- &
    while kill -0 $! 2>/dev/null; do "$crumple" list --no-index >/dev/null 2>>said || true; done
    ! grep unreadable said || return 1
    ln -s nowhere "$CRUMPLE_DIR/link.tar.zst"
    run -3 "$crumple" list --table
    [[ $output == *"1 damaged or unreadable"* ]]
}

@test "prune: one directory that cannot be pruned keeps no other from it" {
    "$make_bundles" "$CRUMPLE_DIR" 20 2
    run -3 "$crumple" prune --keep count=5 "$CRUMPLE_DIR/none" "$CRUMPLE_DIR"
    [[ $output == *"'$CRUMPLE_DIR/none' is left as it is: No such file or directory"* ]]
    [ "$(names | wc -l)" -eq 5 ]
}

@test "prune: an empty directory, none, and one that is not there" {
    run -0 "$crumple" prune
    [ -z "$output" ]
    run -3 "$crumple" prune "$CRUMPLE_DIR/none"
    [[ $output == *"'$CRUMPLE_DIR/none' is left as it is: No such file or directory" ]]
    : >"$CRUMPLE_DIR/file"
    run -3 "$crumple" prune "$CRUMPLE_DIR/file"
}
