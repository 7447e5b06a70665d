# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A pending core of an end that crumple-run saw, without crumple-run: for tests of what is read of it.

# le BYTES NUMBER: little-endian, as escapes of printf.
le() {
    local i value=$2
    for ((i = 0; i < $1; i++)); do
        printf '\\x%02x' $((value & 255))
        ((value >>= 8)) || true
    done
}

# note NUMBER <CONTENT: one note of crumple's (include/crumple_format.h).
note() {
    local content size
    content=$(mktemp)
    cat >"$content"
    size=$(stat -c %s "$content")
    printf %b "$(le 4 8)$(le 4 "$size")$(le 4 $((0x43520000 + $1)))CRUMPLE\\0"
    cat "$content"
    head -c $((-size & 3)) /dev/zero
    rm "$content"
}

# notes_core CORE NOTES: the ELF file around notes.
notes_core() {
    printf %b "\\x7fELF\\x02\\x01\\x01$(le 9 0)$(le 2 4)$(le 2 62)$(le 4 1)$(le 8 0)$(le 8 64)$(le 8 0)$(le 4 0)$(le 2 64)$(le 2 56)$(le 2 1)$(le 6 0)" >"$1"
    printf %b "$(le 4 4)$(le 4 4)$(le 8 120)$(le 16 0)$(le 8 "$(stat -c %s "$2")")$(le 8 0)$(le 8 4)" >>"$1"
    cat "$2" >>"$1"
}

# go_core CORE DUMP: of a Go program whose runtime has printed DUMP. INFO: more keys.
go_core() {
    local notes
    notes=$(mktemp)
    {
        printf 'format=1\nevent=died\nend=go\nend_status=2\npid=17\nppid=1\nuid=1000\ngid=1000\nhostname=host.example\n%s\n' \
            "exe=/srv/arena
uptime_ms=350000
${INFO-}" | note 1
        note 13 <"$2"
        printf 'go\tgo1.19.8\npath\texample.com/arena\nmod\texample.com/arena\tv1.4.0\t\ndep\tgithub.com/a/b\tv1.2.3\th1:abc=\n' | note 14
        printf 'listening on :7350\nmatch a begins\n' | cat - "$2" | head -c 60000 | note 12
    } >"$notes"
    notes_core "$1" "$notes"
    rm "$notes"
}
