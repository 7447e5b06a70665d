#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2089,SC2090 # common.bash sets the names; gojq programs have their own dollars and quotes
# Whole screens, as files of tests/cli/screens: what a user sees.
load common
# shellcheck source=tests/golang/notes_core.bash
source "$BATS_TEST_DIRNAME/../golang/notes_core.bash"
setup() { common_setup; }

# screen NAME COMMAND...: what the command prints is the file; times and paths that differ are made the same.
screen() {
    local name=$1
    shift
    "$@" 2>&1 | sed -e "s|$CRUMPLE_DIR|/var/crash/crumple|g" -e 's/[0-9-]\{10\} [0-9:]\{8\}/YYYY-MM-DD HH:MM:SS/g' -e 's/[0-9-]\{10\} [0-9:]\{5\} /YYYY-MM-DD HH:MM /g' \
        -e 's/ ([0-9]* [a-z]* ago)//' >"$BATS_TEST_TMPDIR/$name"
    [ -z "${UPDATE_SCREENS-}" ] || cp "$BATS_TEST_TMPDIR/$name" "$here/screens/$name"
    diff "$here/screens/$name" "$BATS_TEST_TMPDIR/$name"
}

# ago TEXT EXE PID: a NAME of that time
ago() {
    printf '%s-%s-%s' "$(date -u -d "-$1" +%Y%m%dT%H%M%S.000001Z)" "$2" "$3"
}

died='.event = "died" | .threads = [] | .modules = [] | .soft_errors = [] | del(.timings_us) | .crashed_tid = 0'
oom="$died"' | .title = "redis-server ran out of memory: killed by the OOM killer at its limit of 256 MiB" |
    .signature = "died | oom | redis-server" | .signal = {number: 9, name: "SIGKILL"} |
    .end = {how: "oom", status: null, error: null, core_dumped: false, asked_by: null, asked_ms: null, uptime_ms: 11520000,
            memory: {used: 184549376, peak: 268435456, limit: 268435456, oom_kills: 1}, reach: null,
            description: "the process was killed by SIGKILL, and the kernel counts a kill for want of memory; it had run for 3 h 12 min",
            stdout: "1:M 29 Nov 2026 12:00:00.001 * Ready to accept connections tcp\n1:M 29 Nov 2026 12:27:00.007 * 10000 changes in 60 seconds. Saving...\n",
            stderr: null}'
status="$died"' | .title = "myserver ended with status 7: \"FATAL: cannot bind port 80\"" |
    .signature = "died | status 7 | myserver | FATAL: cannot bind port #" | .signal = null |
    .reason = "FATAL: cannot bind port 80" |
    .end = {how: "status", status: 7, description: "the process ended itself with status 7; it had run for 350 ms",
            memory: null, stdout: null, stderr: "\u001b[31mFATAL\u001b[0m: cannot bind port 80\n"}'

@test "screens: show of an end for want of memory" {
    NOCORE=1 bundle 20261129T122758.840902Z-redis-server-17 "$oom"
    screen died-oom "$crumple" show last
}

@test "screens: show of a status, with the last line" {
    NOCORE=1 bundle 20261129T122758.840902Z-myserver-17 "$status"
    screen died-status "$crumple" show last
}

# go_bundle DUMP: as crumple-writer makes it of an end by Go's runtime.
go_bundle() {
    local core=$CRUMPLE_DIR/0/20261129T122758.840902Z-arena-17.core
    mkdir -m 700 "$CRUMPLE_DIR/0"
    INFO=time_ns=1795955278840902000 go_core "$core" "$1"
    "$BUILD/crumple-writer" --stderr=off "$core"
}

# A server of 10,000 goroutines, of which one panics.
go_dump() {
    local at=example.com/arena
    printf 'panic: runtime error: invalid memory address or nil pointer dereference\n'
    printf '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x7f2d30fe3eec]\n\n'
    printf 'goroutine 34 [running]:\n%s/rooms.(*Match).MatchLoop(0x0, {0xc000048e10, 0x2})\n\t%s/rooms/match.go:42 +0x1d\n' "$at" "$at"
    printf 'main.(*Server).run.func2()\n\t%s/server.go:118 +0x9c\ncreated by main.(*Server).run\n\t%s/server.go:115 +0x45\n' "$at" "$at"
    printf '\ngoroutine 1 [select]:\nmain.main()\n\t%s/main.go:31 +0x1f\n' "$at"
    awk -v at="$at" 'BEGIN { for (i = 40; i < 10038; i++)
        printf "\ngoroutine %d [chan receive%s]:\nmain.worker(0x%x?)\n\t%s/w.go:12 +0x74\ncreated by main.main\n\t%s/main.go:20 +0x39\n",
            i, i % 3 == 0 ? ", 5 minutes" : i % 3 == 1 ? ", 7 minutes" : ", 6 minutes", i, at, at }'
}

