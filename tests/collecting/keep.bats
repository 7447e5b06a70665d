#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # common.bash sets the names
# The limits of CRUMPLE_KEEP, kept by the writers of real crashes.

bats_require_minimum_version 1.5.0

setup() {
    source "$BATS_TEST_DIRNAME/../cli/common.bash"
    common_setup
    own=$CRUMPLE_DIR/$(id -u)
    mkdir -m 0700 "$own"
}

# die KEEP [WORD]...: one crash
die() {
    env CRUMPLE_KEEP="$1" LD_PRELOAD="$BUILD/libcrumple.so" "$T/victim" "${@:2}" 2>&1 || true
}

bundles() {
    find "$own" -name '*.tar.zst' | wc -l
}

# Empty files with the names of bundles, of the year 2025.
make_old() {
    (cd "$own" && seq -f '20250101T000000.%06.0fZ-old-1.tar.zst' 1 "$1" | xargs touch)
}

@test "keep: a crash that came once outlives those that come always, and the first of these stays" {
    die count=3,per_signature=0/1h divide-by-zero
    local i rare first
    rare=$(find "$own" -name '*.tar.zst')
    die count=3,per_signature=0/1h null-write
    first=$(find "$own" -name '*.tar.zst' | sort | tail -n 1)
    for i in 1 2 3; do die count=3,per_signature=0/1h null-write; done
    [ "$(bundles)" -eq 3 ]
    [ -e "$rare" ] && [ -e "$first" ]
    [ "$(jq -r 'select(.event == "pruned") | .reason' "$own/crashes.ndjson" | sort -u)" = count ]
    die per_signature=0/1h,signature=1 null-write
    [ "$(bundles)" -eq 2 ] # the latest, and the rare one
    [ -e "$rare" ] && [ ! -e "$first" ]
}

@test "keep: age deletes what is older, whatever it is" {
    make_old 5
    die age=365000m null-write
    [ "$(bundles)" -eq 1 ]
    [ "$(jq -r 'select(.event == "pruned") | .reason' "$own/crashes.ndjson" | uniq -c | awk '{print $1, $2}')" = "5 age" ]
}

@test "keep: in a directory of many files the server is let go first, and the limits are kept soon after" {
    make_old 6000
    local text i
    text=$(die count=4500 null-write) # ends when nobody holds its stderr
    [[ $text == *"crumple show "* ]]
    [ -s "$own/crumple.prom" ]
    for ((i = 0; i < 100 && $(bundles) > 4500; i++)); do sleep 0.1; done
    [ "$(bundles)" -eq 4500 ]
    [ ! -e "$own/20250101T000000.000001Z-old-1.tar.zst" ]
    [ "$(grep -c '"event":"pruned"' "$own/crashes.ndjson")" -eq 1501 ]
    for ((i = 0; i < 50; i++)); do
        ! grep -q 'reason="count"' "$own/crumple.prom" || break
        sleep 0.1
    done
    grep -q 'crumple_bundles_pruned_total{.*reason="count".*} 1501' "$own/crumple.prom"
}

@test "keep: in a directory of many files the limits are kept though all that a server has left is ended" {
    make_old 4100
    local pid
    # As a container, whose first process the server is.
    if unshare -pf --kill-child true 2>/dev/null; then
        env CRUMPLE_KEEP=count=4080 unshare -pf --kill-child env LD_PRELOAD="$BUILD/libcrumple.so" "$T/victim" null-write || true
        [ "$(bundles)" -eq 4080 ]
    fi
    # As systemd does.
    die count=4060 null-write
    for pid in $(pgrep -x crumple-writer); do
        [ "$(readlink "/proc/$pid/fd/3")" != "$own" ] || kill -TERM "$pid"
    done
    for ((i = 0; i < 100 && $(bundles) > 4060; i++)); do sleep 0.1; done
    [ "$(bundles)" -eq 4060 ]
}

@test "keep: after one that was killed, the next writer keeps the limits of a directory of many files itself" {
    make_old 4100
    touch "$own/.limits"
    die count=4050 null-write
    [ "$(bundles)" -eq 4050 ]
    [ ! -e "$own/.limits" ]
    # unless somebody is at it
    touch "$own/.limits"
    flock "$own" env CRUMPLE_KEEP=count=4000 LD_PRELOAD="$BUILD/libcrumple.so" "$T/victim" null-write || true
    [ "$(bundles)" -eq 4051 ]
}

@test "keep: a process that goes on, and adopts orphans, gets none of ours" {
    make_old 4100
    local pid
    CRUMPLE_KEEP=count=4050 LD_PRELOAD=$BUILD/libcrumple.so timeout 20 python3 -c '
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) # PR_SET_CHILD_SUBREAPER
print(os.getpid(), flush=True)
while not os.path.exists(sys.argv[1]):
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
        print("orphan", pid, status, flush=True)
        break
    except ChildProcessError:
        time.sleep(0.001)' "$CRUMPLE_DIR/done" >"$CRUMPLE_DIR/said" 3>&- &
    until [ -s "$CRUMPLE_DIR/said" ]; do sleep 0.01; done
    pid=$(cat "$CRUMPLE_DIR/said")
    "$crumple" dump "$pid"
    for ((i = 0; i < 100 && $(bundles) > 4050; i++)); do sleep 0.1; done
    sleep 0.1
    touch "$CRUMPLE_DIR/done"
    wait
    [ "$(cat "$CRUMPLE_DIR/said")" = "$pid" ]
    [ "$(bundles)" -eq 4050 ]
}
