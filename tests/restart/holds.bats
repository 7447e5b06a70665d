#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a server's process does for its next life: its hold helper, and the sockets that bind finds held. A socket is known by its
# cookie (SO_COOKIE), which no other one has.

load helpers

setup_file() {
    export LIVES=$BATS_FILE_TMPDIR/lives.py
    cat >"$LIVES" <<'TEXT'
# A server's lives: each tells what it has, and is killed; the last one ends. The number of the life is in the file 'life'.
import ctypes, errno, fcntl, os, select, signal, socket, struct, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
port = int(sys.argv[1])
life = int(open("life").read()) + 1 if os.path.exists("life") else 1
def begin():
    open("life", "w").write(str(life))
def tell(*words):
    print(*words, flush=True)
def cookie(sock):
    return struct.unpack("Q", sock.getsockopt(socket.SOL_SOCKET, 57, 8))[0]
def end(last, sig=signal.SIGKILL):
    if life < last:
        os.kill(os.getpid(), sig)
        time.sleep(5)
    tell("the end")
    sys.exit(0)
def helpers():
    return subprocess.run(["pgrep", "-x", "crumple-hold", "-P", str(run)], capture_output=True, text=True).stdout.split()
run = os.getppid()
def server(family, address, reuse_port=False, only_v6=None, backlog=5, kind=socket.SOCK_STREAM):
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port: sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if only_v6 is not None: sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
    sock.bind(address)
    if kind == socket.SOCK_STREAM: sock.listen(backlog)
    return sock
TEXT
}

# lives PROGRAM [OPTION...]: the program, which begins with that text, under crumple-run; what it tells goes to 'told'.
lives() {
    local program=$1
    shift
    PORT=${PORT:-$(low_port)}
    cat "$LIVES" - >"$program.py"
    rm -f life
    timeout 60 "$BUILD/crumple-run" --restart=on-crash --backoff=10ms..20ms --restart-limit=20/60s "$@" -- /usr/bin/python3 "$program.py" "$PORT" >told 2>log </dev/null ||
        fail "status $?: $(tail -n 5 told log)"
    [ "$(tail -n 1 told)" = "the end" ] || fail "$(cat told log)"
}

# the_same N: each line that a life has told, N lives have told in the same words.
the_same() {
    local odd
    odd=$(grep -v '^the end$' told | sort | uniq -c | awk -v lives="$1" '$1 != lives')
    [ -z "$odd" ] || fail "$odd; $(cat log)"
}

@test "the next life has the same listening sockets: TCP of both families, AF_UNIX, reuseport" {
    lives all <<'TEXT'
begin()
if life == 1 or life > 2: # without it the name would be taken
    try: os.unlink(os.path.abspath("path")) if life < 4 else os.unlink("path", dir_fd=os.open(".", os.O_RDONLY))
    except FileNotFoundError: assert life == 1
four, six = ("127.0.0.1", port), ("::1", port)
kinds = {"v4": (socket.AF_INET, four), "v6": (socket.AF_INET6, six),
         "both": (socket.AF_INET6, ("::", port + 1), False, 0), "only": (socket.AF_INET6, ("::", port + 2), False, 1),
         "any": (socket.AF_INET, ("", port + 2)), "path": (socket.AF_UNIX, os.path.abspath("path")),
         "abstract": (socket.AF_UNIX, "\0crumple-test-%d" % port)}
socks = {name: server(*arguments) for name, arguments in kinds.items()}
for name, sock in socks.items():
    tell(name, cookie(sock), sock.getsockname(), os.get_inheritable(sock.fileno()))
group = [server(socket.AF_INET, ("127.0.0.1", port + 3), True) for _ in range(3)]
tell("backlog", struct.unpack_from("I", socks["v4"].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)) # tcpi_sacked
tell("group", sorted(map(cookie, group)))
tell("served", all(socket.create_connection(address) for address in (four, six)), socket.socket(socket.AF_UNIX).connect(os.path.abspath("path")))
socks["v4"].accept() # what waits makes the next backlog longer
end(4)
TEXT
    the_same 4
}