@test "screens: show of a Go panic among 10,000 goroutines" {
    go_dump >"$BATS_TEST_TMPDIR/dump"
    go_bundle "$BATS_TEST_TMPDIR/dump"
    screen go-panic "$crumple" show last
    run -3 "$crumple" show --gdb last
    [[ $output == *"holds no core: crumple-run saw this end from outside"* ]]
    run -0 bash -c 'zstd -dc "$1"/*/*.tar.zst | tar xOf - goroutines.txt | cmp - "$2"' - "$CRUMPLE_DIR" "$BATS_TEST_TMPDIR/dump"
}

@test "screens: show of a Go program that was sent SIGQUIT" {
    go_bundle "$here/../golang/dumps/quit.txt"
    screen go-quit "$crumple" show last
    screen go-list "$crumple" list --table
}

@test "screens: show of a dump" {
    bundle 20261129T122758.840902Z-redis-server-17 '.event = "dump" | .signature = "dump | redis-server" | .reason = "the queue has not moved" |
        .title = "redis-server was dumped by user 0: the queue has not moved" | .signal = null | .soft_errors = [] |
        .dump = {pid: 99, uid: 0, name: "crumple", stopped_us: 1400,
                 description: "pid 99 (crumple) of user 0 asked for a dump; the threads were stopped for 1.4 ms, then the process went on"}'
    screen dump "$crumple" show last
}

@test "screens: the core and gdb of an end that crumple-run saw" {
    NOCORE=1 bundle 20261129T122758.840902Z-redis-server-17 "$oom"
    run -3 "$crumple" show --core "$BATS_TEST_TMPDIR/core" last
    [[ $output == *"holds no core: crumple-run saw this end from outside; nothing was written" ]]
    run -3 "$crumple" show --gdb last
    [[ $output == *"holds no core: crumple-run saw this end from outside"* ]]
}

@test "screens: long output is cut to its last lines, and shown whole with --all" {
    NOCORE=1 bundle 20261129T122758.840902Z-myserver-17 "$status | .end.stderr = ([range(1; 31) | \"line \\(.)\"] | join(\"\\n\")) + \"\\n\""
    run -0 "$crumple" show last
    [[ $output == *"The last lines of stderr:"$'\n'"  line 11"$'\n'*"  line 30" ]]
    run -0 "$crumple" show --all last
    [[ $output == *"All of stderr:"$'\n'"  line 1"$'\n'*"  line 30" ]]
}

@test "screens: list and group have ends that crumple-run saw" {
    NOCORE=1 bundle 20261129T122758.840902Z-redis-server-17 "$oom"
    NOCORE=1 bundle 20261129T122858.840902Z-redis-server-18 "$oom"
    NOCORE=1 bundle 20261129T122958.840902Z-myserver-17 "$status"
    bundle "$a"
    screen died-list "$crumple" list --table
    screen died-group "$crumple" group --table
    run -0 "$crumple" list --table --no-legend --event died
    [ "${#lines[@]}" -eq 3 ]
}

@test "screens: crumple alone is the last 24 hours" {
    local i
    NOCORE=1 bundle "$(ago '50 minutes' redis-server 17)" "$oom"
    NOCORE=1 bundle "$(ago '40 minutes' redis-server 18)" "$oom"
    NOCORE=1 bundle "33/$(ago '30 minutes' myserver 19)" "$status"
    bundle "$(ago '3 days' alpha 101)"
    for i in 1 2 3; do bundle "$(ago "$i hours" beta "20$i")"; done
    printf '{"event":"contained","time":"%s","pid":7,"exe":"/usr/sbin/gamma","signature":"s","title":"SIGSEGV in s","signal":"SIGSEGV","path":null,"id":"x","count":12}\n' \
        "$(date -u -d '-5 hours' +%Y-%m-%dT%H:%M:%S.000000Z)" >"$CRUMPLE_DIR/33/crashes.ndjson"
    screen summary "$crumple"
    screen summary "$crumple" summary "$CRUMPLE_DIR"
}

@test "screens: crumple alone, where nothing happened lately" {
    three
    screen summary-quiet "$crumple"
    rm -rf "${CRUMPLE_DIR:?}"/*
    run -1 "$crumple"
    [[ ${lines[0]} == "The last 24 hours in $CRUMPLE_DIR: nothing" ]]
}
