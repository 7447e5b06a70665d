#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The shape of the sources: which folder may know which, first lines, and lengths.

load helpers

# includes_of FOLDER OTHER...: 'FILE HEADER PLACE' for every include in quotes; PLACE is the top folder where the header lies.
includes_of() {
    (cd "$ROOT" && find share settings preload hooks writer cli drill run program golang typed scrub retain readable sandbox include -name '*.h' -o -name '*.inc' && find "$1" -name '*.[chS]' -exec grep -H '^ *# *include "' {} +) |
        awk -v folders="$* include share settings readable sandbox program golang typed scrub retain preload hooks writer cli run" '
            BEGIN { count = split(folders, places, " ") }
            !/"/ { exists[$0] = 1; next }
            {
                file = substr($0, 1, index($0, ":") - 1)
                split($0, parts, "\"")
                place = "nowhere"
                for (i = count; i > 0; i--)
                    if (exists[places[i] "/" parts[2]])
                        place = places[i]
                print file, parts[2], place
            }'
}

# may_include FOLDER OTHER...: headers of its own and of the other folders, and no others.
may_include() {
    local strangers
    strangers=$(includes_of "$@" | grep -vE " ($(IFS='|' && echo "$*"))\$" || true)
    [ -z "$strangers" ] || fail "$strangers"
}

@test "hooks know preload, share, settings and include, and nobody else" {
    may_include hooks preload share settings include
}

@test "preload knows share, settings and include, and nobody else" {
    may_include preload share settings include
}

@test "share knows include, and nobody else" {
    may_include share include
}

@test "settings know share and include, and nobody else" {
    may_include settings share include
}

@test "the sandbox knows nobody" {
    may_include sandbox
}

@test "readable knows nobody" {
    may_include readable
}

@test "the writer knows share, include, golang, typed, scrub, retain, readable and the sandbox, and nobody else" {
    may_include writer share include golang typed scrub retain readable sandbox
}

@test "the drill knows the CLI, program, include, readable and the sandbox, and nobody else" {
    may_include drill cli program include readable sandbox
}

@test "the CLI knows include, share, settings, readable, program, typed, scrub, retain and the sandbox, and nobody else" {
    may_include cli include share settings readable sandbox program typed scrub retain
}

@test "crumple-run knows include, share, settings, program and golang, and nobody else" {
    may_include run include share settings program golang
}

@test "program knows include, and nobody else" {
    may_include program include
}

@test "golang knows share and include, and nobody else" {
    may_include golang share include
}

@test "scrub knows include, and nobody else" {
    may_include scrub include
}

@test "retain knows share and include, and nobody else" {
    may_include retain share include
}

@test "typed knows include and share, and nobody else" {
    may_include typed include share
}

# floors FOLDER ROOM...: the rooms of the folder from the lowest on. A file of a room includes headers of its own room and of
# lower ones; a file of the folder itself includes any.
floors() {
    local above
    above=$(cd "$ROOT" && find "$1" -mindepth 2 -name '*.[ch]' -exec awk -v order="$*" '
        BEGIN { for (count = split(order, rooms, " "); count > 1; count--) floor[rooms[count]] = count }
        function room_of(path) { return path ~ "/" ? substr(path, 1, match(path, "/[^/]*$") - 1) : "" }
        /^ *# *include "/ {
            split($0, quoted, "\"")
            own = room_of(substr(FILENAME, index(FILENAME, "/") + 1)); other = room_of(quoted[2])
            is_top = other == "" && (getline line < (rooms[1] "/" quoted[2])) > 0
            if (is_top || !(own in floor) || (other in floor && floor[other] > floor[own]))
                print FILENAME ": " quoted[2]
        }' {} +)
    [ -z "$above" ] || fail "$above"
}

@test "no room of the writer includes a header of a room above it" {
    floors writer base core code walk crash signal explain golang verdict watch context report bundle ledger
}

@test "no room of preload includes a header of a room above it" {
    floors preload base libc/data state proc track tell libc/calls loader redirect routines out hold memory stopped capture contain end fault calls start
}

@test "no room of the CLI includes a header of a room above it" {
    floors cli base screen read rows rewrite lookup show page facts doctor places events verbs
}

@test "no room of the drill includes a header of a room above it" {
    floors drill trace sites
}

@test "no room of crumple-run includes a header of a room above it" {
    floors run base directory options child cgo watch hold restart ends tell
}

