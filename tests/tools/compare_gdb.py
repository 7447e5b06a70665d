# SPDX-License-Identifier: MIT
"""Compares gdb's walk over a bundle's core with the frames in its report.

Run inside gdb:   REPORT=report.json gdb -batch -nx EXE core -x compare_gdb.py

Thread by thread, the program counters must be equal: those of gdb's physical frames and those of the report. Frames
that gdb makes up from debug information, for inlined functions and for tail calls, have no place on the stack and do
not count. Differences go to stdout and end in status 1.
"""

import json
import os
import sys

import gdb


def physical_pcs():
    """Program counters of the selected thread, innermost first."""
    pcs = []
    try:
        frame = gdb.newest_frame()
        while frame is not None:
            if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
                pcs.append(frame.pc())
            frame = frame.older()
    except gdb.error as error:
        print("gdb stops after %d frames: %s" % (len(pcs), error))
    return pcs


def in_hex(pcs):
    return " ".join("%#x" % pc for pc in pcs)


def compare(report):
    """Number of threads that differ."""
    different = 0
    seen = set()
    reported = {t["tid"]: t for t in report["threads"] if t["state"] == "captured"}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        tid = thread.ptid[1]
        seen.add(tid)
        gdb_pcs = physical_pcs()
        our_pcs = [int(f["pc"], 16) for f in reported.get(tid, {}).get("frames", [])]
        if gdb_pcs != our_pcs:
            different += 1
            name = reported.get(tid, {}).get("name")
            print("thread %d (%s):\n  gdb    %s\n  report %s" % (tid, name, in_hex(gdb_pcs), in_hex(our_pcs)))
    for tid in sorted(set(reported) - seen):
        different += 1
        print("thread %d: gdb does not know it" % tid)
    print("%d threads compared, %d differ" % (len(seen), different))
    return different if seen else 1


def main():
    for setting in ("pagination off", "backtrace past-main on", "backtrace past-entry on", "backtrace limit 256"):
        gdb.execute("set " + setting)
    with open(os.environ["REPORT"], encoding="utf-8") as file:
        report = json.load(file)
    status = 1 if compare(report) else 0
    sys.stdout.flush()
    gdb.execute("quit %d" % status)


main()
