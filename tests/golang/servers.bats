#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Debian's etcd, influxdb and prometheus: a healthy run is as without crumple, and each end is one event with its cause. The long
# campaign sends each signal to each of them (SIGNALS).

# shellcheck disable=SC2153 # ROOT is of lib.bash
load helpers

setup() {
    trace_test
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
    cd "$TMP" || return 1
}

teardown() {
    [ -z "${STARTED-}" ] || kill -KILL "$STARTED" "${SERVER:-$STARTED}" 2>/dev/null || true
}

# command_of NAME: COMMAND starts it with its data below TMP, URL answers when it serves
command_of() {
    local port other
    port=$(low_port) other=$(low_port)
    rm -rf "$TMP/data"
    case $1 in
    etcd)
        COMMAND=(etcd --data-dir "$TMP/data" --listen-client-urls "http://127.0.0.1:$port" --advertise-client-urls "http://127.0.0.1:$port"
            --listen-peer-urls "http://127.0.0.1:$other" --initial-advertise-peer-urls "http://127.0.0.1:$other"
            --initial-cluster "default=http://127.0.0.1:$other")
        URL=http://127.0.0.1:$port/health
        ;;
    influxd)
        export INFLUXDB_DATA_DIR=$TMP/data/data INFLUXDB_DATA_WAL_DIR=$TMP/data/wal INFLUXDB_META_DIR=$TMP/data/meta \
            INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:$port INFLUXDB_BIND_ADDRESS=127.0.0.1:$other INFLUXDB_REPORTING_DISABLED=true HOME=$TMP
        COMMAND=(influxd run -config /dev/null)
        URL=http://127.0.0.1:$port/ping
        ;;
    prometheus)
        printf 'global:\n  scrape_interval: 1s\n' >"$TMP/prometheus.yml"
        COMMAND=(prometheus --config.file "$TMP/prometheus.yml" --storage.tsdb.path "$TMP/data" --web.listen-address "127.0.0.1:$port")
        URL=http://127.0.0.1:$port/-/ready
        ;;
    esac
    command -v "${COMMAND[0]}" >/dev/null || skip "no $1"
}

# begin NAME [COMMAND...]: it serves, behind the command; STARTED is what was started, SERVER the server
begin() {
    local i
    command_of "$1"
    shift
    exec 8> >(exec cat >"$TMP/log" 3>&-)
    "$@" "${COMMAND[@]}" >&8 2>&1 </dev/null 3>&- 8>&- &
    STARTED=$!
    exec 8>&-
    for ((i = 0; i < 400; i++)); do
        ! curl -sf "$URL" >/dev/null || break
        sleep 0.05
    done
    curl -sf "$URL" >"$TMP/answer" || fail "no answer:" "$(tail "$TMP/log")"
    SERVER=$(server_of "$STARTED")
    SERVER=${SERVER:-$STARTED}
}

# ends SIGNAL PID STATUS
ends() {
    local status=0
    kill -s "$1" "$2"
    wait "$STARTED" 2>/dev/null || status=$?
    STARTED=''
    want "the status after $1" "$3" "$status"
}

# is_healthy NAME STATUS: it serves and stops as without crumple, and there is no event
is_healthy() {
    begin "$1" env
    ends TERM "$STARTED" "$2"
    cp "$TMP/answer" "$TMP/bare"
    begin "$1" "$RUN" --
    ends TERM "$STARTED" "$2"
    cmp "$TMP/bare" "$TMP/answer"
    want "events" "" "$(events -r .event)"
}

# dies NAME SIGNAL STATUS TITLE: one event, whose title matches
dies() {
    rm -rf "$CRASHES"
    begin "$1" "$RUN" --
    ends "$2" "$SERVER" "$3"
    want "the events of $2" died "$(events -r .event)"
    [[ $(events -r .title) =~ $4 ]] || fail "$(events -r .title)"
    [ "$2" = KILL ] || "$BUILD/crumple" show --json last | gojq -e '.go.version == "go1.19.8" and .go.kind == "signal" and .go.goroutines > 5' >/dev/null ||
        fail "$("$BUILD/crumple" show last)"
}

# dies_of NAME SIGNAL...
dies_of() {
    local name=$1 signal
    shift
    for signal in ${SIGNALS:-"$@"}; do
        case $signal in
        KILL) dies "$name" KILL 137 "^$name was killed by SIGKILL; the sender is not known$" ;;
        SEGV) dies "$name" SEGV 2 "^$name was ended by SIGSEGV, which was sent to it$" ;;
        QUIT) dies "$name" QUIT 2 "^$name was ended by SIGQUIT, which was sent to it$" ;;
        esac
    done
}

@test "etcd: a healthy run, and its ends" {
    is_healthy etcd 143
    dies_of etcd SEGV
}

@test "influxdb: a healthy run, and its ends" {
    is_healthy influxd 0
    dies_of influxd SEGV QUIT KILL
}

@test "prometheus: a healthy run, and its ends" {
    is_healthy prometheus 0
    dies_of prometheus QUIT
}
