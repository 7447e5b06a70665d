#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Both sides of one failure: list and group over several directories, by tags, with the events of other programs.
# shellcheck source=tests/cli/common.bash
source "${BATS_TEST_FILENAME%/*}/../cli/common.bash"

setup() {
    common_setup
    mkdir "$CRUMPLE_DIR/server" "$CRUMPLE_DIR/client"
}

# server ID MATCH [JQ-FILTER]: a server's bundle with a tag
server() {
    "$here/make_bundle.sh" "$CRUMPLE_DIR/server" "$1" ".tags = {match_id: \"$2\", side: \"server\"} | ${3:-.}"
}

# client LINE...: a client's events
client() {
    printf '%s\n' "$@" >>"$CRUMPLE_DIR/client/events.ndjson"
}

@test "--where finds both sides of a match in several directories, and a column tells where from" {
    cd "$CRUMPLE_DIR"
    server "$a" 42
    server "$b" 43
    client '{"time":"2026-01-02T03:04:00Z","title":"lost connection","exe":"client","tags":{"match_id":42}}' \
        '{"time":"2026-01-02T03:05:00Z","title":"lost connection","exe":"client","tags":{"match_id":4}}'
    run --separate-stderr -0 "$crumple" list --table --where match_id=42 client/ server/
    [[ ${lines[0]} == TIME*EVENT*SIGNAL*PID*FROM*EXE*TITLE*ID ]]
    [[ ${lines[1]} == *foreign*client/*lost\ connection*events.ndjson:1 ]]
    [[ ${lines[2]} == *crash*server/*parse_header*"$a" ]]
    [ "${#lines[@]}" -eq 3 ]
    [ -z "$stderr" ]
}

# by every key, with globs; all conditions must hold
@test "--where compares tags, exe, event, signature, host, signal, function and build" {
    server "$a" 42 '.build_id = "aabbcc"'
    client '{"time":1767323040,"title":"t","host":"phone","build":"7","exe":"/opt/client","signature":"lost | g","tags":{"exe":"x","match_id":"42"}}'
    local condition
    for condition in exe=alpha exe=/usr/sbin/alpha event=crash 'signature=SIGSEGV*' host=host.example signal=SIGSEGV \
        function=handle_client function=parse_header build='aa*' side=server tag:side=server; do
        run --separate-stderr -0 "$crumple" list --json --where match_id='4?' --where "$condition" "$CRUMPLE_DIR"/*/
        [ "$(gojq -r .pid <<<"$output")" = 101 ] || fail "$condition: $output"
    done
    for condition in exe=client host=phone function=g build=7 event=foreign tag:exe=x; do
        run --separate-stderr -0 "$crumple" list --json --where match_id=42 --where "$condition" "$CRUMPLE_DIR"/*/
        [ "$(gojq -r .hostname <<<"$output")" = phone ] || fail "$condition: $output"
    done
    for condition in exe=x side=client nothing='*' host=; do
        run --separate-stderr -1 "$crumple" list --json --where "$condition" "$CRUMPLE_DIR"/*/
    done
    run --separate-stderr -2 "$crumple" list --table --where match_id "$CRUMPLE_DIR/server"
    run --separate-stderr -2 "$crumple" list --table --where =42 "$CRUMPLE_DIR/server"
}

@test "events of other programs have times of three kinds, and what is no event is counted and told once" {
    client '{"time":"2026-01-02T03:04:05.5Z","title":"a"}' '{"time":1767323045,"title":"b"}' \
        '{"time":1767323045500,"title":"c"}' '{"time":1767323045.5,"title":"d"}' \
        '' '{"time":"yesterday","title":"e"}' '{"time":true,"title":"f"}' '{"time":1e300,"title":"g"}' '{"time":1}' \
        '["title"]' 'no json' "{\"time\":1,\"title\":\"$(printf '%070000d' 0)\"}"
    printf '{"time":1767323046,"title":"not ended by a newline"}' >>"$CRUMPLE_DIR/client/events.ndjson"
    printf '{"time":1767323046,"tit' >"$CRUMPLE_DIR/client/torn.ndjson"
    run --separate-stderr -0 "$crumple" list --json "$CRUMPLE_DIR/client"
    want times '2026-01-02T03:04:05.000000Z
2026-01-02T03:04:05.500000Z
2026-01-02T03:04:05.500000Z
2026-01-02T03:04:05.500000Z
2026-01-02T03:04:06.000000Z' "$(gojq -r .time <<<"$output")"
    want lines 'events.ndjson:2
events.ndjson:13' "$(gojq -r 'select(.title == "b" or .title > "m").id' <<<"$output")"
    want stderr "crumple: 8 lines of other programs in '$CRUMPLE_DIR/client' are no events: no JSON object with a 'title' and a 'time' (RFC 3339, or a number)" "$stderr"
}

@test "an event of another program cannot reach the terminal raw, and its members may be of any type" {
    client '{"time":1,"title":"a\u001b[31m\u202eb","exe":"c\u0007","tags":{"k":"\u001b","n":1.5,"b":true,"o":{},"z":null}}' \
        '{"time":2,"title":"t","event":1,"signature":[],"exe":{},"pid":"7","host":9,"build":{},"tags":[1]}'
    run --separate-stderr -0 "$crumple" list --table "$CRUMPLE_DIR/client"
    assert_clean "$output"
    run --separate-stderr -0 "$crumple" group --table --by k "$CRUMPLE_DIR/client"
    assert_clean "$output"
    run --separate-stderr -0 "$crumple" list --json "$CRUMPLE_DIR/client"
    assert_clean "$output"
    want tags '{"b":"true","k":"\u001b","n":"1.5"}' "$(gojq -c 'select(.title != "t").tags' <<<"$output")"
    want rest '["foreign",null,null,null,null,null,null]' \
        "$(gojq -c 'select(.title == "t") | [.event, .signature, .exe, .pid, .hostname, .build_id, .tags]' <<<"$output")"
}

@test "secrets of other programs' events are shown by no list" {
    client '{"time":1,"title":"t","tags":{"!mail":"S3CRET","api_token":"S3CRET","match_id":1}}'
    for how in "list --json" "group --json --by mail" "group --by api_token" "list --where match_id=1"; do
        # shellcheck disable=SC2086 # two words
        run --separate-stderr -0 "$crumple" $how "$CRUMPLE_DIR/client"
        [[ $output != *S3CRET* ]] || fail "$how"
    done
    run --separate-stderr -0 "$crumple" list --json "$CRUMPLE_DIR/client"
    want tags '{"api_token":"[secret]","mail":"[secret]","match_id":"1"}' "$(gojq -c .tags <<<"$output")"
}

@test "links, pipes and files beyond the limits are left out, and told" {
    client '{"time":1,"title":"t"}'
    ln -s /etc/passwd "$CRUMPLE_DIR/client/link.ndjson"
    mkfifo "$CRUMPLE_DIR/client/pipe.ndjson"
    truncate -s 90M "$CRUMPLE_DIR/client/large.ndjson"
    run --separate-stderr -3 timeout 20 "$crumple" list --json "$CRUMPLE_DIR/client"
    want titles t "$(gojq -r .title <<<"$output")"
    [[ $stderr == *"/link.ndjson': not a plain file"* && $stderr == *"/pipe.ndjson': not a plain file"* && $stderr == *"/large.ndjson' has more than 80 MiB"* ]]
}

@test "files may be named: bundles, events of other programs, and crumple's own log" {
    server "$a" 42
    client '{"time":1,"title":"t"}'
    printf '{"event":"crash","time":"2026-01-05T00:00:00Z","title":"gone","exe":"/x/delta","signature":"s | f","pid":9,"tags":{"match_id":"42"}}\n' \
        >"$CRUMPLE_DIR/server/crashes.ndjson"
    run --separate-stderr -0 "$crumple" list --json "$CRUMPLE_DIR/server/$a.tar.zst" "$CRUMPLE_DIR/client/events.ndjson" \
        "$CRUMPLE_DIR/server/crashes.ndjson"
    want titles 't
SIGSEGV in parse_header (alpha)
gone' "$(gojq -r .title <<<"$output")"
    run --separate-stderr -0 "$crumple" group --json --by match_id "$CRUMPLE_DIR/server"
    want sides '[{"count":1,"exe":"alpha"},{"count":1,"exe":"delta"}]' "$(gojq -c .sides <<<"$output")"
    run --separate-stderr -3 "$crumple" list --table /etc/passwd
    run --separate-stderr -3 "$crumple" list --table "$CRUMPLE_DIR/server" "$CRUMPLE_DIR/nowhere"
    [[ $output == *alpha* && $stderr == *nowhere* ]]
}

@test "group --by says who has a value in common; the most sides come first" {
    server "$a" 42
    server "$b" 43
    server "$c" 43
    client '{"time":1767323040,"title":"t","exe":"client","tags":{"match_id":42}}' \
        '{"time":1767323041,"title":"t","exe":"client","tags":{"match_id":42}}' '{"time":1767323041,"title":"t"}'
    run --separate-stderr -0 "$crumple" group --table --by tag:match_id "$CRUMPLE_DIR"/*/
    [[ ${lines[0]} == match_id*COUNT*SIDES* ]]
    [[ ${lines[1]} == 42\ *3*"alpha 1, client 2"* ]]
    [[ ${lines[2]} == 43\ *2*"beta 1, gamma 1"* ]]
    [ "${#lines[@]}" -eq 3 ]
    run --separate-stderr -0 "$crumple" group --json --by match_id --where exe=client "$CRUMPLE_DIR"/*/
    want group '["match_id","42",2,["events.ndjson:2","events.ndjson:1"]]' "$(gojq -c '[.by, .value, .count, .paths]' <<<"$output")"
    run --separate-stderr -0 "$crumple" group --json --by exe "$CRUMPLE_DIR"/*/
    want exes 'client 2
gamma 1
beta 1
alpha 1' "$(gojq -r '"\(.value) \(.count)"' <<<"$output")"
    run --separate-stderr -1 "$crumple" group --table --by nothing "$CRUMPLE_DIR"/*/
}

@test "bundles of several hosts in one directory have a column that tells the host" {
    server "$a" 42
    run --separate-stderr -0 "$crumple" list --table "$CRUMPLE_DIR/server"
    [[ ${lines[0]} != *HOST* && ${lines[0]} != *FROM* ]]
    server "$b" 43 '.hostname = "web2"'
    run --separate-stderr -0 "$crumple" list --table "$CRUMPLE_DIR/server"
    [[ ${lines[0]} == *PID*HOST*EXE* && ${lines[1]} == *host.example*alpha* && ${lines[2]} == *web2*beta* ]]
}

# The client's matches overlap with the server's. 110 events: matches 20 to 69, some twice or three times.
clients() {
    local i
    for ((i = 0; i < 110; i++)); do
        printf '{"time":%d.25,"title":"lost connection","exe":"client","host":"phone%d","tags":{"match_id":%d,"n":"%d"}}\n' \
            $((1767323040 + i)) $((i % 7)) $((20 + i * 7 % 50)) "$i"
    done >"$CRUMPLE_DIR/client/events.ndjson"
}

# pairs: the matches in which both sides failed, as group --by finds them: 'MATCH ARENA-COUNT CLIENT-COUNT'
pairs() {
    "$crumple" group --json --by match_id "$CRUMPLE_DIR/server" "$CRUMPLE_DIR/client" |
        gojq -r 'select(.sides | length == 2) | "\(.value) \(.sides[0].exe) \(.sides[0].count) \(.sides[1].exe) \(.sides[1].count)"' | sort
}

@test "110 client events and 40 server bundles: group --by finds exactly the planted pairs, also when bundles are gone" {
    local i
    cp "$T/undumpable" "$BATS_TEST_TMPDIR/arena"
    for ((i = 0; i < 40; i++)); do
        (
            ulimit -c 0
            exec env CRUMPLE_DIR="$CRUMPLE_DIR/server" CRUMPLE_KEEP=per_signature=100/1h CRUMPLE_STDERR=off \
                CRUMPLE_TAGS="match_id=$i,side=server" LD_PRELOAD="$BUILD/libcrumple.so" "$BATS_TEST_TMPDIR/arena" fault
        ) >/dev/null 2>&1 || true
    done
    clients
    want bundles 40 "$(find "$CRUMPLE_DIR/server" -name '*.tar.zst' | wc -l)"
    want events 150 "$("$crumple" list --json "$CRUMPLE_DIR/server" "$CRUMPLE_DIR/client" | wc -l)"
    for ((i = 20; i < 40; i++)); do
        printf '%d arena 1 client %d\n' "$i" "$(grep -c "\"match_id\":$i," "$CRUMPLE_DIR/client/events.ndjson")"
    done | sort >"$BATS_TEST_TMPDIR/planted"
    pairs >"$BATS_TEST_TMPDIR/found"
    diff "$BATS_TEST_TMPDIR/planted" "$BATS_TEST_TMPDIR/found"
    want "first groups" 20 "$("$crumple" group --json -n 20 --by match_id "$CRUMPLE_DIR"/*/ | gojq -c 'select(.sides | length == 2)' | wc -l)"
    find "$CRUMPLE_DIR/server" -name '*.tar.zst' | sort | tail -n 15 | xargs rm
    pairs >"$BATS_TEST_TMPDIR/found"
    diff "$BATS_TEST_TMPDIR/planted" "$BATS_TEST_TMPDIR/found"
}
