# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # settings of run_program
# The check of growth.bats and tests/long/growth.sh; both have loaded helpers.bash.

# unchanged KEY: between the early and the late look
unchanged() {
    want "$1" "$(fact "early.$1")" "$(fact "late.$1")"
}

# check_growth FAULTS EARLY: looks at the process after EARLY and after FAULTS.
check_growth() {
    local growth_kib bundles
    RULES='victim*=contain'
    CASE_SHIM=(CRUMPLE_BREAKER='trip=1000000,life=0' CRUMPLE_KEEP='count=500,bytes=256M,free=5%,per_signature=5/1h')
    run_program growth "$1" "$2"
    lives
    want "ended" "$1" "$(fact ended)"
    unchanged tasks
    unchanged mappings
    unchanged descriptors
    want "children" none "$(fact late.children)"
    growth_kib=$(($(fact late.resident_kib) - $(fact early.resident_kib)))
    [ "$growth_kib" -le 256 ] || fail "resident memory has grown by $growth_kib KiB"
    want "counted in crashes.ndjson" "$1" "$(count_events contained)"
    want "counted in crumple.prom" \
        "$(gojq -s 'map(select(.event == "contained") | .count // 1) | add // 0' "$TMP"/crashes/*/crashes.ndjson)" \
        "$(metric 'contained[a-z_]*total')"
    bundles=$(find "$TMP/crashes" -name '*.tar.zst' | wc -l)
    want "bundles within the budget" yes "$([[ $bundles =~ ^[1-5]$ ]] && echo yes || echo "$bundles")"
    want "half-written files" 0 "$(find "$TMP/crashes" -name '*.tmp' -o -name '*.core' | wc -l)"
    [ "$(du -sk "$TMP/crashes" | cut -f1)" -lt 8192 ] || fail "$(du -sk "$TMP/crashes")"
}
