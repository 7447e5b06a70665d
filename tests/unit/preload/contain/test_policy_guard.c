/* SPDX-License-Identifier: MIT */
/* Unit tests of the decision whether a guarded stretch of a thread may be left (crumple_guard). */
#include "policy_facts.h"

/* The thread goes on: what others have of it counts only as far as the stretch owes it. */
START_TEST(a_guarded_stretch_may_be_left_in_any_role_but_under_no_lock)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.is_guard = true;
    f.role = SAFE_ROLE_ACCEPTS | SAFE_ROLE_EPOLLS | SAFE_ROLE_FED;
    f.inbound = 9;
    f.is_background = f.is_server = f.has_shared = true;
    f.sockets_owned = 0;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.owes_wakeup = true;
    refused(&f, "a wakeup is owed");
    f.owes_wakeup = false;
    f.locks_held = f.read_locks_held = 1;
    refused(&f, "a lock is held");
    f.locks_held = f.read_locks_held = 0;
    f.routine_open = true;
    refused(&f, "breaker open");
    f = nil_fault(SAFE_ACTION_RESTART);
    f.is_guard = true;
    refused(&f, "restart of a guarded function");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_guarded_stretch_may_be_left_in_any_role_but_under_no_lock);
}
