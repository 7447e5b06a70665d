#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple.h: a program that says what it is doing, compiled and linked in all ways.

load helpers

setup() {
    setup_context
}

teardown() {
    [ -z "${SERVER-}" ] || kill -KILL "$SERVER" 2>/dev/null || true
}

@test "the header compiles without a warning in C89, C99, C11, C++11 and C++20, by gcc and clang" {
    local way strict
    printf '#include "crumple.h"\nint f(void);\nint f(void) { return crumple_dump ? 1 : 0; }\n' >old.c
    printf '#include "crumple.h"\nint f(int x);\nint f(int x) { return crumple_tag("a", "%%d", x) + crumple_event("%%d", x) + crumple_dump("b"); }\n' >new.c
    for way in 'gcc -std=c89' 'gcc -std=gnu89' 'clang -std=c89' 'gcc -std=c99' 'gcc -std=c11' 'clang -std=c11' \
        'gcc -std=c11 -fno-pie' 'clang -std=c11 -fno-pie' 'g++ -x c++ -std=c++11' 'g++ -x c++ -std=c++20 -fno-pie' \
        'clang++ -x c++ -std=c++11' 'clang++ -x c++ -std=c++20 -fno-pie'; do
        strict=-Wpedantic
        [[ $way != *gnu* ]] || strict=-Wshadow
        # shellcheck disable=SC2086
        $way -I"$ROOT/include" -Wall -Wextra $strict -Waddress -Werror -c old.c -o /dev/null
        # shellcheck disable=SC2086
        [[ $way == *89 ]] || $way -I"$ROOT/include" -Wall -Wextra -Wpedantic -Waddress -Werror -c new.c -o /dev/null
    done
}

@test "a wrong format is a warning of the compiler" {
    printf '#include "crumple.h"\nint f(void);\nint f(void) { return crumple_tag("a", "%%d", "text"); }\n' >wrong.c
    local way
    for way in 'gcc -fPIE' 'gcc -fno-pie' 'clang -fPIE'; do
        # shellcheck disable=SC2086
        run $way -I"$ROOT/include" -Wall -Werror=format -c wrong.c -o /dev/null
        [ "$status" -ne 0 ] && [[ $output == *format* ]] || fail "$way"
    done
}

@test "a program without crumple, or with crumple disabled, gets -ENOSYS, and errno stays" {
    local way
    for way in pie nopie O0 static lto lto-nopie clang clang-nopie cxx clangxx c99; do
        [ "$("$T/tagged-$way" none)" = '-38 -38 -38 -38 -38 -38 -38 77' ] || fail "$way"
        [ "$(CRUMPLE=0 LD_PRELOAD=$BUILD/libcrumple.so "$T/tagged-$way" none)" = '-38 -38 -38 -38 -38 -38 -38 77' ] || fail "$way"
    done
}

@test "with crumple the functions work in every way of linking but the static one, and say what is wrong" {
    local way
    for way in pie nopie O0 lto lto-nopie clang clang-nopie cxx clangxx c99; do
        want "$way" '0 -22 0 -2 0 0 0 77' "$(LD_PRELOAD=$BUILD/libcrumple.so "$T/tagged-$way" none)"
    done
    want static '-38 -38 -38 -38 -38 -38 -38 77' "$(LD_PRELOAD=$BUILD/libcrumple.so "$T/tagged-static" none)"
}

@test "a name or a format that is NULL costs the tag, not the process" {
    local way
    for way in pie cxx; do
        want "$way" '-110 -66 0' "$(LD_PRELOAD=$BUILD/libcrumple.so "$T/tagged-$way" nulls)"
    done
}

