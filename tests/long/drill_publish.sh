#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317 # the functions prepare_NAME are called by name
# drill_publish.sh [NAME...]: the drill at length, and the tables of docs/drill.md. RUNS (200) activated sites of each server for
# each of SEEDS. The sites are sampled once, before anything is measured, into build/drill/NAME.sites; a result goes to
# build/drill/NAME-SEED.json, and one that is there is not measured again, so the script goes on where it was
# interrupted. FRESH=1 measures all again, of the same sites. Fails where a run was unclean. NAMEs: see 'servers' below.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
runs=${RUNS:-200}
read -ra seeds <<<"${SEEDS:-20261120}"
results=$build/drill
client=$root/tests/long/loads/client.py
servers=(tinyproxy nbdkit rrdcached atftpd stunnel icecast2 arena arena_rules cpp privoxy flips)
status=0
files=$(mktemp -d)
backend=
chmod 755 "$files"
trap '[ -z "$backend" ] || kill "$backend" 2>/dev/null; rm -rf "$files"' EXIT
mkdir -p "$results"

# A web server behind the proxies. It is not watched: one is started for all runs.
need_backend() {
    [ -z "$backend" ] || return 0
    mkdir "$files/www" && head -c 3000 /dev/urandom >"$files/www/page" || return 1
    python3 -u -m http.server --bind 127.0.0.1 --directory "$files/www" 0 >"$files/backend" 2>/dev/null &
    backend=$!
    for _ in {1..50}; do
        web=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/127.0.0.1:\1/p' "$files/backend")
        [ -z "$web" ] || break
        sleep 0.1
    done
    curl -sf -m 2 "http://$web/page" | cmp -s - "$files/www/page"
}

# clients PROTOCOL [WORD]: load and oracle of client.py; the caller adds --capacity and the server.
clients() { drill=(--load "exec $client load $1 %p ${2-}" --oracle "exec $client check $1 %p ${2-}"); }

