#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What './build.sh lint' finds. That nothing warns is seen where everything is built: './build.sh test' makes warnings errors.

load helpers

clean() {
    run -0 "$ROOT/tests/gates/lint" "$1"
    [[ $output == "ok "* ]]
}

@test "clang-format would change nothing" {
    clean format
}

@test "shellcheck finds nothing in the scripts" {
    clean scripts
}

@test "shellcheck finds nothing in the tests" {
    clean tests
}

@test "cppcheck finds nothing" {
    clean cppcheck
}
