#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Dumps under load: no request fails, and what a request waits longer is the stop that the report states.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

# under_load KIND PORT PID
under_load() {
    local bundle quiet dumped stopped best=0 near
    /usr/bin/python3 "$ROOT/tests/tools/load.py" "$1" "$2" "$BUILD/crumple" dump --reason load "$3" >"$TMP/load.json" 2>"$TMP/load.err" ||
        fail "the load:" "$(cat "$TMP/load.err")" "$(tail "$TMP/with.err")"
    want "requests that failed" 0 "$(gojq .failed "$TMP/load.json")"
    [ "$(gojq .requests "$TMP/load.json")" -gt 1000 ] || fail "there was no load"
    while read -r bundle quiet dumped; do
        read_report "$bundle"
        want "threads that were not captured" 0 "$(report '[.threads[] | select(.state != "captured")] | length')"
        stopped=$(report .dump.stopped_us)
        echo "# $1: $(gojq .requests "$TMP/load.json") requests; slowest answer $quiet ms before, $dumped ms during the dump; stopped for $stopped us" >&3
        # Other work of this machine delays answers, too: one of three dumps shows the stop alone.
        near=$(awk -v q="$quiet" -v d="$dumped" -v s="$stopped" 'BEGIN {print d <= 2 * (q + s / 1000) + 5}')
        best=$((best + near))
    done < <(gojq -r '.dumps[] | "\(.bundle) \(.quiet) \(.dumped)"' "$TMP/load.json")
    [ "$best" -gt 0 ] || fail "answers took longer than the stated stops: $(cat "$TMP/load.json")"
    want "children left" "" "$(ps -o stat=,pid=,args= --ppid "$3" | awk '/^Z/')"
}

@test "redis under load: dumps, and no request fails" {
    PORT=$(low_port)
    start_server /usr/bin/redis-server --port "$PORT" --dir "$TMP" --save ''
    await "answering" redis-cli -p "$PORT" ping
    child_of_runner
    redis-cli -p "$PORT" set name value >/dev/null
    under_load redis "$PORT" "$SERVER"
    redis-cli -p "$PORT" shutdown nosave || true
    await_death
    want "status" 0 "$(status_of with exit)"
}

@test "redis with a large heap: the stop does not grow with it" {
    local small large
    PORT=$(low_port)
    start_server /usr/bin/redis-server --port "$PORT" --dir "$TMP" --save '' --enable-debug-command yes
    await "answering" redis-cli -p "$PORT" ping
    child_of_runner
    read_report "$("$BUILD/crumple" dump "$SERVER")"
    small=$(report .dump.stopped_us)
    redis-cli -p "$PORT" debug populate 2000000 key 100 >/dev/null
    read_report "$("$BUILD/crumple" dump "$SERVER")"
    large=$(report .dump.stopped_us)
    echo "# redis: stopped for $small us empty, $large us with $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$SERVER/status") MiB" >&3
    [ "$large" -lt $((small * 10 + 20000)) ] || fail "it grows with the heap"
    redis-cli -p "$PORT" shutdown nosave || true
    await_death
}

@test "memcached under load: dumps, and no request fails" {
    PORT=$(low_port)
    start_server /usr/bin/memcached -u root -U 0 -l 127.0.0.1 -p "$PORT" -t 4
    await "listening" port_is_open "$PORT"
    child_of_runner
    exec 7<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'set name 0 0 5\r\nvalue\r\n' >&7
    read -r _ <&7
    exec 7>&-
    under_load memcached "$PORT" "$SERVER"
    kill -TERM "$SERVER"
    await_death
    want "status" 0 "$(status_of with exit)"
}

@test "nginx under load: dumps of a worker that has dropped its user, and no request fails" {
    local worker
    PORT=$(low_port)
    printf value >"$TMP/name"
    chmod 644 "$TMP/name"
    cat >"$TMP/nginx.conf" <<END
daemon off; worker_processes 1; pid $TMP/nginx.pid; error_log stderr; user www-data;
events {}
http { access_log off; keepalive_requests 100000000; server { listen 127.0.0.1:$PORT; root $TMP; } }
END
    start_server /usr/sbin/nginx -c "$TMP/nginx.conf"
    await "listening" port_is_open "$PORT"
    child_of_runner
    worker=$(children_of "$SERVER" | head -n 1)
    under_load http "$PORT" "$worker"
    want "title" "nginx was dumped by user 0: load" "$(report .title)"
    kill -QUIT "$SERVER"
    await_death
    want "status" 0 "$(status_of with exit)"
}
