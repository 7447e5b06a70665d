# SPDX-License-Identifier: MIT
# Clients with addresses of their own, for tests/restart/culprit.bats and tests/long/culprit.sh.
#
#   peers.py load PORT SECONDS            eight clients that connect anew for each ping, from 127.0.0.10 on
#
#   peers.py ask PORT ADDRESS:WORD...     connects all, sends their words in this order (after 'sleep' with a pause, so that the
#                                         others come together), and prints what each has been answered when all are closed or
#                                         have had half a second
#   peers.py poison PORT SECONDS POISONER INNOCENTS [SAME]
#       redis: POISONER sends DEBUG SEGFAULT again and again; so many innocents, each with an address of its own from 127.0.0.3 on
#       (SAME: with the poisoner's, and each keeps a connection), connect anew for each PING. Prints an account as JSON.
import json, socket, sys, threading, time


def connect(address, port):
    client = socket.socket()
    client.settimeout(5)
    client.bind((address, 0))
    client.connect(("127.0.0.1", port))
    return client


def ask(port, words):
    clients = [(connect(word.partition(":")[0], port), word.partition(":")[2]) for word in words]
    for client, word in clients:
        client.sendall(word.encode() + b"\n")
        if word == "sleep":
            time.sleep(0.1)
    for client, word in clients:
        client.settimeout(0.5)
        try:
            print(word, client.recv(100).decode().strip() or "end")
        except OSError as error:
            print(word, type(error).__name__)


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.poison_sent = self.poison_failed = self.ok = self.retries = self.most_retries = 0
        self.unanswered = []


def poison(account, port, address, end):
    while time.monotonic() < end:
        try:
            client = connect(address, port)
            client.sendall(b"DEBUG SEGFAULT\r\n")
            account.poison_sent += 1
            client.recv(100)
            client.close()
        except OSError:
            account.poison_failed += 1
        time.sleep(0.05)


def innocent(account, port, address, end, keeps):
    kept = None
    while time.monotonic() < end:
        retries = 0
        while retries < 20:
            try:
                if keeps and not kept:
                    kept = connect(address, port)
                client = connect(address, port)
                client.sendall(b"PING\r\n")
                answer = client.recv(100)
                client.close()
                if answer == b"+PONG\r\n":
                    break
            except OSError:
                pass
            if kept:
                kept.close()
                kept = None
            retries += 1
            time.sleep(0.01)
        with account.lock:
            account.ok += retries < 20
            account.retries += retries
            account.most_retries = max(account.most_retries, retries)
            if retries == 20:
                account.unanswered.append(address)
        time.sleep(0.02)


def ping(port, address, end):
    while time.monotonic() < end:
        try:
            client = connect(address, port)
            client.sendall(b"ping\n")
            client.recv(100)
            client.close()
        except OSError:
            time.sleep(0.005)


def load(port, seconds):
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=ping, args=(port, "127.0.0.%d" % (10 + i), end)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def campaign(port, seconds, poisoner, innocents, same):
    account, end = Account(), time.monotonic() + seconds
    threads = [threading.Thread(target=poison, args=(account, port, poisoner, end))]
    for i in range(innocents):
        address = poisoner if same else "127.0.0.%d" % (3 + i)
        threads.append(threading.Thread(target=innocent, args=(account, port, address, end, same)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del account.lock
    print(json.dumps(vars(account)))


if sys.argv[1] == "ask":
    ask(int(sys.argv[2]), sys.argv[3:])
elif sys.argv[1] == "load":
    load(int(sys.argv[2]), float(sys.argv[3]))
else:
    campaign(int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5]), len(sys.argv) > 6)
