#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/containers.md as it is written: the commands of its YAML, in roots made by hand.

# shellcheck disable=SC2153 # ROOT is of lib.bash
load helpers

setup() {
    trace_test
    [ "$(id -u)" = 0 ] || skip "roots need root"
    command -v busybox >/dev/null || skip "no busybox"
    TMP=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$TMP"
    # The image that the page calls crumple:1, the volumes as a kubelet makes them, and the server's image.
    mkdir -p "$TMP"/{tool,server}/{bin,opt/crumple,crumple,crash,proc,dev,usr/bin,usr/local/bin,lib64,etc,tmp} "$TMP"/{crumple,crash}
    chown :1000 "$TMP"/{crumple,crash}
    chmod 2777 "$TMP"/{crumple,crash}
    touch "$TMP"/{server,tool}/dev/{null,termination-log} "$TMP/message"
    chmod 666 "$TMP/message"
    cp "$(command -v busybox)" "$TMP/tool/bin/busybox"
    ln -s busybox "$TMP/tool/bin/sh"
    ln -s busybox "$TMP/tool/bin/sleep"
    "$BUILD/crumple" install "$TMP/tool/opt/crumple" >/dev/null
}

teardown() {
    [ -z "${CONTAINER_PID-}" ] || kill -KILL "$CONTAINER_PID" 2>/dev/null || true
    rm -rf --one-file-system "$TMP"
}

# into IMAGE PROGRAM...: the programs, and the libraries that they and crumple name
into() {
    local image=$1 file
    shift
    for file in "$@" $(ldd "$@" "$BUILD/libcrumple.so" | grep -o '/[^ ]*'); do
        case $file in *:) continue ;; esac
        mkdir -p "$image${file%/*}"
        cp -Ln "$file" "$image$file"
    done
}

container() {
    "$ROOT/tests/entrypoint/container_root.sh" "$@"
}

# of_yaml EXPRESSION [PAGE]: what Python's expression on the page's pod prints, ended by NULs
of_yaml() {
    awk '/^```yaml/ { is_in = 1; next } /^```/ { is_in = 0 } is_in' "$ROOT/docs/${2:-containers.md}" |
        /usr/bin/python3 -c "import sys, yaml
page = yaml.safe_load(sys.stdin)
pod = page.get('spec', page)
sys.stdout.write(''.join(word + '\\0' for word in $1))"
}

install_crumple() { # UID
    local command
    mapfile -d '' command < <(of_yaml "pod['initContainers'][0]['command']")
    container "$TMP/tool" "$1" "$TMP/crumple:/crumple" -- "${command[@]}" >"$TMP/installed"
}

# start_server UID COMMAND...: SERVER is its pid, outside. COMMAND ends with what redis is given. Redis' own test of its memory
# can end redis in its handler, with crumple or without (tests/long/redis_memtest.sh): here it is off.
start_server() {
    local user=$1 i
    shift
    container "$TMP/server" "$user" "$TMP/crumple:/crumple:ro" "$TMP/crash:/crash" "$TMP/message:/dev/termination-log" -- \
        "$@" --crash-memcheck-enabled no \
        >"$TMP/out" 2>"$TMP/err" </dev/null &
    CONTAINER_PID=$!
    for ((i = 0; i < 250; i++)); do
        SERVER=$(process_of redis-server redis-server) && SERVER=$(for pid in $SERVER; do
            [ "$(readlink "/proc/$pid/root")" != "$TMP/server" ] || echo "$pid"
        done)
        [ -z "$SERVER" ] || ! grep -q Ready "$TMP/out" || return 0
        sleep 0.02
    done
    fail "no server" "$(cat "$TMP/err" "$TMP/out")"
}

# ends_with STATUS: the container
ends_with() {
    local status=0
    wait "$CONTAINER_PID" || status=$?
    want "the container's status" "$1" "$status"
}

@test "the page's YAML is valid, and its mounts have their volumes" {
    want "volumes" "crash crumple" "$(of_yaml "sorted(v['name'] for v in pod['volumes'])" | tr '\0' ' ' | sed 's/ $//')"
    want "mounts" "crash crumple" \
        "$(of_yaml "sorted({m['name'] for c in pod['containers'] + pod['initContainers'] for m in c['volumeMounts']})" | tr '\0' ' ' | sed 's/ $//')"
    want "user" 1000 "$(of_yaml "[str(pod['securityContext']['runAsUser'])]" | tr -d '\0')"
}

