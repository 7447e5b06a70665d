#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drill at length: 500 faults (or as many as the first argument says) in arena, in a C++ server, in stunnel and in
# privoxy, and 300 flipped bits in arena. Prints the tables; the JSON goes to build/drill/. Fails where something was wedged,
# corrupt or unreported. A second argument picks one campaign: arena, flips, cpp, stunnel or privoxy.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TEST_BUILD:-$root/build}
runs=${1:-500}
only=${2-}
seed=${SEED:-20261120}
results=$build/drill
status=0
files=$(mktemp -d)
backend=
chmod 755 "$files"
trap '[ -z "$backend" ] || kill "$backend" 2>/dev/null; rm -rf "$files"' EXIT
mkdir -p "$results"

# is_wanted NAME
is_wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

# campaign NAME RUNS OPTION... -- SERVER...
campaign() {
    local name=$1 count=$2
    shift 2
    is_wanted "$name" || return 0
    echo "== $name: $count runs, seed $seed"
    "$build/crumple" drill --exclude libcrumple.so --jobs "$(nproc)" --runs "$count" --seed "$seed" -o "$results/$name.json" "$@" || status=1
    echo
}

arena=(--load "$build/demo/arena-client -p %p visit"
    --oracle "$build/demo/arena-client -p %p say CHECK | grep -q '^< OK'" -- "$build/demo/arena" -p %p)
campaign arena "$runs" "${arena[@]}"
campaign flips $((runs * 3 / 5)) --fault flip "${arena[@]}"

campaign cpp "$runs" --load "$build/tests/drill_client load %p 4 kv" --oracle "$build/tests/drill_client check %p kv" \
    -- "$build/tests/threaded_server" %p

# stunnel takes the TLS off in front of a small web server. That one is not watched: it is started here, once for all runs.
prepare_stunnel() {
    local port=
    mkdir "$files/www" && head -c 3000 /dev/urandom >"$files/www/page" || return 1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
        -keyout "$files/key" -out "$files/certificate" 2>/dev/null || return 1
    cat "$files/key" "$files/certificate" >"$files/both"
    python3 -u -m http.server --bind 127.0.0.1 --directory "$files/www" 0 >"$files/backend" 2>/dev/null &
    backend=$!
    for _ in {1..50}; do
        port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$files/backend")
        [ -z "$port" ] || break
        sleep 0.1
    done
    curl -sf -m 2 "http://127.0.0.1:$port/page" | cmp -s - "$files/www/page" || return 1
    printf '%s\n' 'foreground = yes' 'pid =' 'debug = err' 'output = /dev/null' 'syslog = no' '[tls]' \
        'accept = 127.0.0.1:PORT' "connect = 127.0.0.1:$port" "cert = $files/both" >"$files/stunnel"
}
if ! type stunnel openssl python3 curl >/dev/null; then
    echo "stunnel, openssl, python3 or curl is not installed: stunnel is left out"
elif is_wanted stunnel; then
    if prepare_stunnel; then
        # shellcheck disable=SC2016 # the inner shell's own
        campaign stunnel "$runs" --load "$root/tests/long/loads/tls.sh %p" \
            --oracle "curl -skf -m 2 https://127.0.0.1:%p/page | cmp -s - $files/www/page" \
            -- sh -c 'sed "s/PORT/$1/" "$0" >"$0.$1"; exec stunnel "$0.$1"' "$files/stunnel" %p
    else
        echo "the web server for stunnel could not be prepared" >&2
        status=1
    fi
fi

# privoxy answers requests for p.p itself: its own pages, made from templates and regular expressions.
if command -v privoxy >/dev/null; then
    # shellcheck disable=SC2016 # the inner shell's own
    start='printf "confdir /etc/privoxy\nlogdir /tmp\nactionsfile match-all.action\nactionsfile default.action\n" >"$0"
        printf "filterfile default.filter\nlisten-address 127.0.0.1:%s\ntoggle 1\ndebug 0\n" "$1" >>"$0"
        printf "enable-remote-toggle 0\nmax-client-connections 256\n" >>"$0"
        exec privoxy --no-daemon "$0"'
    campaign privoxy "$runs" --load "$root/tests/long/loads/privoxy.sh %p" \
        --oracle "curl -sf -m 2 -x http://127.0.0.1:%p http://p.p/show-request | grep -q Show-Request" \
        -- sh -c "${start//%/%%}" "$files/privoxy.%p" %p
else
    echo "privoxy is not installed (apt-get install --no-install-recommends privoxy): left out"
fi
exit "$status"