@test "a room of more than five files has a README of at most 25 lines" {
    local room wrong=''
    while read -r room; do
        [ "$(find "$ROOT/$room" -maxdepth 1 -name '*.[chS]' | wc -l)" -gt 5 ] || continue
        if [ ! -e "$ROOT/$room/README.md" ] || [ "$(wc -l <"$ROOT/$room/README.md")" -gt 25 ]; then
            wrong+="$room "
        fi
    done < <(cd "$ROOT" && find preload hooks writer cli drill run program golang typed share readable sandbox -type d)
    [ -z "$wrong" ] || fail "$wrong"
}

# calls FOLDER: 'USER OWNER' for each object below the folder that uses a symbol of another one there.
calls() {
    (cd "$BUILD/obj" && objects_below "$1" | xargs nm -A) | awk '
        { object = $1; sub(/\.o:.*/, "", object) }
        $2 == "U" { users[$3] = users[$3] " " object; next }
        { owner[$3] = object }
        END {
            for (symbol in users)
                for (i = split(users[symbol], user, " "); i > 0; i--)
                    if (symbol in owner && owner[symbol] != user[i])
                        print user[i], owner[symbol]
        }' | sort -u
}

@test "no two files call each other, by however many others" {
    local part
    for part in preload writer cli drill run golang typed settings; do
        calls "$part" | tsort >/dev/null || fail "a circle in $part"
    done
}

