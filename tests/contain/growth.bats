#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Contained faults leave nothing behind in their process, and every one is counted. tests/long/growth.sh does 10,000.

load helpers
setup() { setup_recovery; }

@test "300 contained faults: no growth of the process, exact counts, a bounded number of bundles" {
    # shellcheck source=tests/contain/growth.bash
    source "$ROOT/tests/contain/growth.bash"
    check_growth 300 100
}
