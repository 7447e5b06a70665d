#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Debian's servers under a policy that asks for everything: '*=contain'. Most have threads that serve many at once. After
# each poisoned request the server has died with a report (its supervisor starts it again), or it serves everybody.
# POISONED=50 tests/run servers/honest   for a longer try

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load recovery
setup() {
    setup_server
    chmod 1777 "$TMP" # icecast2 drops its user
    mkdir -m 1777 "$CRASHES"
    EXTRA_PRELOAD=$T/libinject.so SHIM=(CRUMPLE_RECOVER='*=contain' CRUMPLE_KEEP=per_signature=1000/1h)
    ROUNDS=${POISONED:-4} DEATHS=0 CONTAINED=0
}
teardown() { teardown_server; }

all_events() {
    cat "$CRASHES"/*/crashes.ndjson 2>/dev/null | grep -cE '"event":"(crash|contained)"' || true
}

has_more_events() {
    [ "$(all_events)" -gt "$1" ]
}

is_dead() {
    ! kill -0 "$SERVER" 2>/dev/null
}

# poisoned START SERVED POISON...: a round. START starts the server if it does not run, SERVED says whether it serves.
poisoned() {
    local start=$1 served=$2 before last
    shift 2
    [ -n "$SERVER" ] || "$start"
    await "serving" "$served"
    before=$(all_events)
    "$@"
    await "reporting the fault" has_more_events "$before"
    last=$(cat "$CRASHES"/*/crashes.ndjson | grep -E '"event":"(crash|contained)"' | tail -n 1)
    if [[ $last == *'"event":"crash"'* ]]; then
        await_death
        want "signal" 11 "$(status_of with signal)"
        DEATHS=$((DEATHS + 1))
    else
        for _ in 1 2 3 4; do
            "$served" || fail "it lives and does not serve, after: $last"
        done
        CONTAINED=$((CONTAINED + 1))
    fi
}

# It serves to the end, and it ends when it is asked to.
ends_well() {
    printf '# %s: %s deaths, %s contained\n' "$1" "$DEATHS" "$CONTAINED" >&3
    [ -n "$SERVER" ] || return 0
    kill -TERM "$SERVER"
    await "stopped" is_dead
    await_death
}

# In the background; SERVER is its pid.
start() {
    start_server "$@"
    await "started" child_of_runner
    child_of_runner
}

start_coturn() {
    PORT=$(low_port)
    start /usr/bin/turnserver -n -L 127.0.0.1 -p "$PORT" --no-tls --no-dtls --no-cli \
        --lt-cred-mech -u user:word -r realm --log-file="$TMP/turn.log" --pidfile "$TMP/turn.pid"
}

stun() { /usr/bin/python3 "$ROOT/tests/tools/stun.py" "$PORT" "$@"; }

coturn_serves() {
    stun ask udp && stun ask tcp
}

@test "coturn: a poisoned request ends the server with a report, or nobody else notices" {
    local round
    for ((round = 0; round < ROUNDS; round++)); do
        poisoned start_coturn coturn_serves stun poison udp
        poisoned start_coturn coturn_serves stun poison tcp
    done
    ends_well coturn
}

icecast_config() {
    cat <<TEXT
<icecast><limits><sources>4</sources><source-timeout>5</source-timeout><burst-size>1024</burst-size></limits>
<authentication><source-password>hackme</source-password><admin-user>a</admin-user><admin-password>a</admin-password></authentication>
<hostname>localhost</hostname><listen-socket><port>$1</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><basedir>/usr/share/icecast2</basedir><logdir>$TMP</logdir><webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths><logging><errorlog>icecast.log</errorlog></logging>
<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security></icecast>
TEXT
}

start_icecast() {
    PORT=$(low_port)
    icecast_config "$PORT" >"$TMP/icecast.xml"
    start /usr/bin/icecast2 -c "$TMP/icecast.xml"
}

icecast() { /usr/bin/python3 "$ROOT/tests/tools/icecast.py" "$PORT" "$@" >"$TMP/icecast.out"; }

# Also on the mount point of the source that was ended.
icecast_serves() {
    icecast status - && icecast stream live
}

# Nobody is left waiting: neither the source nor its two listeners.
poison_a_stream() {
    icecast poison live
    want "source and listeners" "closed closed closed" "$(cat "$TMP/icecast.out")"
}

@test "icecast2: the fault of a source's thread, which serves its listeners, too, leaves nobody waiting" {
    local round
    for ((round = 0; round < ROUNDS; round++)); do
        poisoned start_icecast icecast_serves poison_a_stream
        poisoned start_icecast icecast_serves icecast request -
    done
    ends_well icecast2
}

start_tinyproxy() {
    PORT=$(low_port)
    printf '%s\n' 'User nobody' "Port $PORT" 'Listen 127.0.0.1' 'StatHost "proxy.stats"' 'MaxClients 50' 'Timeout 20' \
        "LogFile \"$TMP/tinyproxy.log\"" >"$TMP/tinyproxy.conf"
    touch "$TMP/tinyproxy.log" && chmod 666 "$TMP/tinyproxy.log"
    start /usr/bin/tinyproxy -d -c "$TMP/tinyproxy.conf"
}

tinyproxy_serves() {
    curl -fs -m 2 -x "http://127.0.0.1:$PORT" http://proxy.stats/ | grep -q 'Number of open connections'
}

poison_a_proxy() {
    curl -s -m 5 -x "http://127.0.0.1:$PORT" http://crumple-test-crash-now/ >/dev/null || true
}

@test "tinyproxy: a thread for each connection: only the poisoned one is ended" {
    local round rounds=$((ROUNDS < 5 ? ROUNDS : 5)) # the breaker forgives the address so many
    for ((round = 0; round < rounds; round++)); do
        poisoned start_tinyproxy tinyproxy_serves poison_a_proxy
    done
    want "deaths and contained" "0 $rounds" "$DEATHS $CONTAINED"
    ends_well tinyproxy
}
