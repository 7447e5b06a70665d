#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# redis and lighttpd built with musl-gcc (MUSL_SERVERS: tests/musl/build_servers.sh) under musl's object: see
# tests/long/musl.sh, which runs this. ROUNDS: deaths of each kind.

ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
load ../../musl/servers
setup() {
    setup_musl_server
    SHIM=(CRUMPLE_KEEP=per_signature=1000/1h) EXTRA_PRELOAD=$T/musl/libinject.so MAGIC=crumple-test-crash-now
}
# Workers outlive the process that started them.
teardown() {
    [ -z "$SERVER" ] || children_of "$SERVER" | xargs -r kill -KILL || true
    teardown_server
}

# deaths WHAT START THREAD HARM FUNCTION...: ROUNDS of them; the first is compared with one without crumple.
deaths() {
    local what=$1 start=$2 thread=$3 harm=$4 round
    shift 4
    same_death_as_without "$start" "$thread" "$harm"
    for ((round = 1; ; round++)); do
        told_of_all "$@"
        [ "$round" -lt "${ROUNDS:-4}" ] || break
        rm -rf "$CRASHES"
        one_death "$start" "$thread" "$harm"
    done
    gdb_shows "$(report .exe)"
    printf '# %-50s %d deaths, %d bundles; %s\n' "$what" "$round" "$round" "$ENDED" >&3
}

redis() {
    "$MUSL_SERVERS/redis-cli" -p "$PORT" "$@"
}

# OPTIONS: its own
start_redis() {
    PORT=$(low_port)
    start_server "$MUSL_SERVERS/redis-server" --port "$PORT" --dir "$TMP" --save '' --enable-debug-command yes "${OPTIONS[@]}"
    await "answering" redis ping
    child_of_runner
    redis set name value >/dev/null
}

segfault() { redis debug segfault >"$TMP/segfault" 2>&1 || true; }
poison_redis() { redis set name "$MAGIC" >"$TMP/poison" 2>&1 || true; }
bio_thread() { thread_named bio_lazy_free; }
io_thread() { thread_named io_thd_1; }

@test "musl redis: healthy it answers as without" {
    local out=without
    for OBJECT in '' "$OBJECT"; do
        OPTIONS=(--appendonly yes --appenddirname "aof-$out")
        start_redis
        is_watched
        {
            redis debug populate 20000
            redis <"$BATS_TEST_DIRNAME/redis.txt"
            redis --pipe < <(for ((i = 0; i < 20000; i++)); do printf 'SET piped:%d %d\r\n' "$i" $((i * i)); done) | tail -n 1
            redis bgrewriteaof
            await "rewritten" eval 'redis info persistence | grep -q "aof_rewrite_in_progress:0"'
            redis debug loadaof
            redis dbsize
            redis debug digest
        } >"$TMP/$out"
        redis shutdown nosave
        await_death
        want "end" "0 0" "$(status_of with signal) $(status_of with exit)"
        out=with
    done
    diff -a "$TMP/without" "$TMP/with"
    [ "$(wc -l <"$TMP/with")" -gt 30 ] || fail "$(cat "$TMP/with")"
    ! grep crumple "$TMP/with.err" || fail "crumple has said that"
    want "bundles" 0 "$(count_files '*.zst')"
}

@test "musl redis without its crash log: faults of its main thread and of its workers" {
    OPTIONS=(--crash-log-enabled no --io-threads 3 --io-threads-do-reads yes)
    deaths "redis, main thread, DEBUG SEGFAULT" start_redis main_thread segfault debugCommand call main
    gdb_shows "$MUSL_SERVERS/redis-server" debugCommand call processCommand main
    deaths "redis, main thread, sent a signal" start_redis main_thread sent aeMain main
    deaths "redis, main thread, fault in its system call" start_redis main_thread faulted aeMain main
    deaths "redis, bio thread, sent a signal" start_redis bio_thread sent bioProcessBackgroundJobs
    deaths "redis, bio thread, fault in its system call" start_redis bio_thread faulted bioProcessBackgroundJobs
    deaths "redis, io thread, sent a signal" start_redis io_thread sent IOThreadMain
    deaths "redis, poisoned request" start_redis main_thread poison_redis injected_null_write readQueryFromClient
}

# Redis has ended its other threads by the time it dies, to check its memory without them.
segfault_logged() {
    segfault
    TASKS=1
}
sent_logged() {
    sent "$1"
    TASKS=1
}

