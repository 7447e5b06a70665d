#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Source lines at length: a server of debug files that never answers costs 90 s and leaves no process, and debug files whose
# bytes are others, with and without the common parts of dwz, cost no report. SOURCES_ROUNDS: how many files (500). Five minutes.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${TEST_BUILD:-$PWD/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() {
    echo "not ok: $*"
    failed=1
}

cat >"$work/prog.c" <<'C'
struct item { int number; const char *name; };
__attribute__((noinline)) int use(struct item *item, int *at) { return *at = item->number; }
int main(void) { struct item item = {7, "seven"}; return use(&item, (int *)0); }
C
(
    cd "$work" || exit
    gcc -g -O1 -o prog prog.c
    cp prog whole
    gcc -g -O1 -x c -o other - <prog.c
    dwz -m common.debug -M /usr/lib/debug/.dwz/common.debug whole other
    CRUMPLE_DIR=$work/crashes LD_PRELOAD=$build/libcrumple.so ./prog 2>/dev/null
    strip prog
    mkdir -p bin dir/.dwz
    touch bin/debuginfod-find
    chmod +x bin/debuginfod-find
)

# It hangs, before it has said anything or when it has closed its output.
for silent in '' ' >&-'; do
    printf '#!/bin/sh\necho $$ >%q\nexec sleep 1000%s\n' "$work/finder" "$silent" >"$work/bin/debuginfod-find"
    begin=$SECONDS
    PATH=$work/bin:$PATH DEBUGINFOD_URLS=http://127.0.0.1:9/ timeout 120 "$build/crumple" show --debuginfod --dir "$work/crashes" last \
        >"$work/out" 2>"$work/err" </dev/null || complain "show failed with a server that hangs"
    took=$((SECONDS - begin))
    if [ "$took" -lt 89 ] || [ "$took" -gt 95 ]; then complain "a server that hangs cost $took s"; fi
    grep -q '90 s are over' "$work/err" || complain "it was not said: $(cat "$work/err")"
    grep -q '#0   use+' "$work/out" || complain "no report"
    ! kill -0 "$(cat "$work/finder")" 2>/dev/null || complain "debuginfod-find lives"
done

# hurt FILE TO: some bytes behind the headers become others
hurt() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import random, sys
data = bytearray(open(sys.argv[1], "rb").read())
for _ in range(random.choice([0, 1, 3, 10, 50])):
    data[random.randrange(min(1024, len(data) // 2), len(data))] = random.randrange(256)
open(sys.argv[2], "wb").write(data)
PYTHON
}
for round in $(seq "${SOURCES_ROUNDS:-500}"); do
    hurt "$work/whole" "$work/dir/prog"
    hurt "$work/common.debug" "$work/dir/.dwz/common.debug"
    timeout 100 "$build/crumple" show --locals --debug-dir "$work/dir" --dir "$work/crashes" last >"$work/out" 2>&1 </dev/null ||
        complain "round $round ended with $?"
    grep -q '^  #0   use' "$work/out" || complain "round $round has no stack"
done
[ "$failed" -eq 0 ] && echo "ok: source lines, ${SOURCES_ROUNDS:-500} hurt files"
exit "$failed"
