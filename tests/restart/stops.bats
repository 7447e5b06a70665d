#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A living server is in charge: what it closes is closed at once, with crumple-run as without. More servers:
# tests/long/restart_stops.sh.

# shellcheck disable=SC2016 # the stops are lines for another shell
load helpers

@test "new clients are refused at the same moment: redis after SIGTERM, nginx after SIGQUIT [row 81]" {
    TOLERANCE_MS=150 stops_the_same 1 'kill -TERM $PID' redis # it looks ten times a second whether it is to stop
    stops_the_same 1 'kill -QUIT $SERVER' nginx
}

@test "a server that drains after closing its listener: new clients are refused at once [row 81]" {
    DRAIN=1 stops_the_same 1.2 'kill -TERM $SERVER' draining
}

# same_output PROGRAM: of a server that prints what it sees, without crumple-run and with it
same_output() {
    PORT=$(low_port)
    /usr/bin/python3 "$1" "$PORT" >bare 2>&1 </dev/null
    "$BUILD/crumple-run" --restart=on-crash -- /usr/bin/python3 "$1" "$PORT" >under 2>&1 </dev/null
    diff bare under
    [ "$(tail -n 1 bare)" = "the end" ] || fail "$(cat bare)"
}

@test "a listener that is closed without EPOLL_CTL_DEL sends no event, and its clients are refused" {
    cat >closes.py <<'TEXT'
import errno, os, select, socket, sys
def refused():
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(sys.argv[1]))) == errno.ECONNREFUSED
def close(listener): os.close(listener.detach())
def replace(listener): os.dup2(os.open("/dev/null", os.O_RDONLY), listener.fileno())
def shut(listener): listener.shutdown(socket.SHUT_RDWR)
def close_all(listener): os.closerange(listener.fileno(), listener.fileno() + 1)
looks = select.epoll()
for way in close, replace, shut, close_all:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    looks.register(listener.fileno(), select.EPOLLIN)
    way(listener)
    if way != shut: listener.detach()
    events = len(looks.poll(0))
    print(way.__name__, refused(), "-" if way == shut else events + len(looks.poll(0.05)))
    if way == shut: looks.unregister(listener.fileno()); listener.close()
print("the end")
TEXT
    same_output closes.py
}

@test "a server that lists and closes all its descriptors sees its own alone, and so do its children" {
    cat >lists.py <<'TEXT'
import ctypes, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def listing():
    names = sorted(os.listdir("/proc/self/fd"), key=int)
    return [name for name in names if os.path.exists("/proc/self/fd/" + name)]
def show(when): print(when, listing(), flush=True)
show("at the start")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
show("with a listener")
print("a child", subprocess.run(["ls", "/proc/self/fd"], capture_output=True, close_fds=False, text=True).stdout.split())
child = os.fork()
if child == 0:
    show("a forked child")
    os._exit(0)
os.waitpid(child, 0)
listener.detach()
print("closefrom", libc.closefrom(3))
show("after closefrom")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.detach()
print("close_range", libc.close_range(3, 0xffffffff, 2)) # CLOSE_RANGE_UNSHARE
show("after close_range")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for number in range(3, 1024):
    try: os.close(number)
    except OSError: pass
listener.detach()
show("after closing each")
print("unshare", libc.unshare(0x400)) # CLONE_FILES
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.close()
show("after unshare")
print("the end")
TEXT
    same_output lists.py
}
