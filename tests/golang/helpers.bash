# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# The stand-in for Nakama in a pod: PID 1, user 1000, a read-only root with the crash directory as its only volume. Each run is
# made without crumple (bare) and with it.

# shellcheck source=tests/entrypoint/helpers.bash
source "${BASH_SOURCE[0]%/*}/../entrypoint/helpers.bash"

STANDIN=$BUILD/tests/golang
REPEAT=${REPEAT:-2} # the long campaign takes 20

build_standin() {
    [ "$(id -u)" = 0 ] || skip "pods need root"
    make -s -C "$ROOT" -f tests/golang/standin.mk B="$BUILD" standin >&2
}

# make_pod: POD is a folder with the root and the volume; user 1000 can reach it.
make_pod() {
    local file
    POD=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$POD"
    mkdir -p "$POD"/{root/{proc,dev,lib64,opt,crash,tmp},crash}
    touch "$POD/root/dev/null"
    chown 1000:1000 "$POD/crash"
    cp "$STANDIN"/{nakama,nakama-static,arena.so,arena-again.so} "$BUILD"/{crumple-run,crumple-writer,libcrumple.so} "$POD/root/opt/"
    for file in $(ldd "$STANDIN/nakama" "$STANDIN/arena.so" "$BUILD/libcrumple.so" | grep -o '/[^ ]*'); do
        case $file in *:) continue ;; esac
        mkdir -p "$POD/root${file%/*}"
        cp -Ln "$file" "$POD/root$file"
    done
    CRASHES=$POD/crash
    export CRUMPLE_DIR=$CRASHES
}

remove_pod() {
    [ -z "${POD-}" ] || rm -rf --one-file-system "$POD"
}

# inside COMMAND...: as 'docker exec' runs it, in the pod whose PID 1 is INIT
inside() {
    nsenter --target "$INIT" --mount --pid --net --root --wd=/ --setuid 1000 --setgid 1000 "$@" 3>&-
}

# check_health FILE: a line for each outage that the server outlives, or that lasts longer than a death may. A check may meet the
# server in the moment of its death, and fails there without crumple, too.
check_health() {
    local missed=0
    while sleep 1; do
        if inside /opt/nakama healthcheck 2>/dev/null; then
            [ "$missed" -eq 0 ] || echo "no health, $missed times" >>"$1"
            missed=0
        else
            [ $((++missed)) -ne 6 ] || echo "no health" >>"$1"
        fi
    done
}

await_init() { # of the process that unshare is
    local i
    for ((i = 0; i < 500; i++)); do
        INIT=$(pgrep --parent "$1") && [ "$(stat -c %u "/proc/$INIT" 2>/dev/null)" = 1000 ] && return
        sleep 0.02
    done
    fail "no pod:" "$(cat "$OUT/err")"
}

end_by_term() {
    kill -TERM "$1"
}

# in_pod FOLDER bare|under PROGRAM MODULE WORD: one life of the stand-in, from start to end, with 100 clients; FOLDER gets out,
# err, status, client. One that lives is ended by END.
in_pod() {
    local way=() unshare health status=0 readers=()
    OUT=$1
    mkdir -p "$OUT"
    [ "$2" = bare ] || way=(/opt/crumple-run --keep=per_signature=1000/1h --dir=/crash --)
    # Pipes, as a container runtime has them.
    exec 8> >(exec cat >"$OUT/out" 3>&-)
    readers+=($!)
    exec 9> >(exec cat >"$OUT/err" 3>&- 8>&-)
    readers+=($!)
    LOOPBACK=1 "$ROOT/tests/entrypoint/container_root.sh" "$POD/root" 1000 "$CRASHES:/crash" -- \
        "${way[@]}" "/opt/$3" serve "/opt/$4" >&8 2>&9 </dev/null 3>&- 8>&- 9>&- &
    unshare=$!
    exec 8>&- 9>&-
    await_init "$unshare"
    line_matches "$OUT/out" 'Startup done'
    check_health "$OUT/health" >/dev/null 2>&1 3>&- &
    health=$!
    # From outside of its PID namespace: what is inside dies with PID 1.
    nsenter --target "$INIT" --net "$STANDIN/nakama" client "$5" >"$OUT/client" 2>&1 3>&- || kill -KILL "$INIT"
    if grep -q lives "$OUT/client"; then "${END:-end_by_term}" "$INIT"; fi
    wait "$unshare" || status=$?
    kill "$health" 2>/dev/null || true
    wait "$health" 2>/dev/null || true
    wait "${readers[@]}"
    echo "$status" >"$OUT/status"
}

# What differs between two runs: addresses, numbers of goroutines, threads and ports, times, and how many of the goroutines that write
# to a map at once notice it.
plain() {
    sed -E 's/0x[0-9a-f]+\??/0x/g; s/goroutine [0-9]+/goroutine/g; s/ m=[0-9]+ / /; s/127\.0\.0\.1:[0-9]+/ADDRESS/
        s,^[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8},TIME,; s/"ts":"[^"]*"/"ts"/; s/"tick":[0-9]+/"tick"/' "$@" | uniq
}

# What the server wrote on stderr.
of_server() {
    grep -av '^crumple: ' "$1" || true
}

# A filter: up to the first goroutine's end: the rest of a dump is as the scheduler had it.
first_goroutine() {
    awk '/^goroutine / && ++n > 1 {exit} {print}'
}

# same_output BARE UNDER: each line of the log is whole, none is lost, those of each match are in order; stderr is the same
same_output() {
    diff <(of_server "$1/err" | first_goroutine | plain) <(of_server "$2/err" | first_goroutine | plain) || fail "stderr differs"
    diff <(plain "$1/out" | sort -u) <(plain "$2/out" | sort -u) || fail "stdout differs"
    gojq -rs '[.[] | select(.msg == "Match state")] | group_by(.mid)[] |
        select([.[].tick] != [range(0; length) * 4]) | "the ticks of \(.[0].mid): \([.[].tick])"' "$2/out" >"$2/wrong"
    [ ! -s "$2/wrong" ] || fail "$(cat "$2/wrong")"
    [ ! -e "$2/health" ] || fail "healthchecks failed: $(wc -l <"$2/health")"
}

# The last report, by an expression of jq.
last_json() {
    "$BUILD/crumple" show --json --dir "$CRASHES" last | gojq -rc "$@"
}