@test "what was not held is bound as ever: port 0, datagrams, a second instance, what the first life has closed" {
    lives others <<'TEXT'
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
tell("held", cookie(held))
free = server(socket.AF_INET, ("127.0.0.1", 0))
datagrams = server(socket.AF_INET, ("127.0.0.1", port + 1), kind=socket.SOCK_DGRAM)
closed = server(socket.AF_INET, ("127.0.0.1", port + 2))
old = [int(line) for line in open("others")] if life > 1 else []
tell("new ones", not set(old) & {cookie(free), cookie(datagrams), cookie(closed)}, free.getsockname()[1] > 0)
open("others", "w").write("%d\n%d\n%d\n" % (cookie(free), cookie(datagrams), cookie(closed)))
closed.close()
code = "import socket, sys; sys.exit(socket.socket().bind(('127.0.0.1', %d)) or 0)" % port
second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
tell("second instance", second.returncode, "Address already in use" in second.stderr)
twice = socket.socket()
try: twice.bind(("127.0.0.1", port))
except OSError as error: tell("twice", error.errno == errno.EADDRINUSE)
end(3)
TEXT
    the_same 3
}

@test "listeners are found among thousands of descriptors, and each of hundreds of listeners" {
    lives many <<'TEXT'
begin()
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
listeners = [server(socket.AF_UNIX, "\0crumple-test-%d-%d" % (port, number)) for number in range(300)]
low = server(socket.AF_INET, ("127.0.0.1", port))
pairs = [socket.socketpair() for _ in range(min(1500, hard // 2 - 200))]
high = server(socket.AF_INET, ("127.0.0.1", port + 1))
tell("held", cookie(low), cookie(high), high.fileno() > 3000, sum(map(cookie, listeners)))
end(3)
TEXT
    the_same 3
}

@test "a server dies with a full table of descriptors: its listener is handed over all the same" {
    ulimit -n 64
    lives full <<'TEXT'
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
tell("held", cookie(held))
try:
    while True: os.open("/dev/null", os.O_RDONLY)
except OSError as error: tell("full", error.errno == errno.EMFILE)
end(3)
TEXT
    the_same 3
}

@test "a server goes on without its helper; the next life has one again" {
    lives killed <<'TEXT'
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
tell("helpers", len(helpers()))
if life == 2:
    os.kill(int(helpers()[0]), signal.SIGKILL)
    while helpers(): time.sleep(0.01)
elif life == 3:
    os.kill(int(helpers()[0]), signal.SIGSTOP)
tell("served", bool(socket.create_connection(("127.0.0.1", port))))
end(4)
TEXT
    the_same 4
}

@test "a held socket gets the flags and options of the socket that is bound" {
    lives options <<'TEXT'
begin()
def wanted():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if life > 1:
        sock.setblocking(False)
        sock.set_inheritable(True)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 30000)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 7))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 16)
        fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sock, fcntl.F_SETFL, fcntl.fcntl(sock, fcntl.F_GETFL) | os.O_ASYNC)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 40000)
    return sock
def facts(sock):
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4), (socket.SOL_SOCKET, socket.SO_RCVBUF, 4), (socket.SOL_SOCKET, socket.SO_SNDBUF, 4),
               (socket.SOL_SOCKET, socket.SO_LINGER, 8), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 4), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 4),
               (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 4), (socket.IPPROTO_TCP, socket.TCP_CONGESTION, 8), (socket.IPPROTO_IP, socket.IP_TOS, 4)]
    return [sock.getsockopt(*option) for option in options] + [fcntl.fcntl(sock, fcntl.F_GETFL), fcntl.fcntl(sock, fcntl.F_GETFD), fcntl.fcntl(sock, fcntl.F_GETOWN)]
signal.signal(signal.SIGIO, signal.SIG_IGN)
held, fresh = wanted(), wanted()
held.bind(("127.0.0.1", port))
fresh.bind(("127.0.0.1", 0))
if facts(held) != facts(fresh): tell("life", life, facts(held), facts(fresh))
held.listen(5)
tell("held", cookie(held))
end(3)
TEXT
    the_same 3
}

