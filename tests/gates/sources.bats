#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The shape of the sources: which folder may know which, first lines, and lengths.

load helpers

# includes_of FOLDER: 'FILE HEADER FOLDER' for every include in quotes, with the folder where the header lies.
includes_of() {
    local file header folder
    for file in "$ROOT/$1"/*.[chS]; do
        [ -f "$file" ] || continue
        sed -n 's/^ *# *include "\(.*\)".*/\1/p' "$file" | while read -r header; do
            for folder in "$1" include sandbox preload hooks writer cli nowhere; do
                [ ! -f "$ROOT/$folder/$(basename "$header")" ] || break
            done
            echo "$1/$(basename "$file") $header $folder"
        done
    done
}

# may_include FOLDER OTHER...: headers of its own and of the other folders, and no others.
may_include() {
    local strangers
    strangers=$(includes_of "$1" | grep -vE " ($(IFS='|' && echo "$*"))\$" || true)
    [ -z "$strangers" ] || fail "$strangers"
}

@test "hooks know preload and include, and nobody else" {
    may_include hooks preload include
}

@test "preload knows include, and nobody else" {
    may_include preload include
}

@test "the sandbox knows nobody" {
    may_include sandbox
}

@test "the writer knows include and the sandbox, and nobody else" {
    may_include writer include sandbox
}

@test "the CLI knows include and the sandbox, and nobody else" {
    may_include cli include sandbox
}

sources() {
    (cd "$ROOT" && find preload hooks writer cli sandbox include tests bench demo -name '*.[chS]' -o -path build -prune -false) | sort
}

@test "every source and script names its licence first" {
    local file unnamed=''
    cd "$ROOT"
    for file in $(sources) build.sh .ci/run demo/run demo/arena/run bench/run tests/run tests/gates/lint; do
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT' || unnamed+="$file "
    done
    [ -z "$unnamed" ] || fail "$unnamed"
}

# clang-format puts a function's closing brace, and nothing else, at the start of a line.
@test "no function is longer than 70 lines" {
    local long
    cd "$ROOT"
    long=$(for file in $(sources | grep '\.c$'); do
        awk -v file="$file" '/^\{/ {start = NR} /^\}/ {if (start && NR - start > 71) print file ":" start ": " NR - start - 1 " lines"; start = 0}' "$file"
    done)
    [ -z "$long" ] || fail "$long"
}

@test "no source is longer than 450 lines" {
    local long
    cd "$ROOT"
    long=$(sources | xargs wc -l | awk '$2 != "total" && $1 > 450')
    [ -z "$long" ] || fail "$long"
}

@test "safe files say on their first lines that they are safe" {
    local file silent=''
    cd "$ROOT"
    for file in preload/safe_*.c; do
        head -n 6 "$file" | grep -qi 'safe' || silent+="$file "
    done
    [ -z "$silent" ] || fail "$silent"
}

@test "docs/recovery.md explains every reason of the policy and of the verdict" {
    local reason unexplained=''
    cd "$ROOT"
    while read -r reason; do
        grep -qF "\`$reason\`" docs/recovery.md || unexplained+="$reason; "
    done < <({
        sed -n '/^static const char \*why_not/,/^}/p; /^struct safe_policy_decision safe_policy_decide/,/why = why/p' preload/safe_policy.c
        grep -h '#define REASON_' writer/*.h
    } | grep -oE '"[^"]+"' | tr -d '"' | sort -u)
    [ -z "$unexplained" ] || fail "$unexplained"
}
