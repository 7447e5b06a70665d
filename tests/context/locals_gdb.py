# SPDX-License-Identifier: MIT
# In gdb, on a core: compares the variables of each frame with those that 'crumple show --all --secrets --locals --json' has printed into
# the file $LOCALS. Prints a line for each that differs, and 'compared N' at the end.
import json
import os

import gdb

UNKNOWN = ("<optimised out>", "<not saved>")


def text_of(value, depth):
    text = value.format_string(max_elements=0, max_depth=depth, symbols=False, repeat_threshold=0,
                               pretty_structs=False, raw=True)
    return text


def expected(symbol, frame):
    try:
        value = symbol.value(frame)
        kind = value.type.strip_typedefs()
        if value.is_optimized_out:
            return "<optimised out>"
        if kind.code == gdb.TYPE_CODE_PTR and kind.target().strip_typedefs().code == gdb.TYPE_CODE_FUNC:
            return value.format_string(symbols=True).split("} ")[-1]
        depth = 2 if kind.code == gdb.TYPE_CODE_ARRAY else 1
        return text_of(value, depth)
    except gdb.error as error:
        return "<%s>" % error


def normal(text):
    import re
    text = text.replace("<optimized out>", "<optimised out>")
    text = re.sub(r"<error: Cannot access memory at address 0x[0-9a-f]+>", "<not in the core>", text)
    text = re.sub(r"\(([A-Za-z_][^()]*) &&?\) @", "@", text)
    text = re.sub(r" <[A-Za-z_][^<>]*(<[^<>]*>)?[^<>]*>(?=[,}]|$)", lambda m: m.group(0) if m.group(0) == " <not in the core>" else "", text)
    return text


def compare(where, symbol, frame, have):
    want = normal(expected(symbol, frame))
    if have is None:
        print("missing: %s %s = %s" % (where, symbol.name, want))
        return
    got = have["value"] if have["value"] is not None else have["note"]
    got = normal(got)
    if want != got and not (want == "<optimised out>" and got in UNKNOWN):
        print("differs: %s %s: gdb '%s', crumple '%s'" % (where, symbol.name, want, got))


def main():
    report = json.load(open(os.environ["LOCALS"]))
    frames = report["threads"][0]["frames"]
    gdb.execute("set print null-stop on")
    frame, index, inlined, compared = gdb.newest_frame(), 0, 0, 0
    while frame is not None and index < min(len(frames), 64):
        locals_ = [one for one in frames[index].get("locals", []) if one["inlined"] == inlined]
        try:
            block = frame.block()
        except RuntimeError:
            block = None
        seen = 0
        while block is not None:
            names = [one for one in block if (one.is_variable or one.is_argument or one.is_constant) and one.type is not None]
            for symbol in names:
                if symbol.name in ("__func__", "__PRETTY_FUNCTION__", "__FUNCTION__"):
                    continue
                rest = [one for one in locals_ if one["name"] == symbol.name]
                have = rest[0] if rest else None
                if have:
                    locals_.remove(have)
                compare("#%d %s" % (index, frame.name()), symbol, frame, have)
                compared += 1
            if block.function:
                break
            block = block.superblock
        for one in locals_:
            print("more: #%d %s %s = %s" % (index, frame.name(), one["name"], one["value"] or one["note"]))
        if frame.type() == gdb.INLINE_FRAME:
            inlined += 1
        else:
            index, inlined = index + 1, 0
        frame = frame.older()
    print("compared %d" % compared)


main()