@test "locks of the dead life are gone before the next one starts, and its descriptors" {
    lives locks <<'TEXT'
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
lock, pipe = open("lock", "w"), os.open("pipe", os.O_RDWR) if os.path.exists("pipe") else None
fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
other = open("other", "w")
fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
tell("held", cookie(held), len(helpers()))
end(4)
TEXT
    the_same 4
}

@test "a server that executes another program takes its helper along, and keeps it if the exec fails" {
    lives execs <<'TEXT'
if len(sys.argv) < 3:
    begin()
    held = server(socket.AF_INET, ("127.0.0.1", port))
    before = helpers()
    try: os.execv("/nonexistent", ["x"])
    except OSError: pass
    tell("one helper, another one", len(before), len(helpers()), before != helpers())
    if os.getuid() == 0: os.setresuid(65534, 65534, 65534)
    held.set_inheritable(True)
    os.execv(sys.executable, [sys.executable, *sys.argv[:1], str(port), str(held.fileno())])
life -= 1
held = socket.socket(fileno=int(sys.argv[2]))
tell("held", cookie(held), len(helpers()))
end(3)
TEXT
    the_same 3
}

@test "a server that unshares its descriptors is left by its helper, and its sockets are not held" {
    lives unshares <<'TEXT'
begin()
before = len(helpers())
tell("unshare", libc.unshare(0x400)) if life % 2 else tell("close_range", libc.close_range(200, 300, 2))
held = server(socket.AF_INET, ("127.0.0.1", port))
tell("helpers", before, len(helpers()))
end(2)
TEXT
    grep -qx 'unshare 0' told && grep -qx 'close_range 0' told
    [ "$(grep -cx 'helpers 1 0' told)" = 2 ]
}

@test "a server whose children are in another pid namespace has no helper, which would be the first of them" {
    if ! unshare -p -f true; then skip "needs the right to make a pid namespace"; fi
    timeout 20 "$BUILD/crumple-run" --restart=on-crash -- unshare -p /usr/bin/python3 -c '
import os, time
for i in range(2):
    if os.fork() == 0:
        time.sleep(0.3 * (1 - i))
        os.write(1, b"%d\n" % os.getpid())
        os._exit(0)
time.sleep(0.5)' >told 2>log
    want "children" "2 1" "$(paste -sd ' ' told)"
    [ "$(grep -c 'cannot hold the listening sockets: Children would be in another namespace' log)" = 1 ]
}

@test "a helper that a filter of system calls kills holds up no start" {
    cat >filtered.py <<'TEXT'
import ctypes, os, struct, time
libc = ctypes.CDLL(None)
# Kills the process that calls setsid(2), number 112 on x86-64; all else is allowed.
code = b"".join(struct.pack("HBBI", *line) for line in ((0x20, 0, 0, 0), (0x15, 0, 1, 112), (6, 0, 0, 0x80000000), (6, 0, 0, 0x7FFF0000)))
buffer = ctypes.create_string_buffer(code)
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, filter, 0, 0): raise OSError("no filter")
os.execv("/usr/bin/python3", ["python3", "-c", "import time; print(time.monotonic() - %f)" % time.monotonic()])
TEXT
    timeout 20 "$BUILD/crumple-run" --restart=on-crash -- /usr/bin/python3 filtered.py >told 2>log
    grep -q 'cannot hold the listening sockets' log || fail "$(cat log)"
    awk '$1 > 1.5 { exit 1 }' told || fail "the start took $(cat told) s"
}