@test "tags of the faulting thread, of the process and of the others, and events, are in the report" {
    local way
    for way in pie nopie cxx; do
        dies CRUMPLE_TAGS='region=eu,tick=0,build=0' "$T/tagged-$way" crash
        want tags '{"api_key":"[secret]","build":"1.42","match_id":"42","region":"eu","rpc":"leave [31m","speed":"1.50","tick":"123456789012"}' \
            "$(gojq -c .tags "$TMP/report.json")"
        want "of the other" '[{"match_id":"7","who":"[secret]"}]' "$(answer '[.threads[1:][] | .tags] | tojson')"
        want events '256 player 45 joined player 300 joined' \
            "$(answer '"\(.events | length) \(.events[0].text) \(.events[-1].text)"')"
        want "event's thread" "$(answer .crashed_tid)" "$(answer '.events[0].tid')"
    done
}

@test "a forked child keeps the tags of the thread that made it" {
    dies "$T/tagged-pie" fork
    want tags '{"match_id":"42","side":"child"}' "$(gojq -c .tags "$TMP/report.json")"
}

@test "a plugin that dlopen has brought can tag" {
    dies "$T/tagged-pie" plugin "$T/libtagged.so"
    want tags yes "$(answer .tags.plugin)"
    dies "$T/tagged-nopie" plugin "$T/libtagged.so"
    want tags yes "$(answer .tags.plugin)"
}

@test "a dump shows the tags of each thread, and none of them as its own" {
    dies "$T/tagged-pie" dump
    want "tags, thread" 'null 42' "$(answer '"\(.tags) \(.threads[0].tags.match_id)"')"
}

@test "a signal handler may tag what it has interrupted the tagging of: the value is whole" {
    dies "$T/tagged-pie" storm
    [[ $(answer .tags.both) =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[3]}" ]
}

# whole: of every value with three parts in the report, the three are one number
whole() {
    want "torn values" 0 "$(answer '[.. | objects | to_entries[] | select(.value | type == "string") | select(.value | test("^[0-9]+-[0-9]+-[0-9]+$"))
        | .value | split("-") | select(.[0] != .[1] or .[0] != .[2])] | length')"
}

@test "1,000 threads that tag without an end while one of them faults: each value is whole, each thread's its own" {
    local i times=${TAG_STORMS:-30}
    for ((i = 0; i < (times + 29) / 30; i++)); do
        dies "$T/tagged-pie" many 1000
        whole
        [ "$(answer '[.threads[] | select(.tags)] | length')" -gt 100 ]
        want "two threads with one number" 0 "$(answer '[.threads[].tags.mine | select(.)] | length - (unique | length)')"
        want "the faulting one" 0 "$(answer .tags.mine)"
    done
    for ((i = 1; i < times; i++)); do
        dies "$T/tagged-pie" many 20
        whole
        want "the faulting one" '0 2000' "$(answer '"\(.tags.mine) \(.tags.whole | split("-")[0])"')"
    done
}

@test "the arena, with tags: match, player, message and tick of the request that killed it" {
    LD_PRELOAD=$BUILD/libcrumple.so "$T/arena-tags" -p 0 >"$TMP/out" 2>"$TMP/err" 3>&- &
    SERVER=$!
    line_matches "$TMP/out" listening
    local port
    port=$(sed -n 's/^arena: listening.*://p' "$TMP/out")
    "$BUILD/demo/arena-client" -p "$port" say 'HELLO alice' 'JOIN 3' 'PING' 'EMOTE' >/dev/null 2>&1 || true
    wait "$SERVER" || true
    SERVER=''
    take_report
    want tags '{"match_id":"3","message":"EMOTE","player_id":"0"}' "$(gojq -c '.tags | del(.tick)' "$TMP/report.json")"
    [[ $(answer .tags.tick) =~ ^[0-9]+$ ]]
    want "last event" 'alice: EMOTE' "$(answer '.events[-1].text')"
    grep -q 'tags: .*match_id=3' "$TMP/err"
    run -0 "$BUILD/crumple" show "${BUNDLES[0]}"
    [[ $output == *'tags '*match_id=3* ]]
    run -0 "$BUILD/crumple" list --json --where match_id=3 "$CRASHES"/*/
    [[ $output == *'"player_id":"0"'* ]]
    want "line" 3 "$(events -r .tags.match_id)"
}
