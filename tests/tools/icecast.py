# SPDX-License-Identifier: MIT
"""Clients of icecast2: icecast.py PORT status|request|stream|poison MOUNT. status and stream end with 0 if they are served:
stream is a source and two listeners, which must get what it sends. request asks for the word that libinject.so waits
for; poison is a stream whose source sends it at the end, and says what became of its three connections."""
import base64
import socket
import sys
import time

WORD = b"crumple-test-crash-now"
port, what, mount = int(sys.argv[1]), sys.argv[2], sys.argv[3].encode()


def send(text):
    client = socket.create_connection(("127.0.0.1", port), 3)
    client.settimeout(3)
    client.sendall(text)
    return client


def rest(client):
    got = b""
    try:
        while more := client.recv(65536):
            got += more
    except ConnectionError:
        pass
    return got


def ends(client):
    try:
        rest(client)
    except TimeoutError:
        return "hangs"
    return "closed"


def stream(last):
    login = base64.b64encode(b"source:hackme")
    source = send(b"SOURCE /" + mount + b" HTTP/1.0\r\nAuthorization: Basic " + login + b"\r\nContent-Type: audio/mpeg\r\n\r\n")
    if not source.recv(200).startswith(b"HTTP/1.0 200"):
        sys.exit("the source is not admitted")
    source.sendall(bytes(4000))
    time.sleep(0.2)
    listeners = [send(b"GET /" + mount + b" HTTP/1.0\r\n\r\n") for _ in range(2)]
    for _ in range(5):
        source.sendall(b"\1" * 2000)
        time.sleep(0.05)
    for listener in listeners:
        if not listener.recv(2000).startswith(b"HTTP/1.0 200"):
            sys.exit("a listener is not admitted")
    if last:
        source.sendall(last)
        print(*(ends(client) for client in (source, *listeners)))


if what == "status":
    sys.exit(b"icestats" not in rest(send(b"GET /status-json.xsl HTTP/1.0\r\n\r\n")))
if what == "request":
    ends(send(b"GET /" + WORD + b" HTTP/1.0\r\n\r\n"))
else:
    stream(WORD if what == "poison" else b"")
