#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the commands of a page and holds their output against what the page shows.

tutorial.py PAGE PORT: all blocks of ```sh run in one bash, on a terminal of 160 columns, in the current
directory. Of the block of ```text that follows one, each line must be in the output, in the page's order: its words in
their order, where numbers are all alike, and a column more is no difference. '...' stands for anything. What differs is
printed, and the status is 1.
"""
import os
import re
import subprocess
import sys


def blocks(page):
    """[commands, expected lines] in the order of the page."""
    found = []
    for kind, text in re.findall(r"^```(sh|text)\n(.*?)^```$", page, re.M | re.S):
        if kind == "sh":
            found.append([text, []])
        else:
            found[-1][1] = text.splitlines()
    return found


def words(line):
    """What two machines share: no numbers, no paths of this one."""
    line = line.replace(os.environ["HOME"], "/home/you")
    line = re.sub(r"0x[0-9a-f]+", "0xN", line)
    line = re.sub(r"\bg[0-9a-f]{7}\b", "gN", line)  # ids of groups
    return re.sub(r"[0-9]+", "N", line).split()


def matches(expected, actual):
    at = 0
    for word in expected:
        if word == "...":
            continue
        pattern = ".*".join(re.escape(part) for part in word.split("..."))
        while at < len(actual) and not re.fullmatch(pattern, actual[at]):
            at += 1
        if at == len(actual):
            return False
        at += 1
    return True


def missing(expected, output):
    """The first line of the page that the output has not, or None."""
    at = 0
    for line in expected:
        if line.strip() == "...":
            continue
        while at < len(output) and not matches(words(line), words(output[at])):
            at += 1
        if at == len(output):
            return line
        at += 1
    return None


def main():
    page = open(sys.argv[1], encoding="utf-8").read().replace("7777", sys.argv[2])
    page = page.replace("build/crumple", os.environ["BUILD"] + "/crumple")
    # A second is enough for a reader, and not for a machine that runs other tests beside this one.
    wait = f"for i in {{1..100}}; do (exec 7<>/dev/tcp/127.0.0.1/{sys.argv[2]}) 2>&- && break; sleep 0.1; done\n"
    page = page.replace("sleep 1\n", wait)
    found = blocks(page)
    script = "".join(f"echo '@@{number}'\n{text}" for number, (text, _) in enumerate(found))
    with open(os.environ["HOME"] + "/commands", "w", encoding="utf-8") as file:
        file.write(script + "echo '@@end'\n")
    run = subprocess.run(
        ["timeout", "120", "script", "-qec", 'stty cols 160 rows 50; exec bash "$HOME/commands"', "/dev/null"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, text=True, errors="replace")
    outputs = re.split(r"^@@(?:[0-9]+|end)$", run.stdout.replace("\r", ""), flags=re.M)
    if len(outputs) != len(found) + 2:
        sys.exit(f"the commands did not run to their end:\n{run.stdout}")
    failed = 0
    for (text, expected), output in zip(found, outputs[1:]):
        line = missing(expected, output.splitlines())
        if line is not None:
            failed = 1
            print(f"after\n{text}the page has the line\n{line}\nand the output is\n{output}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