@test "a worker that filters its system calls is asked for none that it does not make itself" {
    cat >worker.py <<'TEXT'
import ctypes, os, select, socket, struct, sys
libc = ctypes.CDLL(None)
sock = socket.create_server(("127.0.0.1", int(sys.argv[1])))
worker = os.fork()
if worker:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
# Kills the process that calls getppid(2) or getsid(2), numbers 110 and 124 on x86-64.
lines = (0x20, 0, 0, 0), (0x15, 1, 0, 110), (0x15, 0, 1, 124), (6, 0, 0, 0x80000000), (6, 0, 0, 0x7FFF0000)
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(lines), ctypes.addressof(code)))
libc.prctl(38, 1, 0, 0, 0)
if libc.syscall(317, 1, 0, filter): raise OSError("no filter")
client = socket.create_connection(sock.getsockname())
select.select([sock], [], [], 5), sock.accept()
if os.fork() == 0: os._exit(0)
os.wait()
TEXT
    timeout 20 "$BUILD/crumple-run" --restart=on-crash --restart-limit=0/60s -- /usr/bin/python3 worker.py "$(low_port)" 2>log ||
        fail "status $?: $(cat log)"
}

@test "a daemon that crumple-run has adopted gets a helper of its own" {
    lives daemon <<'TEXT'
if os.fork(): os._exit(0)
os.setsid()
while os.getppid() != run: time.sleep(0.01)
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
time.sleep(0.2)
tell("held", cookie(held), len(helpers()))
end(3)
TEXT
    the_same 3
}

@test "a daemon that is adopted only after it has begun to listen gets one at its next wait or connection" {
    lives late <<'TEXT'
if os.fork():
    time.sleep(0.1)
    os._exit(0)
os.setsid()
begin()
held = server(socket.AF_INET, ("127.0.0.1", port))
while os.getppid() != run: time.sleep(0.01)
time.sleep(0.1) # until crumple-run knows it
client = socket.create_connection(("127.0.0.1", port))
looks = select.epoll()
looks.register(held.fileno())
for _ in range(2):
    looks.poll()
held.accept()
tell("held", cookie(held), len(helpers()))
end(3)
TEXT
    the_same 3
}

@test "a Go program has no helper, also with C in it: it starts again with sockets of its own" {
    mkdir go
    cat >go/main.go <<'GO'
package main

import "C"
import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	_, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	_, none := exec.Command("pgrep", "-x", "crumple-hold", "-P", fmt.Sprint(os.Getppid())).Output()
	fmt.Println(err, none)
	if os.Remove("first") == nil {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}
GO
    (cd go && GOCACHE=${GOCACHE:-/tmp/crumple-go-cache-$UID} GO111MODULE=off CGO_ENABLED=1 go build -o ../server main.go)
    touch first
    timeout 20 "$BUILD/crumple-run" --restart=on-crash --backoff=10ms..20ms -- ./server "$(low_port)" >told 2>log
    want "what both lives find" '2 <nil> exit status 1' "$(uniq -c told | sed 's/^ *//')"
}

@test "the helper keeps no memory, no name and no relation of the server's, and goes with crumple-run" {
    PORT=$(low_port)
    cat "$LIVES" - >waits.py <<'TEXT'
held = server(socket.AF_INET, ("127.0.0.1", port))
memory = bytearray(64 << 20)
try: os.waitpid(-1, os.WNOHANG)
except ChildProcessError: tell("no child")
tell("pgrp", os.getpgid(os.getppid()))
signal.pause()
TEXT
    setsid "$BUILD/crumple-run" --restart=on-crash -- /usr/bin/python3 waits.py "$PORT" >told 2>log </dev/null 3>&- &
    local run=$! helper server
    line_within told 'pgrp .*'
    helper=$(pgrep -x crumple-hold -P "$run")
    server=$(server_below "$run")
    grep -qx 'no child' told
    want "its command line" '' "$(tr -d '\0' <"/proc/$helper/cmdline")"
    want "its files" libcrumple.so "$(sed -n 's,.* /,/,p' "/proc/$helper/maps" | grep -v '^/dev/zero' | sed 's,.*/,,' | sort -u)"
    [ "$(awk '$1 == "VmSize:" {print $2}' "/proc/$helper/status")" -lt 8000 ]
    want "its session" "$helper" "$(ps -o sid= "$helper" | tr -d ' ')"
    kill -TERM "$helper" && kill -USR1 "$helper" # from somebody else
    sleep 0.1
    kill -0 "$helper"
    kill -KILL "$run"
    while grep -q '^State:.[^ZX]' "/proc/$helper/status" 2>/dev/null; do sleep 0.02; done
    kill -KILL "$server"
}

