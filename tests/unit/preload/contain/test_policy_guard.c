/* SPDX-License-Identifier: MIT */
/* Unit tests of the decision whether a guarded stretch of a thread may be left (crumple_guard). */
#include <string.h>

#include "state/thread.h"
#include "contain/policy.h"
#include "unit.h"

enum { LOW = 0x700000, HIGH = 0x800000 };

static struct safe_rule rule;

/* A thread per connection that dereferenced NULL: what containment is for. */
static struct safe_policy_facts nil_fault(enum safe_action action)
{
    struct safe_policy_facts f = {.rule = &rule, .signo = SIGSEGV, .code = SEGV_MAPERR, .address = 0x18};
    memset(&rule, 0, sizeof rule);
    strcpy(rule.pattern, "conn_*");
    rule.action = (uint8_t)action;
    f.sp = LOW + 0x80000;
    f.stack_low = LOW;
    f.stack_high = HIGH;
    f.wrapped = f.ready = f.is_named = true;
    f.sockets_owned = 1;
    f.sockets_most = 64;
    f.inbound = 1;
    f.polled = 2;
    f.restarts_most = 5;
    return f;
}

static void refused(const struct safe_policy_facts *f, const char *reason)
{
    struct safe_policy_decision d = safe_policy_decide(f);
    ck_assert_str_eq(d.reason, reason);
    ck_assert_int_eq(d.action, SAFE_ACTION_CRASH);
    ck_assert(!d.park && !d.release_reads);
}

static void allowed(const struct safe_policy_facts *f, enum safe_action action, const char *reason)
{
    struct safe_policy_decision d = safe_policy_decide(f);
    ck_assert_str_eq(d.reason, reason);
    ck_assert_int_eq(d.action, (int)action);
    ck_assert(d.asked);
}

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
