#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/systemd.md as it is written, with Debian's own units and a systemd of its own.

# shellcheck disable=SC2016 # scripts for other shells
load helpers

setup_file() {
    [ "$(id -u)" = 0 ] || skip "systemd needs root"
    [ -x /lib/systemd/systemd ] || skip "no systemd"
    ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export AREA
    AREA=$(mktemp -d /tmp/crumple-systemd-XXXXXX)
    mkdir "$AREA/root" "$AREA/crumple"
    "$ROOT/build/crumple" install "$AREA/crumple" >/dev/null
    unshare --pid --fork --mount --cgroup --propagation private --kill-child \
        "$ROOT/tests/entrypoint/systemd_root.sh" "$AREA/root" "$AREA/crumple" >"$AREA/log" 2>&1 3>&- </dev/null &
    echo $! >"$AREA/unshare.pid"
    local i
    for ((i = 0; i < 200; i++)); do
        sleep 0.1
        inside systemctl is-active try.target >/dev/null 2>&1 || continue
        # Its own test of its memory can end redis in its handler, with crumple or without (tests/long/redis_memtest.sh).
        inside sh -c '[ ! -e /etc/redis/redis.conf ] || echo crash-memcheck-enabled no >>/etc/redis/redis.conf'
        return 0
    done
    echo "systemd does not start here: $(tail -n 3 "$AREA/log")" >"$AREA/skip"
}

teardown_file() {
    [ -z "${AREA-}" ] || kill -KILL "$(cat "$AREA/unshare.pid")"
    rm -rf --one-file-system "$AREA"
}

# inside COMMAND...: among systemd's processes
inside() {
    local pid
    pid=$(pgrep --parent "$(cat "$AREA/unshare.pid")")
    nsenter --target "$pid" --mount --pid --root --wd env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout 60 "$@"
}

# drop_in UNIT NAME [PAGE]: the page's drop-in in place, and no other
drop_in() {
    local path=/etc/systemd/system/$1.service.d/$2
    awk -v path="    # $path" '$0 == path { is_in = 1 } is_in && !/^    / { exit } is_in' "$ROOT/docs/${3:-systemd.md}" | sed 's/^    //' >"$TMP/drop-in"
    [ -s "$TMP/drop-in" ] || fail "no drop-in $path in the page"
    inside sh -c 'rm -rf "/etc/systemd/system/$1.service.d"; mkdir "/etc/systemd/system/$1.service.d"; cat >"$2"' sh "$1" "$path" <"$TMP/drop-in"
    inside systemctl daemon-reload
}

# as_written: the commands of the page that make the crash directory
as_written() {
    grep '^    install -d' "$ROOT/docs/systemd.md" | sed 's/^    //' >"$TMP/commands"
    [ "$(wc -l <"$TMP/commands")" -ge 3 ]
    inside sh -s <"$TMP/commands"
}

# server_of UNIT NAME: the process of that name whose end is the service's
server_of() {
    inside sh -c 'main=$(systemctl show -p MainPID --value "$1"); if [ "$(cat /proc/$main/comm)" = "$2" ]; then echo "$main"; else pgrep -P "$main" -x "$2"; fi' sh "$@"
}

# crashes_with_a_bundle UNIT NAME USER: restarts the unit, crashes it, finds one bundle, and stops it
crashes_with_a_bundle() {
    local pid result
    inside sh -c 'rm -rf /var/crash/crumple/*/*'
    inside systemctl reset-failed "$1" 2>/dev/null || true
    inside systemctl restart "$1" || fail "$1 does not start" "$(inside journalctl --no-pager -o cat -u "$1" | tail -n 20)"
    pid=$(server_of "$1" "$2")
    inside grep -q libcrumple "/proc/$pid/maps" || fail "nothing is preloaded into $2"
    inside kill -SEGV "$pid"
    for _ in $(seq 100); do
        sleep 0.1
        result=$(inside systemctl show -p MainPID --value "$1")
        [ "$result" = "$pid" ] || break
    done
    sleep 1
    want "bundles of $2" 1 "$(inside sh -c 'ls /var/crash/crumple/$(id -u "$1")/*-"$2"-*.tar.zst | wc -l' sh "$3" "$2")"
    want "cores" 0 "$(inside find /var/crash/crumple -name '*.core' | wc -l)"
    inside /opt/crumple/crumple list --table /var/crash/crumple | grep -q "SIGSEGV sent by"
    inside systemctl restart "$1"
    inside systemctl stop "$1"
    want "the result of the stop" success "$(inside systemctl show -p Result --value "$1")"
}

# both_ways UNIT NAME USER
both_ways() {
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    inside systemctl cat "$1" >/dev/null 2>&1 || skip "no $1.service"
    as_written
    drop_in "$1" crumple.conf
    crashes_with_a_bundle "$@"
    drop_in "$1" crumple-run.conf
    crashes_with_a_bundle "$@"
}

@test "Debian's redis-server.service: Type=notify, a read-only system, a filter, no executables" {
    both_ways redis-server redis-server redis
}

@test "redis-server.service: the kernel's SIGKILL is seen, and the result is the signal's" {
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    as_written
    drop_in redis-server crumple-run.conf
    inside sh -c 'echo Restart=no >>/etc/systemd/system/redis-server.service.d/crumple-run.conf; systemctl daemon-reload; rm -rf /var/crash/crumple/*/*'
    inside systemctl restart redis-server
    inside kill -KILL "$(server_of redis-server redis-server)"
    for _ in $(seq 50); do
        sleep 0.1
        ! inside systemctl is-failed redis-server >/dev/null || break
    done
    want "the result" signal "$(inside systemctl show -p Result --value redis-server)"
    inside /opt/crumple/crumple list --table /var/crash/crumple | grep -q 'redis-server was killed by SIGKILL'
}