@test "musl redis with its own crash log: both reports" {
    OPTIONS=()
    deaths "redis and its crash log, DEBUG SEGFAULT" start_redis main_thread segfault_logged debugCommand call main
    grep -q 'REDIS BUG REPORT START' "$TMP/with.out" || fail "redis has written no report"
    deaths "redis and its crash log, bio thread, sent a signal" start_redis bio_thread sent_logged bioProcessBackgroundJobs
}

# WORKERS: processes; 0: the first one serves
start_lighttpd() {
    PORT=$(low_port)
    [ -d "$TMP/www" ] || {
        mkdir "$TMP/www"
        head -c 1000000 /dev/urandom >"$TMP/www/large"
        echo page >"$TMP/www/index.html"
    }
    cat >"$TMP/lighttpd.conf" <<TEXT
server.document-root = "$TMP/www"
server.bind = "127.0.0.1"
server.port = $PORT
server.max-worker = ${WORKERS:-0}
server.errorlog = "$TMP/lighttpd.log"
server.modules = ("mod_status", "mod_dirlisting")
index-file.names = ("index.html")
status.status-url = "/status"
dir-listing.activate = "enable"
TEXT
    start_server "$MUSL_SERVERS/lighttpd" -D -m "$MUSL_SERVERS/modules" -f "$TMP/lighttpd.conf"
    await "answering" curl -fs "http://127.0.0.1:$PORT/"
    child_of_runner
}

poison_lighttpd() { curl -s -m 5 "http://127.0.0.1:$PORT/$MAGIC" >/dev/null || true; }

@test "musl lighttpd: healthy it answers as without" {
    local out=without url
    for OBJECT in '' "$OBJECT"; do
        WORKERS=2 start_lighttpd
        is_watched
        for url in '' large nothing '../etc/passwd'; do
            curl -si -m 5 -H 'Connection: close' "http://127.0.0.1:$PORT/$url"
            curl -s -m 5 -r 10-99 -o - "http://127.0.0.1:$PORT/$url"
        done | grep -avE '^(Date|Last-Modified|ETag):' >"$TMP/$out"
        curl -s -m 5 -o /dev/null -w 'status page: %{http_code}\n' "http://127.0.0.1:$PORT/status" >>"$TMP/$out"
        kill -TERM "$SERVER"
        await_death
        echo "signal $(status_of with signal), exit $(status_of with exit)" >>"$TMP/$out"
        out=with
    done
    diff -a "$TMP/without" "$TMP/with"
    grep -aq '^signal 0, exit 0' "$TMP/with"
    ! grep crumple "$TMP/with.err" || fail "crumple has said that"
    want "bundles" 0 "$(count_files '*.zst')"
}

@test "musl lighttpd: faults of its only process" {
    deaths "lighttpd, sent a signal" start_lighttpd main_thread sent server_main_loop main
    deaths "lighttpd, fault in its system call" start_lighttpd main_thread faulted server_main_loop main
    deaths "lighttpd, poisoned request" start_lighttpd main_thread poison_lighttpd injected_null_write main
    gdb_shows "$MUSL_SERVERS/lighttpd" injected_null_write main
}

# worker: a process that serves; workers: how many there are
workers() { children_of "$SERVER"; }
has_two_others() { [ "$(workers | grep -vxc "$TID")" = 2 ]; }

@test "musl lighttpd: faults of a worker process: it is replaced, and the first process ends as ever" {
    local harm round
    WORKERS=2 start_lighttpd
    for ((round = 0; round < ${ROUNDS:-4} * 2; round++)); do
        harm=sent
        [ $((round % 2)) = 0 ] || harm=faulted
        await "two workers" eval '[ "$(workers | wc -l)" = 2 ]'
        TID=$(workers | head -n 1)
        "$harm" "$TID"
        await "replaced" has_two_others
        await "answering" curl -fs "http://127.0.0.1:$PORT/"
        want "bundles" $((round + 1)) "$(count_files '*.zst')"
        want "thread that crashed" "$TID" "$(events -s 'map(select(.event == "crash")) | last | .tid // .pid')"
    done
    kill -TERM "$SERVER"
    await_death
    want "end" "0 0" "$(status_of with signal) $(status_of with exit)"
    printf '# %-50s %d deaths, %d bundles\n' "lighttpd, worker process" "$round" "$round" >&3
}