@test "an init container installs crumple, user 1000 crashes on a read-only root, the end is in the termination log" {
    local command
    printf '#!/bin/sh\nset -e\nexec "$@"\n' >"$TMP/server/usr/local/bin/docker-entrypoint.sh"
    chmod +x "$TMP/server/usr/local/bin/docker-entrypoint.sh"
    into "$TMP/server" /bin/sh /usr/bin/redis-server
    install_crumple 1000
    mapfile -d '' command < <(of_yaml "pod['containers'][0]['command'] + pod['containers'][0]['args']")
    start_server 1000 "${command[@]}"
    want "the user" 1000 "$(stat -c %u "/proc/$SERVER")"
    ! touch "/proc/$SERVER/root/x" 2>/dev/null || fail "the root can be written to"
    kill -SEGV "$SERVER"
    ends_with 139
    want "bundles" 1 "$(find "$TMP/crash/bundles/1000" -name '*-redis-server-*.tar.zst' | wc -l)"
    grep -q 'SIGSEGV' "$TMP/message"
    # Out of memory, or kubectl delete --force
    start_server 1000 "${command[@]}"
    kill -KILL "$SERVER"
    ends_with 137
    grep -q 'killed by SIGKILL' "$TMP/message"
    # SIGTERM, which a kubelet sends to PID 1
    start_server 1000 "${command[@]}"
    kill -TERM "$(pgrep --parent "$(pgrep --parent "$CONTAINER_PID" || echo "$CONTAINER_PID")")" || true
    ends_with 0
    want "events" 2 "$(wc -l <"$TMP/crash/bundles/1000/crashes.ndjson")"
}

# beside COMMAND...: in the network of the container, which is descriptor 8, within 10 s
beside() {
    local i
    for ((i = 0; i < 500; i++)); do
        ! nsenter --net=/proc/self/fd/8 "$@" 2>/dev/null || return 0
        sleep 0.02
    done
    fail "no answer to $*" "$(cat "$TMP/err")"
}

@test "docs/survive.md: the server restarts inside its container, and the probes ask who knows" {
    local command
    printf '#!/bin/sh\nset -e\nexec "$@"\n' >"$TMP/server/usr/local/bin/docker-entrypoint.sh"
    chmod +x "$TMP/server/usr/local/bin/docker-entrypoint.sh"
    into "$TMP/server" /bin/sh /usr/bin/redis-server
    install_crumple 1000
    mapfile -d '' command < <(of_yaml "pod['containers'][0]['command'] + pod['containers'][0]['args']" survive.md)
    want "the probes" "9180 / redis-cli ping" "$(of_yaml "[str(p) for c in pod['containers'] for p in (c['readinessProbe']['httpGet']['port'],
        c['readinessProbe']['httpGet']['path'], *c['livenessProbe']['exec']['command'])]" survive.md | tr '\0' ' ' | sed 's/ $//')"
    export LOOPBACK=1
    start_server 1000 "${command[@]}" --dir /crash
    exec 8<"/proc/$SERVER/ns/net"
    beside curl -sf http://127.0.0.1:9180/ | grep -x "restarts: 0"
    beside redis-cli set name value
    kill -SEGV "$SERVER"
    beside sh -c 'redis-cli get name | grep -x value' # it answers LOADING first
    beside curl -sf http://127.0.0.1:9180/ | grep -x "restarts: 1"
    kill -TERM "$(pgrep --parent "$(pgrep --parent "$CONTAINER_PID" || echo "$CONTAINER_PID")")" || true
    ends_with 0
}

@test "distroless: no shell in the image, crumple alone in the volume" {
    into "$TMP/server" /usr/bin/redis-server
    install_crumple 0
    start_server 65532 /crumple/bin/crumple-run --dir=/crash/bundles -- /usr/bin/redis-server --save ''
    kill -SEGV "$SERVER"
    ends_with 139
    want "bundles" 1 "$(find "$TMP/crash/bundles/65532" -name '*.tar.zst' | wc -l)"
}

@test "the sidecar's collect finishes what the container's end cut short" {
    local command
    into "$TMP/server" /usr/bin/redis-server
    install_crumple 1000
    start_server 1000 /crumple/bin/crumple-run --dir=/crash/bundles --writer=/nonexistent -- /usr/bin/redis-server --save ''
    kill -SEGV "$SERVER"
    ends_with 139
    want "cores" 1 "$(find "$TMP/crash" -name '*.core' | wc -l)"
    find "$TMP/crash" -name '*.core' -exec touch -d '1 minute ago' {} + # of a writer that might still be at work
    mapfile -d '' command < <(of_yaml "pod['containers'][1]['command']")
    container "$TMP/tool" 1000 "$TMP/crash:/crash" -- "${command[@]/sleep 60/sleep 0.1}" >"$TMP/collected" 2>&1 &
    CONTAINER_PID=$!
    for _ in $(seq 200); do
        sleep 0.05
        [ "$(find "$TMP/crash" -name '*.core' | wc -l)" != 0 ] || break
    done
    want "bundles" 1 "$(find "$TMP/crash/bundles" -name '*.tar.zst' | wc -l)" || fail "$(cat "$TMP/collected")"
}

