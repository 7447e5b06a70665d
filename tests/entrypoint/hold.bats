#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What crumple-run holds between two lives, for how long, and for whom. tests/restart/holds.bats shows what the server's process does.

load helpers

setup_file() {
    export SERVER=$BATS_FILE_TMPDIR/server.py ASK=$BATS_FILE_TMPDIR/ask.py
    # Answers 'life N'; dies when it is told to. The descriptor of systemd's is taken, where there is one.
    cat >"$SERVER" <<'TEXT'
import os, signal, socket, sys
life = int(open("life").read()) + 1 if os.path.exists("life") else 1
open("life", "w").write(str(life))
sock = socket.socket(fileno=3) if "LISTEN_FDS" in os.environ else socket.socket()
if "LISTEN_FDS" not in os.environ:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", int(sys.argv[1])))
sock.listen(int(sys.argv[2]) if len(sys.argv) > 2 else 50)
while True:
    client, _ = sock.accept()
    said = client.recv(100)
    if said.startswith(b"die"): os.kill(os.getpid(), signal.SIGKILL)
    if said.startswith(b"end"): sys.exit(0)
    client.sendall(b"life %d" % life)
    client.close()
TEXT
    # ask.py PORT: a request for the socket of that port, as bind makes it; prints the status.
    cat >"$ASK" <<'TEXT'
import os, socket, struct, sys
name = os.environ["CRUMPLE_RUN_HOLD"].split()[2]
sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
sock.connect("\0" + name)
address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", int(sys.argv[1])) + socket.inet_aton("127.0.0.1")
sock.send(struct.pack("=IIiIQQ", 1, 3, 0, 0, 0, 0) + struct.pack("=iii4B16sI4x128s", 2, 1, 6, 0, 0, 0, 0, b"", 16, address))
answer, rights, _, _ = sock.recvmsg(100, 100)
print(struct.unpack("=Ii", answer)[1] if answer else "closed", len(rights))
TEXT
}

setup() {
    TMP=$BATS_TEST_TMPDIR CRASHES=$BATS_TEST_TMPDIR/crashes
    export CRUMPLE_DIR=$CRASHES
    trace_test
    cd "$TMP" || return 1
}

teardown() {
    local pid
    pid=$(cat pid 2>/dev/null) || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    timeout 5 tail --pid "$pid" -f /dev/null
}

# begin [OPTION...] -- [ARGUMENT...]: the server under crumple-run, until it serves. What is in BEFORE stands before it.
begin() {
    PORT=$(low_port)
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    "$RUN" --restart=on-crash "${options[@]}" -- ${BEFORE:+"$BEFORE"} /usr/bin/python3 "$SERVER" "$PORT" "$@" >out 2>err </dev/null 3>&- &
    run=$!
    echo $run >pid
    answered_within 10 'life 1'
}

# client [TEXT]: what the server answers, or why it does not
client() {
    timeout 10 python3 -c 'import socket, sys
try:
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
    s.sendall(sys.argv[2].encode())
    print(s.recv(100).decode() or "closed")
except OSError as error: print(type(error).__name__)' "$PORT" "${1-hello}"
}

# waits_within: a client stands in the queue of the socket that nobody serves
waits_within() {
    local i
    for ((i = 0; i < 200; i++)); do
        ! ss -tnH state established "sport = :$PORT" | grep -q . || return 0
        sleep 0.05
    done
    fail "no client waits"
}

# within_events FILTER COUNT: within 10 s there are so many events of that kind
within_events() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(events "select($1)" | wc -l)" != "$2" ] || return 0
        sleep 0.1
    done
    fail "$(events .)"
}

# answered_within SECONDS TEXT
answered_within() {
    local i got
    for ((i = 0; i < $1 * 20; i++)); do
        got=$(client)
        [ "$got" != "$2" ] || return 0
        sleep 0.05
    done
    fail "$got instead of $2: $(tail -n 5 err)"
}

