#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# CRUMPLE_TAGS: in reports, in events of each kind, and its secrets nowhere but in secrets.json.

load helpers

setup() {
    setup_context
    export CRUMPLE_TAGS='build=1.42, region=eu,!who=PLANTED-MARKED,db_password=PLANTED-NAMED,db=redis://u:PLANTED-ADDRESS@h/0'
    SHOWN='{"build":"1.42","db":"[secret]","db_password":"[secret]","region":"eu","who":"[secret]"}'
}

@test "a crash of a program that knows nothing of crumple has them, in the report, on stderr and in its line" {
    dies "$T/victim" null-write
    want report "$SHOWN" "$(gojq -c .tags "$TMP/report.json")"
    want line "$SHOWN" "$(events .tags)"
    grep -qx 'crumple: tags: build=1.42, region=eu, who=\[secret\], db_password=\[secret\], db=\[secret\]' "$TMP/err"
    tar --zstd -xOf "${BUNDLES[0]}" report.txt | grep -qx 'tags       build=1.42, region=eu, who=\[secret\], db_password=\[secret\], db=\[secret\]'
    dies CRUMPLE_STDERR=json "$T/victim" null-write
    want "stderr" "$SHOWN" "$(gojq -c .tags "$TMP/err")"
}

@test "their secrets, and those of the program, are in secrets.json and in no other place" {
    dies "$T/tagged-pie" crash
    mkdir members
    tar --zstd -xf "${BUNDLES[0]}" -C members
    want "members with a secret" members/secrets.json "$(grep -rla 'PLANTED' members)"
    want secrets 'alice,PLANTED,PLANTED-MARKED,PLANTED-NAMED,redis://u:PLANTED-ADDRESS@h/0' "$(gojq -r '[.secrets[].value] | sort_by(ascii_downcase) | join(",")' members/secrets.json)"
    ! grep -rqa 'PLANTED\|alice' "$CRASHES"/*/crashes.ndjson "$CRASHES"/*/crumple.prom "$TMP/err" || fail "a secret is told"
    grep -qx 'CRUMPLE_TAGS=build=1.42,region=eu,who=\[secret\],db_password=\[secret\],db=\[secret\]' members/environ
}

@test "ends that crumple-run sees from outside have them" {
    timeout 60 "$BUILD/crumple-run" -- sh -c 'exit 7' 2>"$TMP/err" || true
    take_report
    want "event, tags" "died $SHOWN" "$(gojq -r '"\(.event) \(.tags | tojson)"' "$TMP/report.json")"
    want line "$SHOWN" "$(events .tags)"
    ! grep -rqa PLANTED "$CRASHES"/*/crashes.ndjson "$TMP/err" || fail "a secret is told"
}

@test "faults that leave no bundle have them in their line" {
    local i
    for i in 1 2; do
        timeout 60 env "LD_PRELOAD=$BUILD/libcrumple.so" CRUMPLE_KEEP=per_signature=1/1h "$T/victim" null-write 2>/dev/null || true
    done
    want "suppressed line" "true $SHOWN" "$(events -r 'select(.suppressed) | "\(.suppressed) \(.tags | tojson)"')"
}

@test "with tags and a refusal, the lines on stderr are 15 at most: fewer frames are shown" {
    dies CRUMPLE_RECOVER='*=restart' "$T/tagged-pie" deep
    want lines 15 "$(grep -c '^crumple: ' <(grep -v 'not contained: .* ends the process$' "$TMP/err"))"
    grep -q '^crumple: not contained: ' "$TMP/err"
    grep -q '^crumple: tags: .*match_id=42' "$TMP/err"
    grep -q '^crumple:   \.\.\. ' "$TMP/err"
}

@test "what is wrong in the list is told once, without its value, and the rest counts" {
    dies CRUMPLE_TAGS='build=1.42,!bad name=PLANTED' "$T/victim" null-write
    want tags '{"build":"1.42"}' "$(gojq -c .tags "$TMP/report.json")"
    grep -qx 'crumple: CRUMPLE_TAGS: not a list of NAME=VALUE, names of letters, digits and _.-:/; wrong entries are left out' "$TMP/err"
    ! grep -q PLANTED "$TMP/err" || fail "a secret is told"
    [ "$(tar --zstd -xOf "${BUNDLES[0]}" environ | grep CRUMPLE_TAGS)" = CRUMPLE_TAGS=build=1.42 ]
}

@test "a line of crashes.ndjson has at most 2 KiB of them, the report all" {
    local list i
    list=$(for i in {1..7}; do printf 'n%s=%0250d,' "$i" 0; done)
    dies CRUMPLE_TAGS="${list%,}" "$T/victim" null-write
    want report 7 "$(answer '.tags | length')"
    list=$(events '.tags' | wc -c)
    [ "$list" -le 2060 ] || fail "$list bytes"
}
