#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes of a crash's core the request for a verdict: contained_core.py WRITER CORE NEW.core [KEY=VALUE...]

Unless 'frame' is given, the recovery frame is where the shim called the thread's routine, by the report that
WRITER makes of a copy of CORE.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

OWNER = b"CRUMPLE\0"
INFO = 0x43520001
PT_NOTE = 4


def recovery_frame(writer, core):
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "copy.core")
        shutil.copy(core, copy)
        subprocess.run([writer, "--stderr=off", copy], check=True)
        report = subprocess.run(["tar", "--zstd", "-xOf", os.path.join(scratch, "copy.tar.zst"), "report.json"],
                                check=True, capture_output=True).stdout
    frames = json.loads(report)["threads"][0]["frames"]
    for frame in reversed(frames):
        if os.path.basename(frame["module"] or "") == "libcrumple.so":
            return int(frame["sp"], 16) + 8
    sys.exit("no frame of libcrumple.so: the thread was not made by pthread_create")


def notes_of(image):
    offset, = struct.unpack_from("<Q", image, 32)
    count, = struct.unpack_from("<H", image, 56)
    headers = [struct.unpack_from("<IIQQQQQQ", image, offset + 56 * i) for i in range(count)]
    return headers, next(h for h in headers if h[0] == PT_NOTE)


def info_of(image, note):
    at, end = note[2], note[2] + note[5]
    while at < end:
        name_size, size, kind = struct.unpack_from("<III", image, at)
        content = at + 12 + (name_size + 3) // 4 * 4
        if kind == INFO and image[at + 12:at + 12 + name_size] == OWNER:
            return image[content:content + size].decode()
        at = content + (size + 3) // 4 * 4
    sys.exit("no note with the keys")


def main():
    writer, core, new = sys.argv[1:4]
    keys = {"event": "contained", "action": "contain", "rule": "conn_*=contain", "cause": "fault",
            "routine_name": "conn"}
    keys.update(argument.split("=", 1) for argument in sys.argv[4:])
    if "frame" not in keys:
        keys["frame"] = hex(recovery_frame(writer, core))
    with open(core, "rb") as file:
        image = bytearray(file.read())
    headers, note = notes_of(image)
    lines = [line for line in info_of(image, note).splitlines() if line.split("=")[0] not in keys]
    text = "\n".join(lines + [f"{key}={value}" for key, value in keys.items()]) + "\n"
    body = text.encode()
    extra = struct.pack("<III", len(OWNER), len(body), INFO) + OWNER + body + b"\0" * (-len(body) % 4)
    image += b"\0" * (-len(image) % 8)
    headers.insert(1, (PT_NOTE, 4, len(image), 0, 0, len(extra), 0, 4))
    image += extra + b"\0" * (-len(extra) % 8)
    struct.pack_into("<Q", image, 32, len(image))
    struct.pack_into("<H", image, 56, len(headers))
    for header in headers:
        image += struct.pack("<IIQQQQQQ", *header)
    with open(new, "wb") as file:
        file.write(image)


main()
