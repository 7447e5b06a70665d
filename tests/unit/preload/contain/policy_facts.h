/* SPDX-License-Identifier: MIT */
/* The usual facts of a fault, and what is expected of the decision: for the unit tests of the policy. */
#ifndef CRUMPLE_TESTS_POLICY_FACTS_H
#define CRUMPLE_TESTS_POLICY_FACTS_H

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

#endif