@test "clients that come while nobody serves are answered by the next life; no process but crumple-run has the socket meanwhile" {
    begin --backoff=1500ms..1500ms --keep-output --on-bundle 'sleep 0.3; true' --health=127.0.0.1:1 -- 50
    local inode owners
    inode=$(ss -ltneH "sport = :$PORT" | sed -n 's/.*ino:\([0-9]*\).*/\1/p')
    want "its end" closed "$(client die)"
    client >first &
    waits_within
    owners=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | cut -d/ -f3 | sort -u | xargs -I{} cat /proc/{}/comm)
    wait $!
    want "who has it" crumple-run "$owners"
    want "the first client" 'life 2' "$(cat first)"
    want "the next one" 'life 2' "$(client)"
    want "the same socket" "$inode" "$(ss -ltneH "sport = :$PORT" | sed -n 's/.*ino:\([0-9]*\).*/\1/p')"
    want "crumple-run has none" '' "$(find "/proc/$run/fd" -lname "socket:\[$inode\]")"
}

@test "after --hold-max who waits is told, and others are refused; the next life binds as ever" {
    begin --backoff=2s..2s --hold-max=1s -- 50
    client die
    want "who waits" ConnectionResetError "$(client)"
    want "others" ConnectionRefusedError "$(client)"
    line_within err 'crumple: 1 listening socket closed: the server is not back within 1 s (--hold-max)'
    answered_within 5 'life 2'
}

@test "after --no-hold, status 0 or a signal that asks for the end nobody is kept waiting" {
    begin --backoff=10s..10s --no-hold -- 50
    client die
    want "with --no-hold" ConnectionRefusedError "$(client)"
    kill "$run" && wait "$run" || true
    rm life
    begin --restart=always --backoff=600ms..600ms -- 50
    client end
    want "after status 0" ConnectionRefusedError "$(client)"
    answered_within 5 'life 2'
    client die
    want "after a death" 'life 3' "$(client)"
    kill "$run" && wait "$run" || true
    rm life
    begin --backoff=10s..10s --hold-max=10s -- 50
    client die
    client >waits &
    waits_within
    kill -TERM "$run"
    wait $!
    want "who waits" ConnectionResetError "$(cat waits)"
    want "others" ConnectionRefusedError "$(client)"
    wait "$run" || want "status" 137 $?
}

@test "a descendant of another user gets no socket, nor does a stranger; they hold up nobody" {
    [ "$(id -u)" = 0 ] || skip "needs another user"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$TMP" "$(dirname "$ASK")"
    cp "$ASK" /tmp/crumple-ask-$$.py
    # The first life dies; in the second one a child asks before the server binds.
    cat >before <<TEXT
#!/bin/sh
[ -e life ] || exec "\$@"
echo "\$CRUMPLE_RUN_HOLD" >variable
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 /tmp/crumple-ask-$$.py "\$4" >other 2>&1
/usr/bin/python3 $ASK 1 >own 2>&1
exec "\$@"
TEXT
    chmod +x before
    BEFORE=$TMP/before begin --backoff=200ms..200ms -- 50
    client die
    want "meanwhile" 'life 2' "$(client)"
    rm /tmp/crumple-ask-$$.py
    want "another user" '-1 0' "$(cat other)" # EPERM
    want "its own" '-2 0' "$(cat own)"        # ENOENT, of another port
    want "a stranger" 'closed 0' "$(CRUMPLE_RUN_HOLD=$(cat variable) /usr/bin/python3 "$ASK" "$PORT" 2>&1 | sed -E 's/^(ConnectionReset|BrokenPipe)Error.*/closed 0/' | tail -n 1)"
    CRUMPLE_RUN_HOLD=$(cat variable) timeout 20 python3 -c 'import os, socket
name = os.environ["CRUMPLE_RUN_HOLD"].split()[2]
socks = []
for i in range(3000):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect("\0" + name)
    socks = socks[-500:] + [s]' # a crowd of strangers
    client die
    want "after them" 'life 3' "$(client)"
    [ "$(find "/proc/$(cat pid)/fd" -type l | wc -l)" -lt 30 ]
}

