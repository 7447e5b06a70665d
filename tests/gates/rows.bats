#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The fault matrix: docs/faults.md and the names of the tests agree.

load helpers

ROWS=82    # a row never goes away
BENCHES=70 # the overhead: bench/costs

# What the page names: 'ROW FILE NAME' for each test, 'ROW' for each row.
page() {
    # shellcheck disable=SC2016 # the backticks are the page's
    awk '/^[0-9]+\. \*\*/ {row = $1 + 0; print row}
        /^ *- `[^`]*`: / {file = $2; gsub(/[`:]/, "", file); sub(/^ *- `[^`]*`: /, ""); print row, file, $0}' "$ROOT/docs/faults.md"
}

# The names of all tests, as 'FILE NAME'.
names() {
    (cd "$ROOT/tests" && grep -oE '^@test "[^"]*"' -- */*.bats) | sed 's/:@test "/ /; s/"$//'
}

@test "docs/faults.md lists every row once, in order" {
    local rows
    rows=$(page | awk 'NF == 1')
    [ "$rows" = "$(seq 1 "$(wc -l <<<"$rows")")" ] || fail "$rows"
    [ "$(wc -l <<<"$rows")" -ge $ROWS ]
}

@test "every row of docs/faults.md names a test that exists and carries the row" {
    local row file name missing='' tests
    tests=$(names)
    while read -r row file name; do
        awk -v wanted="$file $name" -v mark="\\\\[row ${row}[a-e]?\\\\]" '{tests = $0; sub(/( \[row [0-9]+[a-e]?\])+$/, "", tests)}
            tests == wanted && $0 ~ mark {found = 1} END {exit !found}' <<<"$tests" || missing+="$row: $file: $name"$'\n'
    done < <(page | awk 'NF > 1')
    missing+=$(comm -23 <(page | awk 'NF == 1' | sort -u) <(page | awk 'NF > 1 {print $1}' | sort -u) | grep -vx $BENCHES || true)
    [ -z "$missing" ] || fail "$missing"
}

@test "every row that a test names is in docs/faults.md, and marks stand at the ends of names" {
    local strangers
    strangers=$(comm -23 <(names | grep -oE '\[row [0-9]+' | grep -oE '[0-9]+' | sort -u) <(page | awk 'NF == 1' | sort -u))
    [ -z "$strangers" ] || fail "no row $strangers"
    strangers=$(names | sed -E 's/( \[row [0-9]+[a-e]?\])+$//' | grep -E '\[rows? |^[^ ]* rows? [0-9]' || true)
    [ -z "$strangers" ] || fail "$strangers"
}

@test "docs/musl.md says of every row whether it holds for programs of musl" {
    diff <(page | awk 'NF == 1') <(grep -oE '^\| [0-9]+ \| [a-z]' "$ROOT/docs/musl.md" | awk '{print $2}')
}
