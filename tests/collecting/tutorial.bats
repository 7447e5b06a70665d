#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The tutorial's commands, as they stand in the page, do what the page says.

load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}" LD_PRELOAD
    export HOME=$BATS_TEST_TMPDIR NO_COLOR=1 LC_ALL=C.UTF-8 TZ=UTC PAGER=cat BUILD
}

@test "docs/tutorial.md: its commands, from nothing to a contained fault and a ranked list" {
    cd "$ROOT"
    /usr/bin/python3 tests/collecting/tutorial.py docs/tutorial.md "$(low_port)"
    [ ! -e "$HOME/tutorial" ]
}

@test "docs/tutorial.md: the test sees a line that is not so" {
    printf '%s\n' '```sh' 'echo one 12 three' '```' '```text' 'one 7 three' '```' >"$HOME/page"
    /usr/bin/python3 "$ROOT/tests/collecting/tutorial.py" "$HOME/page" 1
    printf '%s\n' '```sh' 'echo one' '```' '```text' 'two' '```' >"$HOME/page"
    run -1 /usr/bin/python3 "$ROOT/tests/collecting/tutorial.py" "$HOME/page" 1
    [[ $output == *"the page has the line"*two* ]]
}
