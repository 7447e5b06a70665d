#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""links.py PAGE...: prints each link of the pages to a file or a heading that is not there; then the status is 1."""
import os
import re
import sys


def headings(page):
    """As forges name them: lower case, without punctuation, '-' for blanks."""
    text = open(page, encoding="utf-8").read()
    found = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in found}


def lost(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", open(page, encoding="utf-8").read()):
        name, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", name):
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
        if not os.path.exists(path) or (heading and path.endswith(".md") and heading not in headings(path)):
            yield target


failed = 0
for given in sys.argv[1:]:
    for link in lost(given):
        failed = 1
        print(f"{given}: {link}")
sys.exit(failed)
