# SPDX-License-Identifier: MIT
"""A client of a STUN server: stun.py PORT ask|poison udp|tcp. ask ends with 0 if it is answered (RFC 5389) within 2 s;
poison sends the word that libinject.so waits for, and waits at most 2 s for what comes of it."""
import os
import socket
import struct
import sys

BINDING, SOFTWARE, COOKIE, ANSWER = 0x0001, 0x8022, 0x2112A442, b"\x01\x01"


def message(text):
    attribute = struct.pack(">HH", SOFTWARE, len(text)) + text
    return struct.pack(">HHI", BINDING, len(attribute), COOKIE) + os.urandom(12) + attribute


port, what, protocol = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = socket.socket(type=socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
client.settimeout(2)
client.connect(("127.0.0.1", port))
client.send(message(b"crumple-test-crash-now!!" if what == "poison" else b"innocent"))
try:
    answer = client.recv(2000)
except OSError:
    answer = b""
sys.exit(what == "ask" and not answer.startswith(ANSWER))