# answers_again COMMAND...: within 10 s
answers_again() {
    for _ in $(seq 100); do
        ! inside "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    fail "no answer to $*" "$(inside sh -c "systemctl --no-pager status redis-server; journalctl --no-pager -u redis-server | tail -n 20")"
}

@test "docs/survive.md, redis-server.service: crumple-run restarts, then systemd, and a stop is a stop" {
    local main pid
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    as_written
    drop_in redis-server crumple-restart.conf survive.md
    inside systemctl restart redis-server
    main=$(inside systemctl show -p MainPID --value redis-server)
    for _ in 1 2; do
        pid=$(server_of redis-server redis-server)
        inside kill -SEGV "$pid"
        answers_again sh -c 'redis-cli ping | grep PONG'
        answers_again curl -sf http://127.0.0.1:9180/
    done
    want "the main process" "$main" "$(inside systemctl show -p MainPID --value redis-server)"
    want "restarts by systemd" 0 "$(inside systemctl show -p NRestarts --value redis-server)"
    want "its state" active "$(inside systemctl is-active redis-server)"
    inside kill -KILL "$main" # as the limit: systemd takes over
    answers_again sh -c '[ "$(systemctl show -p NRestarts --value redis-server)" = 1 ] && redis-cli ping | grep PONG'
    inside systemctl stop redis-server
    want "the result of the stop" success "$(inside systemctl show -p Result --value redis-server)"
    none_are_left inside pgrep 'redis-server|crumple'
}

@test "a socket unit: each life gets the sockets of systemd with its own number, and nobody is refused" {
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    as_written
    inside sh -s <<'TEXT'
cd /etc/systemd/system
printf '%s\n' '[Socket]' 'ListenStream=127.0.0.1:9181' >try.socket
printf '%s\n' '[Service]' 'ExecStart=/opt/crumple/crumple-run --restart on-crash -- /usr/bin/python3 /opt/sockets.py' \
    'Environment=CRUMPLE_DIR=/var/crash/crumple' >try.service
printf '%s\n' 'import os, socket' 'assert int(os.environ["LISTEN_PID"]) == os.getpid() and os.environ["LISTEN_FDS"] == "1"' \
    'listener = socket.socket(fileno=3)' 'while True:' '    client, _ = listener.accept()' '    client.send(b"%d\n" % os.getpid())' \
    '    client.close()' >/opt/sockets.py
systemctl daemon-reload
systemctl start try.socket
TEXT
    inside bash -c 'set -e
        for _ in 1 2 3; do
            read -r pid <>/dev/tcp/127.0.0.1/9181
            kill -KILL "$pid"
            # what is about to die may still accept, and what it accepts is lost with it
            while [ -e "/proc/$pid" ]; do sleep 0.01; done
        done
        read -r again <>/dev/tcp/127.0.0.1/9181
        [ "$pid" != "$again" ]' || fail "$(inside journalctl --no-pager -o cat -u try.service | tail -n 20)"
    want "restarts by systemd" 0 "$(inside systemctl show -p NRestarts --value try.service)"
    inside systemctl stop try.socket try.service
}

@test "Debian's nginx.service: Type=forking and a PID file" {
    both_ways nginx nginx root
}

@test "Debian's mariadb.service: Type=notify by way of a shell" {
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    inside systemctl cat mariadb >/dev/null 2>&1 || skip "no mariadb.service"
    inside sh -c 'systemd-tmpfiles --create >/dev/null 2>&1; install -d -o mysql /run/mysqld; [ -d /var/lib/mysql/mysql ] ||
        mariadb-install-db --user=mysql >/dev/null 2>&1'
    both_ways mariadb mariadbd mysql
}

# without LINE NAME: the drop-in of redis without a line, and the service is restarted
without() {
    drop_in redis-server "$2"
    inside sh -c 'sed -i "/^$1/d" "/etc/systemd/system/redis-server.service.d/$2"; printf "Restart=no\nTimeoutStartSec=2\n" >>"/etc/systemd/system/redis-server.service.d/$2"
        rm -rf /var/crash/crumple/*/*; systemctl daemon-reload; systemctl restart redis-server' sh "$@"
}

crash_redis() {
    inside kill -SEGV "$(server_of redis-server redis-server)"
    sleep 1
}

@test "what the page says of each line of redis's drop-in that is missing" {
    [ ! -s "$AREA/skip" ] || skip "$(cat "$AREA/skip")"
    as_written
    without ExecPaths crumple.conf
    ! inside grep -q "r-xp.*libcrumple" "/proc/$(server_of redis-server redis-server)/maps" || fail "ExecPaths= is not needed"
    without SystemCallFilter crumple.conf
    crash_redis
    want "cores" 1 "$(inside find /var/crash/crumple -name '*.core' | wc -l)"
    without ReadWritePaths crumple.conf
    crash_redis
    want "files" 0 "$(inside find /var/crash/crumple -type f | wc -l)"
    ! without NotifyAccess crumple-run.conf 2>/dev/null || fail "NotifyAccess= is not needed"
}
