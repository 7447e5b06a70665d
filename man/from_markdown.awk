# SPDX-License-Identifier: MIT
# from_markdown.awk PAGE.md: its sections (from the first '##' on) as lines for make_page.awk, which begin with a word:
#
#   H heading    P paragraph    B bullet    C line of code    T name TAB text (a row of a table)
#
# Of links only the text stays. Cells of a table with three columns: the second is put before the third.

!/^\|/ { rows = 0 }
/^```/ { flush(); is_code = !is_code; next }
is_code || (/^    / && !kind) { flush(); sub(/^    /, ""); print "C\t" $0; next }
/^##/ { flush(); is_in = 1; sub(/^#+ /, ""); print "H\t" plain($0); next }
!is_in { next }
/^\|[-|]+$/ { next }
/^\|/ { flush(); row($0); next }
/^- / { flush(); kind = "B"; text = substr($0, 3); next }
/^ *$/ { flush(); next }
{ sub(/^ +/, ""); if (!kind) kind = "P"; text = text (text == "" ? "" : " ") $0 }
END { flush() }

# Puts out what has been gathered.
function flush() {
    if (kind) print kind "\t" plain(text)
    kind = text = ""
}

function row(line,    cells, count) {
    if (rows++ == 0) return # the heading
    gsub(/\\\|/, "\001", line)
    sub(/^\| */, "", line)
    sub(/ *\| *$/, "", line)
    count = split(line, cells, / *\| */)
    line = count < 3 ? cells[2] : cells[2] (cells[3] ~ /[^ ]/ ? ": " cells[3] : "")
    gsub(/\001/, "|", line)
    print "T\t" plain(cells[1]) "\t" plain(line)
}

function plain(s,    before, link) {
    while (match(s, /\[[^]]*\]\([^)]*\)/)) {
        before = substr(s, 1, RSTART - 1)
        link = substr(s, RSTART + 1, RLENGTH - 1)
        s = substr(s, RSTART + RLENGTH)
        sub(/\]\(.*/, "", link)
        if (link ~ /^[a-z-]+\.md$/) link = "docs/" link
        s = before link s
    }
    gsub(/\*\*/, "", s)
    gsub(/` [|] `/, "\" | \"", s) # what stands between names
    return s
}