@test "an emptyDir itself is refused, as the crash directory and by the installation" {
    into "$TMP/server" /usr/bin/redis-server
    install_crumple 1000
    start_server 1000 /crumple/bin/crumple-run --dir=/crash -- /usr/bin/redis-server --save ''
    grep -q "cannot use crash directory '/crash'" "$TMP/err"
    kill -KILL "$SERVER"
    ends_with 137
    ! container "$TMP/tool" 1000 "$TMP/crumple:/crumple" -- /opt/crumple/crumple install /crumple 2>"$TMP/err" || fail "installed"
    grep -q "'/crumple' is writable for others" "$TMP/err"
}

# in_musl COMMAND...: of an image that holds musl's loader, the server and crumple's volume
in_musl() {
    container "$TMP/server" 1000 "$TMP/crumple:/crumple:ro" "$TMP/crash:/crash" -- /crumple/bin/crumple-run --dir=/crash/bundles "$@"
}

musl_image() {
    local program=$TMP/server/usr/bin/server
    command -v musl-gcc >/dev/null || skip "no musl-gcc"
    install_crumple 1000
    rm -rf "$TMP"/server/{bin,lib64,opt,etc,usr/local}
    mkdir "$TMP/server/lib"
    cp -L /lib/ld-musl-x86_64.so.1 "$TMP/server/lib/"
    musl-gcc -g -Wl,--build-id,--eh-frame-hdr -o "$program" "$ROOT/tests/programs/musl_server.c"
}

# The only bundle, of the fault of musl_server.c.
bundle_of_fault() {
    local bundle
    bundle=$(find "$TMP/crash/bundles/1000" -name '*.tar.zst')
    "$BUILD/crumple" show --json "$bundle" >"$TMP/report.json"
    want "the fault, the threads, what is missing" "SIGSEGV handle_request serve 2 0" "$(gojq -r \
        '"\(.signal.name) \(.threads[] | select(.crashed) | .frames[0:2] | map(.function) | join(" ")) \(.threads | length) \(.soft_errors | length)"' \
        "$TMP/report.json")"
    rm -rf "$TMP/crash/bundles/1000"
}

@test "an Alpine image: nothing but musl's loader, the server and crumple's files; a fault, SIGKILL, a status, a dump" {
    local status=0 inside
    musl_image
    in_musl -- server fault 2>"$TMP/err" || status=$?
    want "the status" 139 "$status"
    bundle_of_fault
    status=0
    in_musl -- server 7 2>"$TMP/err" || status=$?
    want "the status" 7 "$status"
    want "the first line" "crumple: server ended with status 7" "$(head -n 1 "$TMP/err")"
    want "events" 1 "$(wc -l <"$TMP/crash/bundles/1000/crashes.ndjson")"
    in_musl -- server wait >"$TMP/out" 2>"$TMP/err" &
    CONTAINER_PID=$!
    line_within "$TMP/out" ready
    SERVER=$(process_of server wait)
    inside=$(sed -n 's/^NSpid:.*\t//p' "/proc/$SERVER/status")
    run -0 nsenter --target "$SERVER" --mount --pid --root /crumple/bin/crumple dump --reason 'a look' "$inside"
    [[ $output == /crash/bundles/1000/*-server-*.tar.zst ]] || fail "$output"
    want "the dump" "dump 2" "$("$BUILD/crumple" show --json "$TMP$output" | gojq -r '"\(.event) \(.threads | length)"')"
    run -0 "$BUILD/crumple" dump "$SERVER" # from the host
    kill -KILL "$SERVER"
    ends_with 137
    grep -q 'killed by SIGKILL' "$TMP/err"
}

@test "an Alpine image: a program that starts the server, of musl or static, hands the preload on" {
    local status=0
    musl_image
    in_musl -- server run server fault || status=$?
    want "the status" 139 "$status"
    bundle_of_fault
    cp "$(command -v busybox)" "$TMP/server/usr/bin/busybox"
    in_musl -- busybox sh -c 'server fault; exit $?' || status=$?
    want "the status" 139 "$status"
    bundle_of_fault
}

@test "an Alpine image with crumple's files of glibc alone: the server runs, one line says what is not seen" {
    local status=0
    musl_image
    rm -r "$TMP/crumple/bin/musl"
    in_musl -- server 7 2>"$TMP/err" || status=$?
    want "the status" 7 "$status"
    grep -qxF "crumple: '/crumple/bin/musl/libcrumple.so' cannot be preloaded: No such file or directory; only the end is seen" "$TMP/err" ||
        fail "$(cat "$TMP/err")"
    want "events" 1 "$(wc -l <"$TMP/crash/bundles/1000/crashes.ndjson")"
}
