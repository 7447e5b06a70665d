# SPDX-License-Identifier: MIT
# What a healthy Python does with threads, children and signals; what it prints does not differ between runs.
import concurrent.futures
import faulthandler
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading


def square(n):
    return n * n


def deeper(n):
    return deeper(n + 1)


def main():
    try:
        deeper(0)
    except RecursionError:
        print("recursion error")
    threads = [threading.Thread(target=square, args=(i,)) for i in range(200)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with multiprocessing.Pool(3) as pool:
        print("pool", sum(pool.map(square, range(100))))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print("executor", sum(pool.map(square, range(10))))
    with tempfile.TemporaryFile() as traces:
        faulthandler.dump_traceback_later(0.05, file=traces)
        threading.Event().wait(0.5)
        faulthandler.cancel_dump_traceback_later()
        traces.seek(0)
        print("later", traces.read().count(b"Timeout"))
    seen = []
    for name in ("SIGSEGV", "SIGABRT", "SIGFPE", "SIGUSR1"):
        number = getattr(signal, name)
        before = signal.signal(number, lambda n, frame: seen.append(n))
        os.kill(os.getpid(), number)
        print(name, before == signal.SIG_DFL, signal.signal(number, before) != before, signal.getsignal(number))
    print("seen", seen)
    print("child", subprocess.run(["/bin/sh", "-c", "kill -SEGV $$"], preexec_fn=lambda: None).returncode if len(sys.argv) > 1 else 0)
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    print("forked", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    sys.exit(5)


if __name__ == "__main__":
    main()