# Each prepare_NAME fills 'drill': options of crumple drill and the server. A small limit of clients is counted by --capacity.
prepare_tinyproxy() {
    need_backend || return 1
    clients proxy "http://$web/page=$files/www/page"
    # shellcheck disable=SC2016 # the inner shell's own
    drill+=(--capacity "exec $client capacity proxy %p http://$web/page" -- sh -c '
        printf "Port %%s\nListen 127.0.0.1\nTimeout 10\nMaxClients 12\nLogLevel Error\nConnectPort %%s\n" "$1" "$2" >"$0"
        exec tinyproxy -d -c "$0"' "$files/tinyproxy.%p" %p "${web#*:}")
}
prepare_nbdkit() {
    clients nbd
    drill+=(--capacity "exec $client capacity nbd %p" -- nbdkit --foreground --ipaddr 127.0.0.1 --port %p --filter=limit memory 1M limit=24)
}
prepare_rrdcached() {
    local number
    mkdir "$files/rrd" || return 1
    for number in 0 1 2 3; do
        rrdtool create "$files/rrd/$number.rrd" --step 1 DS:value:GAUGE:60:U:U RRA:AVERAGE:0.5:1:100 || return 1
    done
    clients rrd
    # shellcheck disable=SC2016 # the inner shell's own
    drill+=(-- sh -c 'cp -r "$1" "$0" && exec rrdcached -g -l "127.0.0.1:$2" -b "$0" -p "$0/pid" -w 2 -f 10' "$files/rrd.%p" "$files/rrd" %p)
}
prepare_atftpd() {
    mkdir "$files/tftp" && head -c 3000 /dev/urandom >"$files/tftp/page" || return 1
    clients tftp "$files/tftp"
    drill+=(--capacity "exec $client capacity tftp %p" -- atftpd --daemon --no-fork --port %p --bind-address 127.0.0.1 --maxthread 12
        --tftpd-timeout 300 --user root.root --logfile /dev/null --pidfile "$files/atftpd.%p" "$files/tftp")
}
prepare_stunnel() {
    need_backend || return 1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
        -keyout "$files/key" -out "$files/certificate" 2>/dev/null || return 1
    cat "$files/key" "$files/certificate" >"$files/both"
    printf '%s\n' 'foreground = yes' 'pid =' 'debug = err' 'output = /dev/null' 'syslog = no' '[tls]' \
        'accept = 127.0.0.1:PORT' "connect = $web" "cert = $files/both" >"$files/stunnel"
    clients tls "/page=$files/www/page"
    # shellcheck disable=SC2016 # the inner shell's own
    drill+=(-- sh -c 'sed "s/PORT/$1/" "$0" >"$0.$1"; exec stunnel "$0.$1"' "$files/stunnel" %p)
}
prepare_icecast2() {
    mkdir "$files/icecast" && chmod 777 "$files/icecast" || return 1
    cat >"$files/icecast/PORT" <<'XML'
<icecast><hostname>localhost</hostname>
<limits><clients>60</clients><sources>4</sources><source-timeout>5</source-timeout></limits>
<authentication><source-password>hackme</source-password><admin-user>admin</admin-user><admin-password>hackme</admin-password></authentication>
<listen-socket><port>PORT</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><basedir>/usr/share/icecast2</basedir><logdir>LOGS</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.PORT</accesslog><errorlog>error.PORT</errorlog><loglevel>1</loglevel></logging>
<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security></icecast>
XML
    clients icecast
    # A connection before the thread of the statistics has written its first ones is a NULL pointer of icecast's own, whose
    # watched threads are slow.
    drill+=(--ready 'sleep 2')
    # shellcheck disable=SC2016 # the inner shell's own
    drill+=(-- sh -c 'sed "s/PORT/$1/g; s|LOGS|$0|" "$0/PORT" >"$0/$1"; exec icecast2 -c "$0/$1"' "$files/icecast" %p)
}
prepare_arena() {
    drill=(--load "$build/demo/arena-client -p %p visit"
        --oracle "$build/demo/arena-client -p %p say CHECK | grep -q '^< OK'" -- "$build/demo/arena" -p %p)
}
# By the rules that its demonstration has (demo/arena/run): the loop that cleans up starts again.
prepare_arena_rules() {
    prepare_arena
    drill=(--recover 'conn_handler=contain,cleanup_loop=restart:park,*=crash' "${drill[@]}")
}
prepare_flips() {
    prepare_arena
    drill=(--fault flip "${drill[@]}")
}
prepare_cpp() {
    drill=(--load "exec $build/tests/drill_client load %p 4 kv" --oracle "exec $build/tests/drill_client check %p kv"
        -- "$build/tests/threaded_server" %p)
}
# privoxy answers requests for p.p itself: its own pages, made from templates and regular expressions.
prepare_privoxy() {
    local start
    # shellcheck disable=SC2016 # the inner shell's own
    start='printf "confdir /etc/privoxy\nlogdir /tmp\nactionsfile match-all.action\nactionsfile default.action\n" >"$0"
        printf "filterfile default.filter\nlisten-address 127.0.0.1:%s\ntoggle 1\ndebug 0\n" "$1" >>"$0"
        printf "enable-remote-toggle 0\nmax-client-connections 256\n" >>"$0"
        exec privoxy --no-daemon "$0"'
    drill=(--load "exec $root/tests/long/loads/privoxy.sh %p"
        --oracle "curl -sf -m 2 -x http://127.0.0.1:%p http://p.p/show-request | grep -q Show-Request"
        -- sh -c "${start//%/%%}" "$files/privoxy.%p" %p)
}

# measure NAME: what is not there yet.
measure() {
    local name=$1 seed sites=$results/$1.sites drill=() missing=()
    [[ $name != @(flips|arena_rules) ]] || sites=$results/arena.sites
    for seed in "${seeds[@]}"; do
        if [ -n "${FRESH-}" ] || ! gojq -e ".total.activated >= $runs" "$results/$name-$seed.json" >/dev/null 2>&1; then missing+=("$seed"); fi
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    "prepare_$name" || {
        echo "$name could not be prepared" >&2
        return 1
    }
    for seed in "${missing[@]}"; do
        echo "== $name: $runs sites, seed $seed"
        "$build/crumple" drill --exclude 'libcrumple.so' --sites "$sites" --sample-time 30s --start-timeout 60s --jobs "${JOBS:-$(nproc)}" --runs "$runs" --seed "$seed" \
            -o "$results/$name-$seed.part" "${drill[@]}" || status=1
        [ ! -s "$results/$name-$seed.part" ] || mv "$results/$name-$seed.part" "$results/$name-$seed.json"
    done
}

# table NAME...: a row for each server that has results: surface as median and worst of the seeds.
table() {
    local name
    echo '| server | sites | contained | deaths | unclean | surface: median, worst | success | faults contained | reset, refused, wrong, hung of requests | longest wait, healthy |'
    echo '|---|---|---|---|---|---|---|---|---|---|'
    for name; do
        compgen -G "$results/$name-*.json" >/dev/null || continue
        # shellcheck disable=SC2016 # gojq's own
        gojq -rs --arg name "$name" 'def percent: if . == null then "-" else (. * 1000 | round / 10 | "\(.) %") end;
            def sum(f): map(f // 0) | add;
            ([.[].total.surface] | sort) as $surfaces
            | sum(.total.contained) as $contained | sum(.total.recovered) as $recovered
            | [$name, "\(length) x \(.[0].total.activated)", $contained, sum(.total.deliberate),
               sum(.total | .wedged + .corrupt + .unreported + .does_not_stop + .slots_leak),
               "\($surfaces[(length - 1) / 2 | floor] | percent), \($surfaces[0] | percent)",
               (if $recovered == 0 then null else $contained / $recovered end | percent),
               "\(sum(.recoveries.faults_contained)) of \(sum(.recoveries.faults))",
               (if any(.recoveries.innocents) then "\(sum(.recoveries.innocents.reset)), \(sum(.recoveries.innocents.refused)), \(sum(.recoveries.innocents.wrong)), \(sum(.recoveries.innocents.hung)) of \(sum(.recoveries.innocents.requests))" else "-" end),
               (if any(.recoveries.innocents) then "\(map(.recoveries.innocents.longest_ms // 0) | max), \(map(.healthy.longest_ms // 0) | max) ms" else "-" end)]
            | "| " + (map(tostring) | join(" | ")) + " |"' "$results/$name-"*.json
    done
}

wanted=("$@")
[ $# -gt 0 ] || wanted=("${servers[@]}")
for name in "${wanted[@]}"; do
    declare -F "prepare_$name" >/dev/null || {
        echo "$name is no server of this script: ${servers[*]}" >&2
        exit 2
    }
    measure "$name" || status=1
done
table "${wanted[@]}"
exit "$status"
