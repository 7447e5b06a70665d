#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server that says which signals reach it, one number a line, until SIGTERM comes."""
import signal

waited_for = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
print("ready", flush=True)
number = 0
while number != signal.SIGTERM:
    number = signal.sigwaitinfo(waited_for).si_signo
    print(int(number), flush=True)
