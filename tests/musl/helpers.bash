# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of programs of musl share: the helpers of crash tests, and the object of musl.

# shellcheck source=tests/crash/helpers.bash
source "${BASH_SOURCE[0]%/*}/../crash/helpers.bash"

# shellcheck disable=SC2034 # for the tests that load this
MUSL_SHIM=$BUILD/musl/libcrumple.so