@test "crumple-run sleeps while processes of the server have taken all places of its socket, and say nothing" {
    timeout 20 "$BUILD/crumple-run" --restart=on-crash -- /usr/bin/python3 -c 'import os, socket, time
name = "\0" + os.environ["CRUMPLE_RUN_HOLD"].split()[2]
socks = []
for i in range(40):
    socks.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    socks[-1].connect(name)
time.sleep(1)
print(sum(map(int, open("/proc/%d/stat" % os.getppid()).read().rsplit(")", 1)[1].split()[11:13])))' >ticks 2>err
    [ "$(cat ticks)" -lt 20 ] || fail "$(cat ticks) hundredths of a second"
}

@test "a server that is killed as soon as it starts leaves no hold helper behind" {
    "$RUN" --restart=on-crash --backoff=1ms..1ms --restart-limit=1000/10s -- sleep 1717 2>err </dev/null 3>&- &
    run=$!
    echo $run >pid
    timeout 20 python3 -c 'import os, random, sys, time
run, killed = sys.argv[1], 0
while killed < 60:
    for pid in open("/proc/%s/task/%s/children" % (run, run)).read().split():
        try:
            if open("/proc/%s/comm" % pid).read() == "sleep\n":
                time.sleep(random.random() * 0.003)
                os.kill(int(pid), 9)
                killed += 1
        except OSError: pass' $run
    local i count
    for ((i = 0; i < 50; i++)); do
        count=$(pgrep -c -x crumple-hold -P $run || true) # none: the last life has only just begun
        [ "$count" != 1 ] || break
        sleep 0.1
    done
    want "helpers" 1 "$count"
}

@test "when crumple-run ends, the port of a server with thousands of descriptors is free" {
    local port i status
    port=$(low_port)
    for i in 1 2 3 4; do
        status=0
        timeout 20 "$BUILD/crumple-run" --restart=on-crash --restart-limit=0/60s -- /usr/bin/python3 -c '
import os, resource, socket, sys
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
sock = socket.create_server(("127.0.0.1", int(sys.argv[1])))
pairs = [socket.socketpair() for _ in range(min(4000, most // 2 - 100))]
os._exit(int(sys.argv[2]))' "$port" $((i % 2)) 2>log || status=$?
        want status $((i % 2)) "$status"
        /usr/bin/python3 -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1])))' "$port" ||
            fail "life $i: $(cat log)"
    done
}

@test "a socket that crumple-run was given (LISTEN_FDS) stays open for all lives, and is not held besides" {
    PORT=$(low_port)
    python3 -c 'import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
if s.fileno() == 3: s.set_inheritable(True)
else: os.dup2(s.fileno(), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])' "$PORT" "$RUN" --restart=on-crash --backoff=50ms..50ms -- /usr/bin/python3 "$SERVER" "$PORT" >out 2>err </dev/null 3>&- &
    echo $! >pid
    answered_within 10 'life 1'
    client die
    want "the next client" 'life 2' "$(client)"
    client die
    want "the next client" 'life 3' "$(client)"
    within_events '.event == "restarted" and .held == 0' 2
}

@test "what the kernel drops because even the raised backlog is full is counted" {
    unshare -n true 2>/dev/null || skip "needs a network namespace"
    cat >inside <<'TEXT'
ip link set lo up || exit 99
echo 4 >/proc/sys/net/core/somaxconn
"$RUN" --restart=on-crash --backoff=600ms..600ms -- /usr/bin/python3 "$SERVER" 7000 2 >out 2>err </dev/null 3>&- &
python3 -c 'import socket, time
def ask(text):
    for _ in range(200):
        try:
            s = socket.create_connection(("127.0.0.1", 7000), 5)
            s.sendall(text)
            return s.recv(100)
        except ConnectionError:
            if text == b"die": return
            time.sleep(0.05)
ask(b"hello")
ask(b"die")
time.sleep(0.1)
clients = [socket.socket() for _ in range(12)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", 7000))
time.sleep(1.7)'
kill $!
wait $!
TEXT
    export RUN SERVER
    unshare -n bash inside || want "status" 143 $?
    within_events '.event == "restarted" and .held == 1 and .backlog_full >= 5' 1
}
