#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""client.py load|check|capacity PROTOCOL PORT [WORD]: clients of the servers that are drilled (docs/drill.md).

load: until SIGTERM, each request checked; says at its end what its clients saw; status 1 if one was left waiting, or if
the server refused everybody. check: one request; status 2 without an answer, 1 with a wrong one. capacity: prints how
many of 40 clients are served while all stay. A protocol is a class: talk() is what one client does on a connection of
its own, and hold() makes a connection that the server must keep serving.
"""
import base64
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time

WAIT = 2.0  # seconds without an answer: nobody comes
over = threading.Event()


class Wrong(Exception):
    """An answer that is not the expected one."""


class Client:
    """One client: counts its requests."""

    count = 4  # at a time, as load
    attempts = 1  # of a check

    def __init__(self, port, number, word):
        self.port, self.number, self.word = port, number, word
        self.requests = self.refused = self.reset = self.wrong = self.hung = self.longest = 0
        self.turn = 0

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), WAIT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    @staticmethod
    def exactly(connection, count):
        got = b""
        while len(got) < count:
            piece = connection.recv(count - len(got))
            if not piece:
                raise ConnectionResetError
            got += piece
        return got

    @staticmethod
    def until(connection, end):
        got = b""
        while not got.endswith(end):
            piece = connection.recv(1 if len(end) > 1 else 4096)
            if not piece:
                raise ConnectionResetError
            got += piece
        return got

    def timed(self, request):
        """One request and its answer, which is returned."""
        begin = time.monotonic()
        self.requests += 1
        answer = request()
        self.longest = max(self.longest, time.monotonic() - begin)
        return answer

    @staticmethod
    def expect(condition, answer):
        if not condition:
            raise Wrong(repr(answer)[:80])

    def talk(self, connection):
        raise NotImplementedError

    def hold(self, connection):
        self.talk(connection)

    def release(self, connection):
        connection.close()

    def turn_once(self):
        """A connection with all that is said on it. Returns whether the server took it."""
        try:
            connection = self.connect()
        except (ConnectionRefusedError, ConnectionResetError, TimeoutError):
            self.refused += 1
            return False
        try:
            with connection:
                self.talk(connection)
        except TimeoutError:
            self.hung += 1
        except Wrong as wrong:
            self.wrong += 1
            print(f"wrong answer: {wrong}", flush=True)
        except (ConnectionError, ssl.SSLError):
            self.reset += 1
        return True

    def run(self):
        in_a_row = 0
        while not over.is_set() and in_a_row < 5 and self.hung == 0:
            in_a_row = 0 if self.turn_once() else in_a_row + 1
            self.turn += 1
            if in_a_row:
                time.sleep(0.1)
        if in_a_row >= 5:
            self.hung += 1


class Http(Client):
    """A page of a backend, through the server. WORD: URL or path, then '=' and the file that it must be equal to."""

    def target(self):
        return self.word.split("=")[0]

    def wanted(self):
        with open(self.word.split("=")[1], "rb") as file:
            return file.read()

    def connect(self):
        connection = super().connect()
        return connection

    def talk(self, connection):
        def get():
            connection.sendall(f"GET {self.target()} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            head = self.until(connection, b"\r\n\r\n")
            body = b""
            while True:
                try:
                    piece = connection.recv(65536)
                except ssl.SSLEOFError:
                    piece = b""
                if not piece:
                    return head, body
                body += piece

        head, body = self.timed(get)
        if len(body) < len(self.wanted()) and self.wanted().startswith(body):
            raise ConnectionResetError  # an honest end in the middle
        self.expect(b" 200 " in head.split(b"\r\n")[0] and body == self.wanted(), head)


class Proxy(Http):
    """tinyproxy: a request, or a tunnel to the backend, which a thread keeps serving."""

    def hold(self, connection):
        host = self.target().split("/")[2]
        connection.settimeout(0.7)
        connection.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        self.expect(b" 200 " in self.until(connection, b"\r\n\r\n"), "")


class Tls(Http):
    """stunnel: HTTPS. A third of the clients speaks TLS 1.2."""

    def connect(self):
        plain = super().connect()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if self.number % 3 == 0:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context, plain_connection = context, plain
        return plain_connection

    def talk(self, connection):
        with self.context.wrap_socket(connection, server_hostname="localhost") as secure:
            super().talk(secure)


class Nbd(Client):
    """nbdkit with the memory plugin: each client writes and reads a block of its own."""

    WRITE, READ, DISC = 1, 0, 2

    def hold(self, connection):
        magic = self.exactly(connection, 18)
        self.expect(magic.startswith(b"NBDMAGICIHAVEOPT"), magic)
        connection.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 1, 0))
        self.exactly(connection, 10)

    def command(self, connection, kind, offset, size, data=b""):
        handle = os.urandom(8)
        connection.sendall(struct.pack(">IHH8sQI", 0x25609513, 0, kind, handle, offset, size) + data)
        reply = self.exactly(connection, 16)
        self.expect(reply == struct.pack(">II", 0x67446698, 0) + handle, reply)
        return self.exactly(connection, size) if kind == self.READ else b""

    def talk(self, connection):
        self.timed(lambda: self.hold(connection))
        for block in range(3):
            offset = (self.number * 16 + block) * 4096
            data = os.urandom(16) * 256
            self.timed(lambda: self.command(connection, self.WRITE, offset, len(data), data))
            self.expect(self.timed(lambda: self.command(connection, self.READ, offset, len(data))) == data, "other data")
        connection.sendall(struct.pack(">IHH8sQI", 0x25609513, 0, self.DISC, bytes(8), 0, 0))


class Rrd(Client):
    """rrdcached: values for a file of each client. WORD: a folder with 0.rrd, 1.rrd, ..."""

    def ask(self, connection, line):
        connection.sendall(line.encode() + b"\n")
        first = self.until(connection, b"\n")
        while first.count(b"\n") <= int(first.split()[0]):
            first += self.until(connection, b"\n")
        return first

    def talk(self, connection):
        file = f"{self.number % 4}.rrd"
        words = [f"UPDATE {file} N:{self.turn}", f"PENDING {file}", f"FLUSH {file}", "STATS", f"FIRST {file} 0", "HELP"]
        for line in words:
            answer = self.timed(lambda: self.ask(connection, line))
            # two updates in one second are an error of the client's, and so is asking for what was just written
            self.expect(int(answer.split()[0]) >= (-1 if line[0] in "UP" else 0), answer)
        connection.sendall(b"QUIT\n")

    def hold(self, connection):
        self.ask(connection, "STATS")


class Tftp(Client):
    """atftpd: reads the file 'page'. WORD: the folder. A datagram may be lost: a transfer is tried again."""

    attempts = 4

    def connect(self):
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.settimeout(0.5)
        return connection

    def begin(self, connection):
        connection.sendto(struct.pack(">H", 1) + b"page\0octet\0", ("127.0.0.1", self.port))
        return connection.recvfrom(1024)

    def transfer(self, connection):
        wanted, got = open(f"{self.word}/page", "rb").read(), b""
        data, server = self.begin(connection)
        while True:
            kind, block = struct.unpack(">HH", data[:4])
            self.expect(kind == 3, data)
            if block == (len(got) // 512 + 1) & 0xFFFF:
                got += data[4:]
            connection.sendto(struct.pack(">HH", 4, block), server)
            if len(data) < 516:
                break
            data, server = connection.recvfrom(1024)
        self.expect(got == wanted, "other data")

    def talk(self, connection):
        try:
            self.timed(lambda: self.transfer(connection))
        except TimeoutError:
            raise ConnectionResetError from None  # lost with the thread that had it; the next request will tell

    def hold(self, connection):
        connection.settimeout(0.7)
        self.server = self.begin(connection)[1]

    def release(self, connection):
        if hasattr(self, "server"):
            connection.sendto(struct.pack(">HH", 5, 0) + b"enough\0", self.server)
        connection.close()

    def run(self):
        """Five transfers in a row without an answer: the server serves nobody."""
        lost = 0
        while not over.is_set() and lost < 5:
            before = self.reset
            self.turn_once()
            lost = lost + 1 if self.reset > before else 0
        self.hung += lost >= 5


class Icecast(Client):
    """icecast2: the first client is a source, all others listen or read pages."""

    def source(self):
        secret = base64.b64encode(b"source:hackme").decode()
        connection = self.connect()
        connection.sendall(f"SOURCE /s{self.number} HTTP/1.0\r\nAuthorization: Basic {secret}\r\nContent-Type: audio/mpeg\r\n\r\n".encode())
        self.expect(b" 200 " in self.until(connection, b"\r\n\r\n"), "the source was not taken")
        return connection

    def talk(self, connection):
        if self.number == 0:
            connection.close()
            with self.timed(self.source) as stream:
                stream.settimeout(30)  # a slow server is no reason to take the stream away from its listeners
                while not over.is_set():
                    stream.sendall(b"\xff\xfb\x90\x44" + bytes(413))
                    time.sleep(0.02)
        elif self.number % 2:
            connection.sendall(b"GET /status-json.xsl HTTP/1.0\r\n\r\n")
            self.expect(b"200" in self.timed(lambda: self.until(connection, b"\r\n\r\n")), "status")
        else:
            connection.sendall(b"GET /s0 HTTP/1.0\r\n\r\n")
            head = self.timed(lambda: self.until(connection, b"\r\n\r\n"))
            if b"404" in head.split(b"\r\n")[0]:
                time.sleep(0.05)  # the source is being replaced
                return
            self.expect(b"200" in head.split(b"\r\n")[0], head)
            for _ in range(10):
                self.timed(lambda: self.exactly(connection, 417))

    def hold(self, connection):
        connection.sendall(b"GET /status-json.xsl HTTP/1.0\r\n\r\n")
        self.expect(b"icestats" in self.until(connection, b"}}"), "status")


PROTOCOLS = {"proxy": Proxy, "tls": Tls, "nbd": Nbd, "rrd": Rrd, "tftp": Tftp, "icecast": Icecast}


def load(protocol, port, word):
    clients = [protocol(port, number, word) for number in range(protocol.count)]
    threads = [threading.Thread(target=client.run) for client in clients]
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sums = {name: sum(getattr(client, name) for client in clients) for name in ("requests", "refused", "reset", "wrong", "hung")}
    words = " ".join(f"{name}={number}" for name, number in sums.items())
    print(f"drill: {words} longest_ms={int(max(client.longest for client in clients) * 1000)}", flush=True)
    return 1 if sums["hung"] else 0


def check(protocol, port, word):
    client = protocol(port, 9, word)  # none of the load's
    try:
        for attempt in range(protocol.attempts):
            with client.connect() as connection:
                try:
                    client.talk(connection)
                    break
                except ConnectionResetError:
                    if attempt + 1 == protocol.attempts:
                        raise
    except Wrong as wrong:
        print(wrong)
        return 1
    except OSError as error:
        print(error)
        return 2
    return 0


def capacity(protocol, port, word):
    held, count = [], 0
    for number in range(40):
        client = protocol(port, number, word)
        try:
            connection = client.connect()
            connection.settimeout(0.7)
            held.append((client, connection))
            client.hold(connection)
            count += 1
        except (OSError, Wrong):
            if len(held) > count + 3:
                break  # there is no more room
    for client, connection in held:
        client.release(connection)
    print(count)
    return 0


def main():
    verbs = {"load": load, "check": check, "capacity": capacity}
    if len(sys.argv) < 4 or sys.argv[1] not in verbs or sys.argv[2] not in PROTOCOLS:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    return verbs[sys.argv[1]](PROTOCOLS[sys.argv[2]], int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "")


sys.exit(main())