@test "while a dying server is captured, all who connect have a place" {
    CRUMPLE_WRITER=$T/hanging_writer CRUMPLE_TIMEOUT=1s lives dying <<'TEXT'
begin()
held = server(socket.AF_INET, ("127.0.0.1", port), backlog=1)
if life == 1 and os.fork() == 0:
    held.close()
    time.sleep(0.15)
    clients = [socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(20)]
    for client in clients: client.connect_ex(("127.0.0.1", port))
    time.sleep(0.3)
    tell("connected", sum(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1 for client in clients))
    os._exit(0)
end(2, signal.SIGSEGV)
TEXT
    grep -qx 'connected 20' told || fail "$(cat told)"
}

@test "without a crumple-run that answers, a server runs, and one line says what is missing" {
    CRUMPLE_RUN_HOLD="$$ htp crumple-nobody" LD_PRELOAD=$BUILD/libcrumple.so /usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("fine")' >told 2>log
    want "what it prints" fine "$(cat told)"
    want "the line" "crumple: cannot hold the listening sockets: Connection refused; clients are refused while the server restarts" "$(cat log)"
}

@test "a crumple-run that somebody has stopped holds up a server twice, and then no more" {
    cat >stopped.py <<'TEXT'
import os, socket, subprocess, sys, time
run = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
run.bind("\0crumple-test-%d" % os.getpid())
run.listen(50)
os.environ["CRUMPLE_RUN_HOLD"] = "%d t crumple-test-%d" % (os.getpid(), os.getpid())
os.environ["LD_PRELOAD"] = sys.argv[1]
subprocess.run([sys.executable, "-c", """
import socket, time
began = time.monotonic()
ports = [socket.create_server(("127.0.0.1", int(port))) for port in %r]
print(len(ports), "sockets", round(time.monotonic() - began))""" % sys.argv[2:]], check=True)
TEXT
    timeout 60 /usr/bin/python3 stopped.py "$BUILD/libcrumple.so" "$(low_port)" "$(low_port)" "$(low_port)" >told
    want "what it tells" "3 sockets 4" "$(cat told)"
}

@test "a server that asks first whether somebody listens at its path is refused, as without a hold" {
    lives asks <<'TEXT'
begin()
for path, kind in (("first", socket.AF_UNIX), ("second", socket.AF_UNIX)):
    path = os.path.join(os.getcwd(), path)
    asker = socket.socket(kind)
    tell(path, errno.errorcode[asker.connect_ex(path) or 0] if life > 1 else "ECONNREFUSED")
    try: os.unlink(path)
    except FileNotFoundError: pass
    globals()[os.path.basename(path)] = server(kind, path)
    tell(path, cookie(globals()[os.path.basename(path)]), asker.connect_ex(path))
end(4)
TEXT
    the_same 4
}

@test "a backlog that is smaller than the queue of the gap drops nobody" {
    PORT=$(low_port)
    # Connects at any time: before the first life listens, in it, and in the pause after it; those of the pause wait.
    timeout 30 /usr/bin/python3 -c '
import os, socket, sys, time
while not os.path.exists("dies"): time.sleep(0.01)
time.sleep(0.2)
waiting = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(20)]
open("wait", "w").close()
time.sleep(20)' "$PORT" 3>&- &
    local others=$!
    lives queue --backoff=1s..1s <<'TEXT'
begin()
listener = server(socket.AF_INET, ("127.0.0.1", port), backlog=3)
if life == 1:
    open("dies", "w").close()
    end(2)
while not os.path.exists("wait"): time.sleep(0.01)
late = [socket.socket() for i in range(3)]
for client in late:
    client.settimeout(0.9) # a connection that was dropped is tried again after 1 s
    client.connect(("127.0.0.1", port))
tell("the end")
TEXT
    kill "$others"
    want "lives" 2 "$(cat life)" # one that waits for a connection in vain ends, and a third one begins
}
