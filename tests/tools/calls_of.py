#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who makes which system call: calls_of.py death|life LOG, where LOG is that of strace -f.

death: 'ROLE CALL' for every call after the first SIGSEGV; the roles are thread (the faulting one), parked (the
others, from the signal on that stops them), helper, looker (its child that starts no program), writer.
life: 'CALL COUNT' for every call of the program, from its execve on.
"""
import collections
import re
import sys

CALL = re.compile(r"(\w+)\(")


def lines(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            pid, _, rest = line.partition(" ")
            yield pid, rest.lstrip()


def death(path):
    roles, seen, fault = {}, set(), None
    programs = {pid for pid, rest in lines(path) if rest.startswith("execve")}
    for pid, rest in lines(path):
        if fault is None and rest.startswith("--- SIGSEGV"):
            fault = pid
            roles = dict.fromkeys(seen, "still running")
            roles[pid] = "thread"
        elif rest.startswith("--- SIG") and roles.get(pid) == "still running":
            roles[pid] = "parked"
        seen.add(pid)
        call = CALL.match(rest)
        if fault is None or not call or roles.get(pid) == "still running":
            continue
        if pid not in roles:
            known = roles.values()
            roles[pid] = "writer" if "writer" in known else "spawned" if "helper" in known else "helper"
            if roles[pid] == "spawned" and pid not in programs:
                roles[pid] = "looker"
        # Before its exec the writer-to-be does the helper's work.
        role = "helper" if roles[pid] == "spawned" else roles[pid]
        yield role, call.group(1)
        if roles[pid] == "spawned" and call.group(1).startswith("execve"):
            roles[pid] = "writer"


def life(path):
    counts = collections.Counter()
    begun = False
    for _, rest in lines(path):
        begun = begun or (rest.startswith("execve(") and "/victim" in rest and rest.rstrip().endswith("= 0"))
        call = CALL.match(rest)
        if begun and call:
            counts[call.group(1)] += 1
    return counts.items()


for pair in sorted(set(death(sys.argv[2]) if sys.argv[1] == "death" else life(sys.argv[2]))):
    print(*pair)
