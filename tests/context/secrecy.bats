#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Secrets stand where SECURITY.md says so, and nowhere else: in no other member, on no screen, in no export.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr, in the shell of its test
# shellcheck source=tests/lib.bash
source "${BATS_TEST_FILENAME%/*}/../lib.bash"

MEMORY=(global stack heap register vector) # besides what was planted elsewhere
GIVEN=(argument option environ tag api log text event)

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR CRASHES=$BATS_TEST_TMPDIR/crashes
    export NO_COLOR=1 LC_ALL=C.UTF-8
    declare -gA SECRET=()
    local name
    for name in "${MEMORY[@]}" "${GIVEN[@]}"; do
        printf -v "SECRET[$name]" '%08x%08x' "$SRANDOM" "$SRANDOM"
    done
    cd "$TMP" || return 1
}

# die MODE [VARIABLE=VALUE...]: a process with all secrets dies; its bundle is BUNDLE
die() {
    local status=0
    printf '%s\0' "${SECRET[api]}" "${SECRET[global]}" "${SECRET[stack]}" "${SECRET[heap]}" "${SECRET[register]}" \
        "${SECRET[vector]}" >keys
    printf 'started\nlogin with password=%s\nhello %s\n' "${SECRET[log]}" "${SECRET[text]}" >server.log
    (
        ulimit -c 0
        exec env CRUMPLE_DIR="$CRASHES" CRUMPLE_STACK="$1" CRUMPLE_LOGS="$TMP/server.log" "${@:2}" \
            CRUMPLE_TAGS="side=server,!given=${SECRET[tag]}" CRUMPLE_WATCH='tick=g_tick:i64,!key=g_key:str' \
            SESSION="${SECRET[environ]}" LD_PRELOAD="$BUILD/libcrumple.so" \
            "$T/secretive" keys --password="${SECRET[option]}" "${SECRET[argument]}" "${SECRET[event]}"
    ) 2>stderr || status=$?
    want status 139 "$status"
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    [ -f "$BUNDLE" ] || fail "no bundle: $(cat stderr)"
}

# unpack BUNDLE: its members and all screens of it into the folder 'seen'
unpack() {
    rm -rf seen
    mkdir seen
    tar --zstd -C seen -xf "$1"
    "$BUILD/crumple" show --all "$1" >seen/show 2>&1
    "$BUILD/crumple" show --json "$1" >seen/show.json 2>&1
    "$BUILD/crumple" list --json "$1" >seen/list.json 2>&1
    "$BUILD/crumple" list --table "$1" >seen/list 2>&1
    "$BUILD/crumple" group --by event --json "$1" >seen/group.json 2>&1
    "$BUILD/crumple" group --table "$1" >seen/group 2>&1
}

# places NAME: where the secret is, also half of it (what a register holds)
places() {
    local secret=${SECRET[$1]}
    { grep -ralF -e "$secret" -e "${secret:0:8}" -e "${secret:8}" seen || true; } | sed 's:^seen/::' | sort | tr '\n' ' '
}

# only NAME PLACE...
only() {
    want "the places of '$1'" "${*:2}" "$(places "$1" | sed 's/ $//')"
}

nowhere() {
    local name
    for name; do only "$name"; done
}

# What it is good for: values with names, stacks, gdb.
is_useful() {
    want tags 'lobby server' "$(gojq -r '.tags | "\(.room) \(.side)"' seen/report.json)"
    want signature 'SIGSEGV | end | work | main' "$(gojq -r .signature seen/report.json)"
    grep -q 'end+0x.*secretive.c' seen/show || fail "$(cat seen/show)"
}

is_for_gdb() {
    gdb -batch -nx -ex bt "$T/secretive" seen/core >gdb.out 2>&1 || fail "$(cat gdb.out)"
    want "gdb's stack" 'end work main' "$(sed -n 's/^#[0-9] .* in \([a-z]*\) (.*/\1/p' gdb.out | tail -n 3 | tr '\n' ' ' | sed 's/ $//')"
}

