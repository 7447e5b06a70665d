#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds listening sockets as crumple-run does (include/crumple_hold.h), for what the shim does of it.

hold_run.py LIVES COMMAND... runs the command LIVES times, as its parent and subreaper. Each life ends as it likes; then its hold
helper is asked, and the next life finds what was handed over. Prints a line for each request and each end.
"""
import array
import ctypes
import os
import select
import signal
import socket
import struct
import sys
import time

REQUEST = struct.Struct("=IIiIQQ" + "iii4B16sI4x128s")
HELPER, HAND, TAKE, NAME = 1, 2, 3, 4
ADDRESS_BYTES = 13
held = []  # (key, socket)
helper = 0


def say(*words):
    print(*words, flush=True)


def key_of(sock):
    v6 = sock.family == socket.AF_INET6
    only = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) if v6 else 0
    reuse = 0 if sock.family == socket.AF_UNIX else sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
    return sock.family, sock.getsockname(), only, reuse


def wanted(fields):
    family, only, reuse = fields[6], fields[9], fields[10]
    raw = fields[15][: fields[14]]
    if family == socket.AF_INET:
        name = (socket.inet_ntop(family, raw[4:8]), struct.unpack("!H", raw[2:4])[0])
    elif family == socket.AF_INET6:
        name = (socket.inet_ntop(family, raw[8:24]), struct.unpack("!H", raw[2:4])[0], 0, struct.unpack("=I", raw[24:28])[0])
    else:
        name = raw[2:] if raw[2] == 0 else raw[2:-1].decode()
    return family, name, only, reuse


def answer(connection):
    """One request; False: the connection is over."""
    global helper
    data, ancillary, _, _ = connection.recvmsg(REQUEST.size + 1, socket.CMSG_SPACE(253 * 4))
    if not data:
        return False
    pid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    fields = REQUEST.unpack(data)
    version, kind, asked_helper, count, device, inode = fields[:6]
    status, rights = 0, []
    assert version == 1
    if kind == HELPER:
        helper = asked_helper
        say("helper", "yes" if helper else "no", "of", pid)
    elif kind == HAND:
        assert pid == helper == asked_helper, (pid, helper, asked_helper)
        fds = array.array("i")
        for _, _, part in ancillary:
            fds.frombytes(part)
        assert len(fds) == count
        for fd in fds:
            os.set_inheritable(fd, False)
            sock = socket.socket(fileno=fd)
            held.append((key_of(sock), sock))
        say("handed", count)
    elif kind == TAKE:
        key = wanted(fields)
        rights = [sock for held_key, sock in held if held_key == key][:1]
        status = 0 if rights else -2
        held[:] = [one for one in held if one[1] not in rights]
        say("taken" if rights else "not held", key[1])
    elif kind == NAME:
        names = [os.stat(k[1]) for k, _ in held if k[0] == socket.AF_UNIX and isinstance(k[1], str)]
        status = 0 if (device, inode) in [(s.st_dev, s.st_ino) for s in names] else -2
        say("name", "held" if status == 0 else "free")
    packed = array.array("i", [sock.fileno() for sock in rights])
    connection.sendmsg([struct.pack("=Ii", 1, status)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)] if rights else [])
    for sock in rights:
        sock.close()
    return True


def serve(listener, until):
    """Answers until the function says that it is enough."""
    connections = [listener]
    while not until():
        for ready in select.select(connections, [], [], 0.005)[0]:
            if ready is listener:
                connections.append(listener.accept()[0])
            elif not answer(ready):
                connections.remove(ready)
                ready.close()


def reaper(server):
    """A function that reaps, and says whether this process is gone; with its status."""
    state = {}

    def gone():
        global helper
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pid, status = 0, 0
        if pid == helper and pid:
            helper = 0
            say("helper ended", os.waitstatus_to_exitcode(status))
        elif pid:
            state[pid] = os.waitstatus_to_exitcode(status)
        return server in state or (server < 0 and not helper)

    return gone, state


def main():
    lives, command = int(sys.argv[1]), sys.argv[2:]
    flags = os.environ.get("FLAGS", "h")
    name = f"crumple-run-{os.getpid()}-test"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind("\0" + name)
    listener.listen(16)
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    preload = os.environ["SHIM"]
    for life in range(lives):
        server = os.fork()
        if server == 0:
            os.environ["LD_PRELOAD"] = preload
            os.environ["CRUMPLE_RUN_HOLD"] = f"{os.getppid()} {flags if life == 0 else flags + 't'} {name}"
            listener.close()
            try:
                os.execvp(command[0], command)
            finally:
                os._exit(127)
        gone, state = reaper(server)
        serve(listener, gone)
        say("ended", state[server])
        if state[server] == 0 and os.environ.get("DAEMON"):
            gone, state = reaper(-2)
            deadline = time.monotonic() + 20
            serve(listener, lambda: gone() or state or time.monotonic() > deadline)
            say("daemon ended", *state.values())
        if helper:
            os.kill(helper, signal.SIGUSR1)
            until = time.monotonic() + 2
            gone, state = reaper(-1)
            serve(listener, lambda: gone() or time.monotonic() > until)
        say("held", len(held))


main()
