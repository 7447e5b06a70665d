#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# memcached (a worker thread), nginx (a worker process that has dropped its user), python3, haproxy and dnsmasq (which
# give up more than others).

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_server; }
teardown() { teardown_server; }

MAGIC=crumple-test-crash-now # what libinject waits for
WWW_DATA=33

# send_line PORT TEXT: and waits for the other side to close.
send_line() {
    exec 7<>"/dev/tcp/127.0.0.1/$1"
    printf '%s\r\n' "$2" >&7
    timeout 20 cat <&7 >/dev/null || true
    exec 7>&-
}

@test "memcached: a worker thread faults" {
    local port tasks
    port=$(low_port)
    EXTRA_PRELOAD=$T/libinject.so
    start_server /usr/bin/memcached -u nobody -U 0 -l 127.0.0.1 -p "$port" -t 4
    await "listening" port_is_open "$port"
    child_of_runner
    tasks=$(find "/proc/$SERVER/task" -mindepth 1 -maxdepth 1 | wc -l)
    send_line "$port" "get $MAGIC"
    await_death
    BUNDLE_UID=$(id -u nobody) take_bundle
    want "status" 11 "$(status_of with signal)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function injected_null_write
    expect_title SIGSEGV injected_null_write
    want "threads" "$tasks" "$(report '.threads | length')"
    [ "$(report .pid)" != "$(report .crashed_tid)" ] || fail "not a worker thread"
    [[ $(report '[.threads[0].frames[].module]') == *libevent* ]] || fail "the event loop is not on the stack"
    same_as_gdb /usr/bin/memcached
    eu_stack_opens /usr/bin/memcached
}

nginx_config() {
    cat <<TEXT
user www-data;
worker_processes 1;
daemon off;
pid $TMP/nginx.pid;
error_log $TMP/nginx-error.log;
env CRUMPLE_DIR;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $TMP/body;
    proxy_temp_path $TMP/proxy;
    fastcgi_temp_path $TMP/fastcgi;
    uwsgi_temp_path $TMP/uwsgi;
    scgi_temp_path $TMP/scgi;
    server { listen 127.0.0.1:$1; location / { return 200 "fine\n"; } }
}
TEXT
}

@test "nginx: a worker process that runs as www-data faults, the master starts another" {
    local port
    port=$(low_port)
    nginx_config "$port" >"$TMP/nginx.conf"
    chmod 755 "$TMP"
    EXTRA_PRELOAD=$T/libinject.so
    start_server /usr/sbin/nginx -c "$TMP/nginx.conf" -e "$TMP/nginx-error.log"
    await "answering" curl -fs "http://127.0.0.1:$port/"
    child_of_runner
    curl -s "http://127.0.0.1:$port/$MAGIC" || true
    await "answering again" curl -fs "http://127.0.0.1:$port/"
    await "told of its worker's end" grep -q 'exited on signal 11' "$TMP/nginx-error.log"
    kill -QUIT "$SERVER"
    await_death
    want "status of the master" "0 0" "$(status_of with signal) $(status_of with exit)"
    BUNDLE_UID=$WWW_DATA take_bundle
    want "owner of the bundle" $WWW_DATA "$(stat -c %u "$BUNDLE")"
    want "uid" $WWW_DATA "$(report .uid)"
    want "signal" "11 SIGSEGV SEGV_MAPERR 0x0" \
        "$(report '.signal | "\(.number) \(.name) \(.code_name) \(.addr)"')"
    expect_function injected_null_write
    expect_calls ngx_unix_recv ngx_process_events_and_timers ngx_spawn_process ngx_master_process_cycle main _start
    same_as_gdb /usr/sbin/nginx
    eu_stack_opens /usr/sbin/nginx
}

@test "python3: a NULL read through ctypes, with threads around" {
    cat >"$TMP/bug.py" <<'TEXT'
import ctypes, threading
stay = threading.Event()
for number in range(3):
    threading.Thread(target=stay.wait, name="waiter", daemon=True).start()
ctypes.string_at(0)
TEXT
    start_server /usr/bin/python3 "$TMP/bug.py"
    await_death
    take_bundle
    want "status" 11 "$(status_of with signal)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "threads" 4 "$(report '.threads | length')"
    expect_calls ffi_call _PyEval_EvalFrameDefault PyEval_EvalCode Py_RunMain Py_BytesMain _start
    same_as_gdb /usr/bin/python3
    eu_stack_opens /usr/bin/python3
}

haproxy_config() {
    cat <<TEXT
global
    chroot $TMP/jail
    user haproxy
    group haproxy
    nbthread 3
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend all
    bind 127.0.0.1:$1
    http-request return status 200
TEXT
}

# Below another root, as another user, with RLIMIT_NPROC 0: no process can be started for the report.
@test "haproxy: chroot, another user and no process left: a bundle [row 67]" {
    local port
    needs_root
    command -v haproxy >/dev/null || skip "no haproxy"
    [[ $(cat /proc/sys/kernel/core_pattern) != [\|@]* ]] || skip "cores go to a program"
    ulimit -S -c 0
    port=$(low_port)
    mkdir "$TMP/jail"
    haproxy_config "$port" >"$TMP/haproxy.cfg"
    start_server haproxy -db -f "$TMP/haproxy.cfg"
    await "listening" port_is_open "$port"
    child_of_runner
    await "alone" grep -q "^Max processes *0 *0" "/proc/$SERVER/limits"
    kill -SEGV "$SERVER"
    await_death
    BUNDLE_UID=$(id -u haproxy) right_files
    want "status" 11 "$(status_of with signal)"
    want "threads" 3 "$(report '[.threads[] | select(.state == "captured")] | length')"
    want "soft errors" "[]" "$(report -c .soft_errors)"
    expect_said "report: "
}

# It has given up the right to give files away when it changes its user.
@test "dnsmasq: the bundle is the new user's [row 58]" {
    local port
    needs_root
    command -v dnsmasq >/dev/null || skip "no dnsmasq"
    port=$(low_port)
    start_server dnsmasq --keep-in-foreground --port="$port" --listen-address=127.0.0.1 --bind-interfaces --conf-file=/dev/null \
        --pid-file="$TMP/pid" --user=nobody
    await "running" test -s "$TMP/pid"
    child_of_runner
    await "nobody's" grep -q "^Uid:.$(id -u nobody)" "/proc/$SERVER/status"
    kill -SEGV "$SERVER"
    await_death
    BUNDLE_UID=$(id -u nobody) right_files
    want "status" 11 "$(status_of with signal)"
}