@test "a full bundle: memory in the core, marked values in secrets.json, nothing else anywhere" {
    die full
    unpack "$BUNDLE"
    cp stderr "$CRASHES"/*/crashes.ndjson "$CRASHES"/*/crumple.prom seen/
    only environ
    only log
    only text report.json report.txt show show.json
    only option core
    only argument core report.json show show.json
    only event core report.json report.txt show show.json
    only tag secrets.json
    only api core secrets.json
    only global core secrets.json
    local name
    for name in stack heap register vector; do [[ $(places "$name") == core* ]] || fail "$name: $(places "$name")"; done
    is_useful
    run -0 "$BUILD/crumple" show --secrets "$BUNDLE"
    [[ $output == *"tag given: ${SECRET[tag]}"* && $output == *": ${SECRET[api]}"* && $output == *"watch key: "*"${SECRET[global]}"* ]]
}

@test "CRUMPLE_STACK=scrubbed: no memory but addresses, and gdb has the stack" {
    die scrubbed
    unpack "$BUNDLE"
    cp stderr "$CRASHES"/*/crashes.ndjson "$CRASHES"/*/crumple.prom seen/
    nowhere "${MEMORY[@]}" environ option tag api log
    [ ! -e seen/secrets.json ]
    is_useful
    is_for_gdb
    want tick 7 "$(gojq -r '.watch[] | select(.name == "tick").value' seen/report.json)"
    grep -q "CRUMPLE_STACK=scrubbed: of memory and registers the core has only what is an address" seen/show
    run -0 --separate-stderr "$BUILD/crumple" show --locals "$BUNDLE"
    [[ $stderr == *"no variables: "*"CRUMPLE_STACK=scrubbed"* ]]
}

@test "CRUMPLE_STACK=none: no core at all" {
    die none
    unpack "$BUNDLE"
    cp stderr "$CRASHES"/*/crashes.ndjson "$CRASHES"/*/crumple.prom seen/
    nowhere "${MEMORY[@]}" environ option tag api log
    [ ! -e seen/secrets.json ] && [ ! -e seen/core ]
    is_useful
    grep -q 'CRUMPLE_STACK=none: the bundle has no core and no registers' stderr
    want registers 0 "$(gojq '[.threads[] | .registers, .frames[].registers | select(.)] | length' seen/report.json)"
    run -0 --separate-stderr "$BUILD/crumple" show --locals "$BUNDLE"
    [[ $stderr == *"no variables: "*"CRUMPLE_STACK=none"* ]]
}

@test "a writer that is missing leaves no core with CRUMPLE_STACK=scrubbed or none, and says so" {
    local mode
    for mode in scrubbed none; do
        run die "$mode" CRUMPLE_WRITER="$TMP/nothing"
        [ "$(find "$CRASHES" -type f | wc -l)" -eq 0 ] || fail "$(find "$CRASHES" -type f)"
        grep -q 'no core is kept: CRUMPLE_STACK is not full' stderr || fail "$(cat stderr)"
    done
}

@test "crumple scrub: an export has no secret, and gdb has the stack" {
    die full
    run -0 "$BUILD/crumple" scrub "$BUNDLE"
    local scrubbed
    scrubbed=$(basename "$BUNDLE" .tar.zst).scrubbed.tar.zst
    want path "./$scrubbed" "$output"
    want mode 600 "$(stat -c %a "$scrubbed")"
    unpack "$scrubbed"
    nowhere "${MEMORY[@]}" "${GIVEN[@]}"
    want members 'core environ limits maps report.json status' \
        "$(tar --zstd -tf "$scrubbed" | grep -v cgroup | sort | tr '\n' ' ' | sed 's/ $//')"
    is_useful
    is_for_gdb
    grep -q "'crumple scrub' has left out" seen/show
    want arguments '["--password=[scrubbed]","[scrubbed]","[scrubbed]"]' "$(gojq -c '.cmdline[2:]' seen/report.json)"
}

