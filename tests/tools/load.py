#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A load on a server, without a pause, and what it noticed of dumps.

load.py KIND PORT COMMAND...: KIND is redis, memcached or http. Four connections ask and wait for the answer, one after
the other. Twice a quiet second passes; then COMMAND runs, which takes a dump, and prints the path of its bundle. Three
times. Prints one JSON object: requests, failed, and for each dump the milliseconds that the slowest answer took while
nothing happened ("quiet") and while the dump was taken ("dumped"), and the bundle.
"""
import json
import socket
import subprocess
import sys
import threading
import time

REQUESTS = {
    "redis": (b"*2\r\n$3\r\nGET\r\n$4\r\nname\r\n", b"$5\r\nvalue\r\n"),
    "memcached": (b"get name\r\n", b"VALUE name 0 5\r\nvalue\r\nEND\r\n"),
    "http": (b"GET /name HTTP/1.1\r\nHost: x\r\n\r\n", b"value"),
}

kind, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
ask, answer = REQUESTS[kind]
is_over = False
failed = []
taken = []  # (when it ended, seconds)


def run():
    s = socket.create_connection(("127.0.0.1", port), 10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while not is_over:
        begin = time.monotonic()
        try:
            s.sendall(ask)
            got = b""
            while not got.endswith(answer):
                part = s.recv(4096)
                if not part:
                    raise OSError("closed")
                got += part
            if kind == "http" and not got.startswith(b"HTTP/1.1 200"):
                raise OSError(repr(got[:40]))
        except OSError as error:
            failed.append(str(error))
            return
        end = time.monotonic()
        taken.append((end, end - begin))


def slowest(begin, end):
    return 1000 * max((t for when, t in list(taken) if begin <= when <= end), default=0)


threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads:
    thread.start()
dumps = []
time.sleep(1)
for _ in range(3):
    start = time.monotonic()
    time.sleep(1)
    middle = time.monotonic()
    path = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    end = time.monotonic()
    time.sleep(0.1)
    dumps.append({"quiet": slowest(start, middle), "dumped": slowest(middle, end + 0.1), "bundle": path})
is_over = True
for thread in threads:
    thread.join()
print(json.dumps({"requests": len(taken), "failed": len(failed), "errors": failed, "dumps": dumps}))