@test "no room of preload calls a room above it" {
    local above
    above=$(calls preload | awk -v order='base libc/data state proc track tell libc/calls loader redirect routines out hold memory stopped capture contain end fault calls start' '
        BEGIN { for (i = split(order, rooms, " "); i > 0; i--) floor[rooms[i]] = i }
        function room_of(path) { path = substr(path, index(path, "/") + 1); sub("/[^/]*$", "", path); return path }
        floor[room_of($2)] > floor[room_of($1)]')
    [ -z "$above" ] || fail "$above"
}

sources() {
    (cd "$ROOT" && find share settings preload hooks writer cli drill run program golang typed scrub retain readable sandbox include man tests bench demo -name '*.[chS]' -o -path build -prune -false) | sort
}

# without_words DEPTH PATTERN FILE...: the files whose first DEPTH lines do not match the pattern (in lower case).
without_words() {
    local depth=$1 pattern=$2
    shift 2
    comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(awk -v depth="$depth" -v pattern="$pattern" 'FNR <= depth && tolower($0) ~ pattern {print FILENAME}' "$@" | sort -u)
}

@test "every source and script names its licence first" {
    local files unnamed
    cd "$ROOT"
    mapfile -t files < <(sources && printf '%s\n' build.sh .ci/run demo/run demo/arena/run bench/run bench/collecting/run tests/run tests/gates/lint)
    unnamed=$(without_words 2 'spdx-license-identifier: mit' "${files[@]}")
    [ -z "$unnamed" ] || fail "$unnamed"
}

# clang-format puts a function's closing brace, and nothing else, at the start of a line.
@test "no function is longer than 70 lines" {
    local long
    cd "$ROOT"
    long=$(sources | grep '\.c$' | xargs awk 'FNR == 1 {start = 0} /^\{/ {start = FNR}
        /^\}/ {if (start && FNR - start > 71) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0}')
    [ -z "$long" ] || fail "$long"
}

@test "no source is longer than 450 lines" {
    local long
    cd "$ROOT"
    long=$(sources | xargs wc -l | awk '$2 != "total" && $1 > 450')
    [ -z "$long" ] || fail "$long"
}

# The folders that speak one dialect of C (CONTRIBUTING.md, "Style").
DIALECT=(cli drill run program golang typed share settings readable sandbox hooks preload writer man)

@test "one dialect of C: guards, sizeof, loop variables, results, maxima, doc comments" {
    local strange
    cd "$ROOT"
    strange=$(find "${DIALECT[@]}" -name '*.[ch]' -exec awk '
        function odd(what) { print FILENAME ":" FNR ": " what ": " $0 }
        FNR == 1 { guard = ""; kind = "" }
        /^#ifndef [A-Z_0-9]+_H$/ && guard == "" {
            guard = "CRUMPLE_" toupper(FILENAME)
            gsub(/[\/.]/, "_", guard)
            if ($2 != guard) odd("a guard is CRUMPLE_ and the path")
        }
        {
            for (rest = $0; match(rest, /sizeof\(/);) {
                rest = substr(rest, RSTART + RLENGTH)
                word = rest
                sub(/[^A-Za-z_0-9].*/, "", word)
                if (word !~ /^(struct|enum|union|const|(un)?signed|int|char|long|short|float|double|bool|void|[A-Z][A-Za-z_0-9]*[a-z][A-Za-z_0-9]*|[a-z_0-9]+_t)$/)
                    odd("sizeof x for an object")
            }
        }
        /for \([a-z_]+ = / { odd("a loop declares its variable") }
        /^ *int (.*[ *,])?rc?( =.*|[,;].*)$/ { odd("a result has a name") }
        /MOST|define MAX_/ { odd("the largest number is NAME_MAX") }
        /^\/\*/ { kind = /^\/\*\*/ ? "doc" : "plain" }
        FILENAME ~ /h$/ && kind == "plain" && was_comment && /^[a-z_][a-z_0-9 ]*[ *][a-z_0-9]+\(/ && !/^(typedef|static) / {
            odd("a prototype has a /** comment */")
        }
        { was_comment = /\*\/$/ && !/;/; if (!was_comment && !/^( \*|\/\*)/) kind = "" }' {} +)
    [ -z "$strange" ] || fail "$strange"
}

@test "safe files say on their first lines that they are safe" {
    local files silent
    cd "$ROOT"
    mapfile -t files < <(safe_folders | xargs -I '{}' find '{}' -name '*.c')
    silent=$(without_words 6 safe "${files[@]}")
    [ -z "$silent" ] || fail "$silent"
}

@test "docs/recovery.md explains every reason of the policy and of the verdict" {
    local reason unexplained=''
    cd "$ROOT"
    while read -r reason; do
        grep -qF "\`$reason\`" docs/recovery.md || unexplained+="$reason; "
    done < <({
        sed -n '/^static const char \*why_not/,/^}/p; /^struct safe_policy_decision safe_policy_decide/,/why = why/p' preload/contain/policy.c
        grep -h '#define REASON_' writer/*/*.h
    } | grep -oE '"[^"]+"' | tr -d '"' | sort -u)
    [ -z "$unexplained" ] || fail "$unexplained"
}

# Table rows, and code (indented by four columns, or between fences), may be longer.
@test "no line of prose in a page is longer than 120 columns" {
    local long
    cd "$ROOT"
    long=$(find . -name '*.md' -not -path './build/*' -not -path './.git/*' -print0 | LC_ALL=C.UTF-8 xargs -0 awk '
        FNR == 1 {is_code = 0}
        /^ *```/ {is_code = !is_code}
        length > 120 && !is_code && !/^\|/ && !/^    / {print FILENAME ":" FNR ": " length " columns"}')
    [ -z "$long" ] || fail "$long"
}

@test "every link of a page leads to a file and a heading that are there" {
    cd "$ROOT"
    find . -name '*.md' -not -path './build/*' -not -path './.git/*' -exec /usr/bin/python3 tests/gates/links.py {} +
    printf '%s\n' '# A b: `c`' '[x](#a-b-c) [x](page.md#a-b-c) [x](https://example.com/#y)' >"$BATS_TEST_TMPDIR/page.md"
    /usr/bin/python3 tests/gates/links.py "$BATS_TEST_TMPDIR/page.md"
    printf '%s\n' '[x](#b)' '[x](none.md)' >>"$BATS_TEST_TMPDIR/page.md"
    run -1 /usr/bin/python3 tests/gates/links.py "$BATS_TEST_TMPDIR/page.md"
    [ "${#lines[@]}" -eq 2 ]
}

@test "docs/decisions/README.md lists every decision" {
    local unlisted
    cd "$ROOT/docs/decisions"
    unlisted=$(for page in 0*.md; do grep -qF "($page)" README.md || echo "$page"; done)
    [ -z "$unlisted" ] || fail "$unlisted"
}

# What a command leaves where it was called is easily committed with the rest.
@test "the top folder has no file but its own" {
    local strange
    [ -e "$ROOT/.git" ] || skip "no repository"
    strange=$(git -c safe.directory='*' -C "$ROOT" ls-files -- ':(glob)*' | grep -vxE '\.(clang-format|editorconfig|gitignore)|[A-Z]+\.md|LICENSE|NOTICE|Makefile|build\.sh' || true)
    [ -z "$strange" ] || fail "$strange"
}