@test "crumple scrub makes the same bytes each time, keeps logs if asked, and leaves the core out if asked" {
    die full
    "$BUILD/crumple" scrub -o one.tar.zst "$BUNDLE"
    "$BUILD/crumple" scrub -o - "$BUNDLE" >two.tar.zst
    cmp one.tar.zst two.tar.zst
    "$BUILD/crumple" scrub -o again.tar.zst one.tar.zst
    cmp one.tar.zst again.tar.zst
    run -3 "$BUILD/crumple" scrub -o one.tar.zst "$BUNDLE"
    [[ $output == *"'./one.tar.zst' exists; nothing was written" ]]
    mkdir out
    run -0 "$BUILD/crumple" scrub --keep-logs --no-core -o out "$BUNDLE"
    unpack out/*.tar.zst
    only text report.json show show.json
    nowhere "${MEMORY[@]}" environ option argument tag api log
    [ ! -e seen/core ]
    run -2 "$BUILD/crumple" scrub -o file "$BUNDLE" "$BUNDLE"
    run -2 "$BUILD/crumple" scrub
    head -c 3000 "$BUNDLE" >torn.tar.zst
    run -3 "$BUILD/crumple" scrub -o torn-scrubbed torn.tar.zst
    [ "$(find . -name 'torn-scrubbed*' | wc -l)" -eq 0 ]
}

@test "crumple scrub of a bundle with CRUMPLE_STACK=scrubbed or none, and of an end without memory" {
    local mode
    for mode in scrubbed none; do
        die "$mode"
        run -0 "$BUILD/crumple" scrub -o "$mode.tar.zst" "$BUNDLE"
        unpack "$mode.tar.zst"
        nowhere "${MEMORY[@]}" "${GIVEN[@]}"
        is_useful
        rm -rf "$CRASHES"
    done
    CRUMPLE_DIR=$CRASHES CRUMPLE_RUN_KEEP_OUTPUT=1 run "$BUILD/crumple-run" --keep-output -- \
        sh -c "echo ${SECRET[text]}; printf '\\342\\200\\256\n'; exit 3"
    run -0 "$BUILD/crumple" scrub --keep-logs -o words.tar.zst --dir "$CRASHES" last
    tar --zstd -xOf words.tar.zst report.json | grep -qi '\\u202e' # escaped, as the writer's
    run -0 "$BUILD/crumple" scrub -o died.tar.zst --dir "$CRASHES" last
    tar --zstd -xOf died.tar.zst report.json | gojq -e '.end.stdout == "[scrubbed]"' >/dev/null
}

# secret_of_end MODE: an end that only crumple-run sees; 'yes' if the bundle has the secret of the tag
secret_of_end() {
    rm -rf "$CRASHES"
    CRUMPLE_DIR=$CRASHES CRUMPLE_STACK=$1 CRUMPLE_TAGS="!given=${SECRET[tag]}" run "$BUILD/crumple-run" -- sh -c 'exit 3'
    [ "$status" -eq 3 ] || fail "$output"
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    unpack "$BUNDLE"
    if [ -e seen/secrets.json ]; then echo yes; else echo no; fi
    grep -rl "${SECRET[tag]}" seen "$CRASHES" | grep -v '^seen/secrets.json$' >others || true
    [ ! -s others ] || fail "$(cat others)"
}

@test "an end that crumple-run saw has the secret of a tag in secrets.json, with CRUMPLE_STACK=full only" {
    want full yes "$(secret_of_end full)"
    want scrubbed no "$(secret_of_end scrubbed)"
    want none no "$(secret_of_end none)"
}

# bundle_of EVENT: the only bundle of the directory, which is of that event, unpacked
bundle_of() {
    unpack "$(find "$CRASHES" -name '*.tar.zst')"
    want event "$1" "$(gojq -r .event seen/report.json)"
    [ -s seen/core ]
}

@test "an exit and a dump with CRUMPLE_STACK=scrubbed have no memory but addresses" {
    local i pid number=$SRANDOM$SRANDOM
    export CRUMPLE_DIR=$CRASHES CRUMPLE_STACK=scrubbed CRUMPLE_EXIT=all CRUMPLE_STDERR=off
    LD_PRELOAD="$BUILD/libcrumple.so" run -1 /usr/bin/test "${SECRET[argument]}" = "${SECRET[option]}"
    bundle_of exit
    [[ $(places argument) != *core* ]]
    rm -rf "$CRASHES"
    SECRET[number]=${number:0:16}
    LD_PRELOAD="$BUILD/libcrumple.so" sleep "100.${SECRET[number]}" 3>&- &
    pid=$!
    for ((i = 0; i < 500; i++)); do ! grep -q '^230 ' "/proc/$pid/syscall" || break; sleep 0.02; done # clock_nanosleep
    run -0 "$BUILD/crumple" dump "$pid"
    kill "$pid"
    bundle_of dump
    [[ $(places number) != *core* ]]
}

# with_secrets TEXT: the bundle with another secrets.json, as 'other.tar.zst'
with_secrets() {
    printf '%s' "$1" >seen/secrets.json
    tar -C seen -cf - report.json secrets.json core | zstd -q -f -o other.tar.zst
}

@test "a hostile secrets.json reaches no terminal raw, and a damaged one is told" {
    die full
    unpack "$BUNDLE"
    with_secrets '{"secrets":[{"kind":"tag","name":"a\u001b[31m","tid":7,"value":"\u202e\n\u0000"}]}'
    run -0 "$BUILD/crumple" show --secrets other.tar.zst
    [[ $output == *'tag a\x1b[31m (thread 7): \u202e\n'* ]] || fail "$output"
    local text
    for text in '' '[]' '{"secrets":{}}' '{"secrets":[1]}' '{"secrets":[{"kind":"tag","name":"a"}]}' '{"secrets":['; do
        with_secrets "$text"
        run -3 "$BUILD/crumple" show --secrets other.tar.zst
        [[ $output == *"no secrets: 'other.tar.zst' is damaged"* && $output == *'end+0x'* ]] || fail "$text: $output"
    done
    head -c 9000000 /dev/zero >seen/large
    with_secrets "$(tr '\0' ' ' <seen/large)"
    run -3 "$BUILD/crumple" show --secrets other.tar.zst
}

@test "root scrubs the bundle of another user, whose links it does not follow, into a file of its own" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    die full
    chown -R 65534 "$CRASHES"
    chmod 755 "$TMP"
    run -0 "$BUILD/crumple" scrub -o "$TMP" "$BUNDLE"
    want owner "0 600" "$(stat -c '%u %a' "$output")"
    mkfifo pipe.tar.zst
    run -3 timeout 20 "$BUILD/crumple" scrub -o "$TMP" ./pipe.tar.zst
}

@test "whatever stage the writer dies in, a scrubbed bundle has no memory but addresses" {
    local stage
    mkdir -p "$CRASHES/$(id -u)" && chmod 700 "$CRASHES/$(id -u)"
    for stage in pack members maps modules stack report; do
        rm -f "$CRASHES"/*/2* "$CRASHES"/*/crashes.ndjson
        echo "$stage:fault" >"$CRASHES/$(id -u)/crumple-inject"
        die scrubbed CRUMPLE_WRITER="$BUILD/inject/crumple-writer"
        unpack "$BUNDLE"
        [ -s seen/core ]
        grep -q "\"$stage: " seen/report.json || fail "$stage: $(cat seen/report.json)"
        nowhere "${MEMORY[@]}" environ option tag api log
    done
}
