#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An interactive bash on a terminal of its own, and a script of what is typed there.

terminal.py STEP...   a step: 'type:TEXT' (\\r ends a line, ^C and ^Z are the keys), 'see:REGEX' within 10 s, 'size:ROWS,COLUMNS',
'wait:SECONDS', 'hangup' (closes the terminal). Ends with 0 if all was seen; else prints what the terminal showed.
A first argument '--exec' starts the words up to '--' in place of bash, as the leader of the terminal's session.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

SECONDS = 10


def see(fd, pattern, shown):
    """Reads until the pattern is there. Returns what is left behind it; None, and what was shown is printed: it did not come."""
    end = time.monotonic() + SECONDS
    while True:
        found = re.search(pattern, shown, re.DOTALL)
        if found:
            return shown[found.end():]
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            print("not seen:", pattern, "in:", repr(shown[-2000:]))
            return None
        try:
            shown += os.read(fd, 65536).decode(errors="replace")
        except OSError:
            shown += "<EOF>"
            if not re.search(pattern, shown, re.DOTALL):
                print("not seen:", pattern, "in:", repr(shown[-2000:]))
                return None


def main():
    words, command = sys.argv[1:], ["bash", "--norc", "--noprofile", "-i"]
    if words[0] == "--exec":
        command, words = words[1:words.index("--")], words[words.index("--") + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(PS1="prompt> ", TERM="dumb")
        os.execvp(command[0], command)
    shown = ""
    for word in words:
        step, _, text = word.partition(":")
        if step == "type":
            text = text.replace("\\r", "\r").replace("^C", "\x03").replace("^Z", "\x1a").replace("^\\", "\x1c")
            os.write(fd, text.encode())
        elif step == "wait":
            time.sleep(float(text))
        elif step == "size":
            rows, columns = text.split(",")
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
        elif step == "hangup":
            os.close(fd)
            os._exit(0 if os.waitpid(pid, 0)[0] else 1)
        elif step == "see":
            left = see(fd, text, shown)
            if left is None:
                os.kill(pid, signal.SIGKILL)
                sys.exit(1)
            shown = left
    os.kill(pid, signal.SIGKILL)


main()
