#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stacks through musl's libc, which has no call frame information and symbols only for what it exports.

load helpers
setup() {
    setup_crash
    PROGRAM=$TEST_BUILD/tests/musl/standing_still
}
teardown() { teardown_crash; }

# stops WAY: one bundle, whose report is in TMP
stops() {
    rm -rf "$CRASHES"
    timeout 60 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" "$PROGRAM" "$1" >/dev/null 2>"$TMP/err" </dev/null || true
    mapfile -t found < <(find "$CRASHES" -name '*.tar.zst')
    want "bundles" 1 "${#found[@]}"
    tar --zstd -xOf "${found[0]}" report.json >"$TMP/report.json"
}

answer() { gojq -r "$1" "$TMP/report.json"; }

# A name for each frame, '-' for what has none, the shim's frames left out: 'threads[N]' or a thread's name
named() {
    answer "[$1 | .frames[] | select(.module | test(\"libcrumple\") | not) | .function // \"-\" | sub(\"[.].*\"; \"\")] | join(\" \")"
}

guesses() { answer '[.threads[].frames[] | select(.trust | test("^(fp|scan|leaf)$"))] | length'; }

@test "musl: threads that wait in libc have all their frames, and the names that libc exports" {
    stops wait
    want "guesses" 0 "$(guesses)"
    want "threads" 8 "$(answer '.threads | length')"
    local way
    for way in nanosleep:"clock_nanosleep nanosleep" poll:poll read:read condition:"- pthread_cond_timedwait" \
        mutex:"- - pthread_mutex_timedlock" join:"- pthread_timedjoin_np" stream:"- __uflow -"; do
        line=$(named ".threads[] | select(.name == \"${way%%:*}\")")
        echo "$line"
        [[ $line == *" ${way#*:} stay run - -" || $line == *"${way#*:} stay run - -" ]] || fail "${way%%:*}: $line"
    done
    want "main" "- raise abort end main - _start" "$(named '.threads[0]')"
    want "what they wait for" "futex futex futex nanosleep poll read read" \
        "$(answer '[.threads[1:][].blocked.call] | sort | join(" ")')"
    [[ $(answer '.threads[] | select(.name == "nanosleep").blocked.text') =~ ^nanosleep\([0-9.]+\ m?s\)$ ]] ||
        fail "the sleep: $(answer '.threads[] | select(.name == "nanosleep").blocked.text')"
    local first
    first=$(answer '.threads[] | select(.name == "nanosleep").tid')
    want "the mutex" "futex(mutex held 0x held by $(answer '.pid') \"standing_still\")" \
        "$(answer '.threads[] | select(.name == "mutex").blocked.text | sub("0x[0-9a-f]+"; "0x")')"
    want "the thread that is joined" "futex(end of thread $first \"nanosleep\")" \
        "$(answer '.threads[] | select(.name == "join").blocked.text')"
    want "the condition" "futex(condition variable)" "$(answer '.threads[] | select(.name == "condition").blocked.text')"
    timeout 60 "$BUILD/crumple" show --dir "$CRASHES" last >"$TMP/shown"
    ! grep -w memset "$TMP/shown" || fail "$(cat "$TMP/shown")"
}

@test "musl: a fault in a function of libc has its name and its callers" {
    local row
    for row in copy:memcpy set:memset print:"memchr strnlen - vfprintf printf" text:strlen abort:"- raise abort" \
        check:"- raise abort __assert_fail" sort:"compare - - qsort_r"; do
        stops "${row%%:*}"
        want "guesses: $row" 0 "$(guesses)"
        want "frames: $row" "${row#*:} end main - _start" "$(named '.threads[0]')"
    done
}

@test "musl: variables of the functions that called libc are those that gdb sees" {
    local way
    for way in text copy sort; do
        stops "$way"
        want "number: $way" 77 "$(timeout 60 "$BUILD/crumple" show --dir "$CRASHES" --locals --json last |
            gojq -r '[.threads[0].frames[] | select(.function == "end").locals[] | select(.name == "number").value][0]')"
        [ "$way" != sort ] || continue # gdb does not find the callers of qsort
        timeout 60 "$BUILD/crumple" show --gdb --dir "$CRASHES" last -- -nx -batch -ex backtrace >"$TMP/gdb" 2>&1
        grep -E "^#[0-9]+ .* end \(way=(way@entry=)?0x[0-9a-f]+ \"$way\", number=(number@entry=)?77\)" "$TMP/gdb" || fail "$(cat "$TMP/gdb")"
    done
}

@test "musl: a jump into a variable is not named by the linker's label there [row 5]" {
    cat >"$TMP/data.c" <<'C'
char variable[8];
int main(void)
{
    void (*volatile wrong)(void) = (void (*)(void))variable;
    wrong();
    return 0;
}
C
    musl-gcc -w -O1 -Wl,--defsym=label=variable -o data "$TMP/data.c"
    run -139 env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$MUSL_SHIM" ./data
    right_files
    want "functions" "- main" "$(report '[.threads[0].frames[:2][] | .function // "-"] | join(" ")')"
}

@test "musl: a core that is finished without the program's file has the frame that called libc, and no guess before it" {
    cp "$PROGRAM" "$TMP/program"
    local way
    for way in text copy print; do
        rm -rf "$CRASHES"
        cp "$PROGRAM" "$TMP/program"
        timeout 60 env CRUMPLE_DIR="$CRASHES" CRUMPLE_WRITER=/nonexistent LD_PRELOAD="$MUSL_SHIM" "$TMP/program" "$way" \
            >/dev/null 2>&1 </dev/null || true
        rm "$TMP/program"
        run -0 "$BUILD/crumple" collect --force "$CRASHES"
        tar --zstd -xOf "$output" report.json >"$TMP/report.json"
        want "trust of what called libc: $way" code \
            "$(answer '[.threads[0].frames[] | select(.module | endswith("/program"))][0].trust')"
        want "guesses before it: $way" 0 "$(answer '[.threads[0].frames | .[:(map(.module | endswith("/program")) | index(true))][] |
            select(.trust | test("^(fp|scan|leaf)$"))] | length')"
    done
}
