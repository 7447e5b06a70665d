# SPDX-License-Identifier: MIT
# In gdb: the variables of the faulting thread's frames, compared with those that
# 'crumple show --all --secrets --locals --json' prints. On a core: the report is in the file $LOCALS. With $LIVE set, on a process that
# has stopped at its fault: the values are read there, the process dies, and $LIVE is the command that prints the report.
# Prints a line for each value that differs, and 'compared N' at the end.
import json
import os
import re
import subprocess

import gdb

LEFT_OUT = ("__func__", "__FUNCTION__", "__PRETTY_FUNCTION__")
FRAMES_MAX = 64


# A level more than crumple shows of most: see is_same().
def text_of(value, kind):
    depth = 3 if kind.code == gdb.TYPE_CODE_ARRAY else 2
    return value.format_string(max_elements=0, max_depth=depth, symbols=False, repeat_threshold=0,
                               pretty_structs=False, raw=True)


def value_of(symbol, frame):
    try:
        value = symbol.value(frame)
        if value.is_optimized_out:
            return "<optimised out>"
        kind = value.type.strip_typedefs()
        if kind.code == gdb.TYPE_CODE_PTR and kind.target().strip_typedefs().code == gdb.TYPE_CODE_FUNC:
            return value.format_string(symbols=True).split("} ")[-1]
        return text_of(value, kind)
    except gdb.error as error:
        return "<%s>" % error


# The two say these things in other words.
def normal(text):
    text = text.replace("<optimized out>", "<optimised out>")
    text = re.sub(r"<error: Cannot access memory at address 0x[0-9a-f]+>", "<not in the core>", text)
    text = text.replace("{{...}}", "{...}")
    text = re.sub(r"\b[a-z_]+::", "", text)
    return re.sub(r" <(?!not in the core)[A-Za-z_][^<>]*>(?=[,}]|$)", "", text)


# crumple leaves out structs in a struct, as {...}, but those of a few numbers.
def is_same(want, got):
    return re.fullmatch(re.escape(got).replace(re.escape("{...}"), r"\{.*\}"), want, re.DOTALL)


def variables_of(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return
    while block is not None:
        for one in block:
            if (one.is_variable or one.is_argument or one.is_constant) and \
                    one.name not in LEFT_OUT:
                yield one
        if block.function:
            return
        block = block.superblock


def collect():
    gdb.execute("set print null-stop on")
    frame, index, inlined, found = gdb.newest_frame(), 0, 0, []
    while frame is not None and index < FRAMES_MAX:
        for symbol in variables_of(frame):
            found.append((index, inlined, frame.name(), symbol.name, normal(value_of(symbol, frame))))
        if frame.type() == gdb.INLINE_FRAME:
            inlined += 1
        else:
            index, inlined = index + 1, 0
        frame = frame.older()
    return found


def compare(found, report):
    locals_ = [frame.get("locals", []) for frame in report["threads"][0]["frames"]]
    for index, inlined, function, name, want in found:
        rest = [one for one in locals_[index] if one["name"] == name and one["inlined"] == inlined]
        if not rest and want == "<optimised out>": # a label, or what the compiler has left out of the function
            continue
        if not rest:
            print("missing: #%d %s %s = %s" % (index, function, name, want))
            continue
        locals_[index].remove(rest[0])
        got = normal(rest[0]["value"] if rest[0]["value"] is not None else rest[0]["note"])
        # gdb takes what is in the register now; it need not be what the caller had there
        if not is_same(want, got) and got != "<not saved>":
            print("differs: #%d %s %s: gdb '%s', crumple '%s'" % (index, function, name, want, got))
    print("compared %d" % len(found))


def main():
    found = collect()
    if os.environ.get("LIVE"):
        gdb.execute("continue")
        text = subprocess.run(["sh", "-c", os.environ["LIVE"]], stdout=subprocess.PIPE, check=True).stdout
    else:
        text = open(os.environ["LOCALS"], "rb").read()
    compare(found, json.loads(text))


main()
