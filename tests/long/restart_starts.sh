#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A server is killed at random moments of its start and after it, some thousand times, while four clients connect anew for each
# request: none is refused, and the socket of the last life is that of the first (SO_COOKIE).
# restart_starts.sh [SECONDS [SEED]]; three minutes.
set -uo pipefail
# shellcheck source=tests/restart/servers.bash
source "$(dirname "$0")/../restart/servers.bash"
WORK=$(mktemp -d /tmp/crumple-starts-XXXXXX)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
export CRUMPLE_DIR=$WORK/crashes
PORT=$(low_port)
cat >"$WORK/server.c" <<'TEXT'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[count - 1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned long cookie = 0;
    socklen_t bytes = sizeof cookie;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0)
        return 1;
    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &bytes);
    dprintf(1, "%lu\n", cookie);
    for (char byte; (on = accept(fd, NULL, NULL)) >= 0; close(on))
        if (read(on, &byte, 1) == 1 && write(on, "x", 1) != 1)
            continue;
    return 2;
}
TEXT
gcc -O1 -o "$WORK/server" "$WORK/server.c" || exit 1
cat >"$WORK/kills.py" <<'TEXT'
import os, random, signal, socket, struct, subprocess, sys, threading, time
run, server, port, seconds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
random.seed(seed)
parent = subprocess.Popen([run, "--restart=on-crash", "--backoff=1ms..1ms", "--restart-limit=1000/10s", "--", server, str(port)], start_new_session=True, stderr=open("log", "w"))
def alive():
    for pid in open(f"/proc/{parent.pid}/task/{parent.pid}/children").read().split():
        try:
            if open(f"/proc/{pid}/comm").read() == "server\n": return int(pid)
        except OSError: pass
counts, over, slowest = {"answered": 0, "reset": 0, "refused": 0, "other": 0}, False, 0.0
def client():
    global slowest
    while not over:
        begin = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.send(b"a")
                result = "answered" if one.recv(1) else "reset"
        except ConnectionRefusedError: result = "refused"
        except (ConnectionResetError, BrokenPipeError): result = "reset"
        except OSError: result = "other"
        counts[result] += 1
        slowest = max(slowest, time.monotonic() - begin)
while True:
    try: socket.create_connection(("127.0.0.1", port)).close()
    except OSError: time.sleep(0.05)
    else: break
threads = [threading.Thread(target=client) for _ in range(4)]
for thread in threads: thread.start()
kills, end = 0, time.monotonic() + seconds
while time.monotonic() < end and parent.poll() is None:
    pid = alive()
    if pid:
        time.sleep(random.random() ** 3 * 0.04)
        try: os.kill(pid, random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV]))
        except OSError: continue
        kills += 1
    time.sleep(0.001)
over = True
for thread in threads: thread.join()
print(kills, "kills", counts, "slowest %.2f s" % slowest, file=sys.stderr)
time.sleep(0.5)
parent.terminate()
parent.wait(20)
sys.exit(0 if kills > seconds * 5 and counts["answered"] and not counts["refused"] and not counts["other"] else 1)
TEXT
status=0
/usr/bin/python3 "$WORK/kills.py" "$BUILD/crumple-run" "$WORK/server" "$PORT" "${1:-180}" "${2:-$RANDOM}" >"$WORK/cookies" || status=1
[ "$(sort -u "$WORK/cookies" | wc -l)" = 1 ] || { echo "BAD: sockets: $(sort "$WORK/cookies" | uniq -c)" && status=1; }
[ $status = 0 ] && echo "restart_starts: passed" || echo "restart_starts: BAD"
exit $status
