/* SPDX-License-Identifier: MIT */
/* Unit tests of the decision who may be ended: every reason, and that nothing else is refused. */
#include "policy_facts.h"

START_TEST(a_handler_that_dereferences_null_is_contained)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f = nil_fault(SAFE_ACTION_RESTART);
    allowed(&f, SAFE_ACTION_RESTART, "restart");
}
END_TEST

START_TEST(who_is_not_named_dies_unasked)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CRASH);
    refused(&f, "policy says crash");
    ck_assert(!safe_policy_decide(&f).asked);
    f.rule = NULL;
    refused(&f, "no rule names it");
    ck_assert(!safe_policy_decide(&f).asked);
    f = nil_fault(SAFE_ACTION_CONTAIN);
    f.wrapped = false;
    refused(&f, "not a thread of pthread_create");
    ck_assert(safe_policy_decide(&f).asked);
}
END_TEST

START_TEST(the_process_may_forbid_it)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.has_interpreter = true;
    refused(&f, "interpreter with a global lock");
    f.has_go = true;
    refused(&f, "go runtime");
    f.in_fork = true;
    refused(&f, "during fork");
    f.in_dlopen = true;
    refused(&f, "during dlopen");
    f.in_exit = true;
    refused(&f, "during exit");
    f.ready = false;
    refused(&f, "not ready");
    f.wrapped = false;
    refused(&f, "not a thread of pthread_create");
}
END_TEST

/* signal, code, address; the reason by default, and with 'wide'; NULL: allowed. */
static const struct {
    int signo, code;
    uint64_t address;
    const char *plain, *wide;
} faults[] = {
    {SIGSEGV, SEGV_MAPERR, 0, NULL, NULL},
    {SIGSEGV, SEGV_ACCERR, 0xffff, NULL, NULL},
    {SIGSEGV, SEGV_MAPERR, 0x10000, "wild address", NULL},
    {SIGSEGV, 4 /* SEGV_PKUERR */, 0x10000, "wild address", NULL},
    {SIGSEGV, 0x80 /* SI_KERNEL: not canonical */, 0, "wild address", NULL},
    {SIGSEGV, 10 /* SEGV_CPERR: shadow stack */, 0, "signal is never contained", "signal is never contained"},
    {SIGBUS, BUS_ADRERR, 0x7f0000000000, "wild address", NULL},
    {SIGBUS, BUS_ADRALN, 0x7f0000000001, "wild address", NULL},
    {SIGBUS, BUS_ADRERR, 8, NULL, NULL},
    {SIGBUS, 4 /* BUS_MCEERR_AR */, 0, "signal is never contained", "signal is never contained"},
    {SIGFPE, FPE_INTDIV, 0x401000, NULL, NULL},
    {SIGILL, ILL_ILLOPN, 0x401000, "illegal instruction", NULL},
    {SIGTRAP, TRAP_BRKPT, 0, "signal is never contained", "signal is never contained"},
    {SIGSYS, 1, 0, "signal is never contained", "signal is never contained"},
    {SIGSEGV, SI_USER, 0, "sent by kill", "sent by kill"},
    {SIGSEGV, SI_TKILL, 0, "sent by kill", "sent by kill"},
};

START_TEST(faults_are_judged_by_signal_code_and_address)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.signo = faults[_i].signo;
    f.code = faults[_i].code;
    f.address = faults[_i].address;
    ck_assert_str_eq(safe_policy_decide(&f).reason, faults[_i].plain ? faults[_i].plain : "contain");
    rule.wide = true;
    ck_assert_str_eq(safe_policy_decide(&f).reason, faults[_i].wide ? faults[_i].wide : "contain");
}
END_TEST

START_TEST(the_cause_counts_more_than_the_signal)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.signo = SIGABRT;
    f.code = SI_TKILL;
    f.cause = SAFE_CAUSE_ABORT;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.cause = SAFE_CAUSE_EXCEPTION;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.cause = SAFE_CAUSE_SENT;
    refused(&f, "sent by kill");
    f.cause = SAFE_CAUSE_LIBC;
    refused(&f, "heap corruption or a check of libc");
    f.was_handled = true;
    refused(&f, "the program's own handler has had it");
}
END_TEST

START_TEST(the_stack_must_have_room)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    rule.wide = true;
    f.sp = LOW + 16384;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.sp--;
    refused(&f, "stack nearly used up");
    f.address = f.sp - 4096;
    refused(&f, "stack overflow");
    f.sp = LOW - 8192; /* in the guard page */
    f.address = f.sp - 8;
    refused(&f, "stack overflow");
    f.address = 0;
    refused(&f, "not on its own stack");
    f.sp = HIGH;
    refused(&f, "not on its own stack");
    f.sp = HIGH - 8;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
}
END_TEST

START_TEST(an_address_near_the_stack_is_no_overflow_while_there_is_room)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    rule.wide = true;
    f.address = f.sp - 64;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.sp = LOW + 100;
    f.address = f.sp - 64;
    f.cause = SAFE_CAUSE_ABORT; /* no address */
    refused(&f, "stack nearly used up");
}
END_TEST

START_TEST(a_held_lock_refuses)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.locks_held = 1;
    refused(&f, "a lock is held");
    f.locks_held = 3;
    f.read_locks_held = 2;
    refused(&f, "a lock is held");
    f.file_held = true;
    refused(&f, "holds a locked FILE");
    f.locks_held = f.read_locks_held = 0;
    refused(&f, "holds a locked FILE");
}
END_TEST

START_TEST(a_reader_that_faults_gives_its_locks_back)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    ck_assert(!safe_policy_decide(&f).release_reads);
    f.locks_held = f.read_locks_held = 2;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    ck_assert(safe_policy_decide(&f).release_reads);
    f.role = SAFE_ROLE_ACCEPTS; /* a later refusal releases nothing */
    refused(&f, "event loop");
    f.role = 0;
    f.cause = SAFE_CAUSE_ABORT;
    refused(&f, "a lock is held");
    f = nil_fault(SAFE_ACTION_RESTART);
    f.locks_held = f.read_locks_held = 1;
    refused(&f, "a lock is held");
}
END_TEST

/* role, descriptors polled, connections served; the reason, NULL: contained. */
static const struct {
    uint8_t role;
    uint16_t polled, inbound;
    const char *reason;
} roles[] = {
    {0, 0, 0, NULL},
    {0, 4, 1, NULL}, /* a proxy's handler with its two sockets, a signal's pipe and a timer */
    {SAFE_ROLE_WAITS, 1, 1, NULL},
    {0, 5, 1, "event loop"},
    {SAFE_ROLE_ACCEPTS, 0, 0, "event loop"},
    {SAFE_ROLE_ACCEPTS | SAFE_ROLE_EPOLLS, 0, 2, "event loop"},
    {SAFE_ROLE_EPOLLS, 0, 12, "pool worker"}, /* memcached's */
    {SAFE_ROLE_EPOLLS, 0, 0, "pool worker"},
    {SAFE_ROLE_FED | SAFE_ROLE_WAITS, 0, 1, "pool worker"},
    {0, 2, 2, "pool worker"},
};

START_TEST(whom_others_wait_for_is_not_contained_but_restarted)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.role = roles[_i].role;
    f.polled = roles[_i].polled;
    f.inbound = roles[_i].inbound;
    ck_assert_str_eq(safe_policy_decide(&f).reason, roles[_i].reason ? roles[_i].reason : "contain");
    rule.action = SAFE_ACTION_RESTART;
    allowed(&f, SAFE_ACTION_RESTART, "restart");
}
END_TEST

START_TEST(who_owes_a_wakeup_is_not_contained_but_restarted)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.owes_wakeup = true;
    refused(&f, "a wakeup is owed");
    f.is_background = true, refused(&f, "older than any connection");
    rule.action = SAFE_ACTION_RESTART;
    allowed(&f, SAFE_ACTION_RESTART, "restart");
}
END_TEST

START_TEST(a_client_that_could_not_be_told_refuses)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.has_shared = true, f.role = SAFE_ROLE_SERVED; /* it has one of its own beside */
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.sockets_owned = 0;
    refused(&f, "its connection is not its own");
    f.has_shared = false, f.is_server = true, refused(&f, "it serves no connection");
}
END_TEST

START_TEST(a_life_has_so_many_contained_faults)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.ended = 31;
    f.ended_most = 32;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.ended = 32;
    refused(&f, "contained too often");
    rule.action = SAFE_ACTION_RESTART; /* has limits of its own, and may be told to live on */
    allowed(&f, SAFE_ACTION_RESTART, "restart");
    rule.action = SAFE_ACTION_CONTAIN;
    f.ended_most = 0;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
}
END_TEST

START_TEST(only_a_named_routine_is_run_again)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_RESTART);
    f.is_named = false;
    refused(&f, "restart of a routine the policy does not name");
    f.is_std_thread = true;
    refused(&f, "restart of a std::thread");
    f.is_named = true;
    refused(&f, "restart of a std::thread");
    rule.action = SAFE_ACTION_CONTAIN;
    f.is_named = false;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
}
END_TEST

START_TEST(the_budget_of_leaked_sockets_ends)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.sockets_leaked = 63;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
    f.sockets_owned = 2;
    refused(&f, "leaked sockets at their limit");
    f.sockets_leaked = UINT32_MAX; /* no overflow */
    refused(&f, "leaked sockets at their limit");
    f.sockets_leaked = 64;
    f.sockets_owned = 0;
    allowed(&f, SAFE_ACTION_CONTAIN, "contain");
}
END_TEST

START_TEST(an_open_breaker_refuses_or_parks)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_CONTAIN);
    f.routine_open = true;
    refused(&f, "breaker open");
    f = nil_fault(SAFE_ACTION_RESTART);
    f.routine_open = true;
    refused(&f, "breaker open");
    rule.after = SAFE_AFTER_PARK;
    allowed(&f, SAFE_ACTION_RESTART, "park");
    ck_assert(safe_policy_decide(&f).park);
}
END_TEST

START_TEST(too_many_restarts_kill_or_park)
{
    struct safe_policy_facts f = nil_fault(SAFE_ACTION_RESTART);
    f.restarts_recent = 4;
    allowed(&f, SAFE_ACTION_RESTART, "restart");
    f.restarts_recent = 5;
    refused(&f, "restarted too often");
    rule.after = SAFE_AFTER_PARK;
    allowed(&f, SAFE_ACTION_RESTART, "park");
    ck_assert(safe_policy_decide(&f).park);
    f.sockets_leaked = 64;
    refused(&f, "leaked sockets at their limit");
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool matches;
} globs[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "anything", true},
    {"**", "", true},
    {"conn_*", "conn_main", true},
    {"conn_*", "conn", false},
    {"*_worker", "http_worker", true},
    {"*_worker", "http_workers", false},
    {"*a*b*", "xaxbx", true},
    {"*a*b*", "xbxax", false},
    {"*ab", "aaab", true},
    {"?", "", false},
    {"?", "x", true},
    {"a?c", "abc", true},
    {"[abc]x", "bx", true},
    {"[abc]x", "dx", false},
    {"[a-c]x", "bx", true},
    {"[!a-c]x", "bx", false},
    {"[^a-c]x", "dx", true},
    {"[]]", "]", true},
    {"[!]]", "]", false},
    {"[a-]", "-", true},
    {"[\\]]", "]", true},
    {"[z-a]", "m", false},
    {"[", "[", true},
    {"[a", "[a", true},
    {"\\*", "*", true},
    {"\\*", "x", false},
    {"\\[x]", "[x]", true},
    {"a\\", "a\\", true},
    {"*::{lambda}", "Server::start::{lambda}", true},
    {"app+0x12*", "app+0x1234", true},
};

START_TEST(globs_match_as_those_of_a_shell)
{
    ck_assert_msg(rules_glob(globs[_i].pattern, globs[_i].text) == globs[_i].matches, "'%s' on '%s'",
                  globs[_i].pattern, globs[_i].text);
}
END_TEST

START_TEST(a_hostile_glob_ends_soon)
{
    char pattern[SAFE_PATTERN_BYTES], text[4096];
    size_t i;
    for (i = 0; i + 2 < sizeof pattern; i += 2)
        memcpy(pattern + i, "*a", 2);
    strcpy(pattern + i, "b");
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert(!rules_glob(pattern, text));
}
END_TEST

static const struct safe_rule rules[] = {
    {"conn_*", SAFE_ACTION_CONTAIN, 0, false},
    {"game::*", SAFE_ACTION_RESTART, 0, false},
    {"net-?", SAFE_ACTION_CONTAIN, 0, true},
    {"??*", SAFE_ACTION_CRASH, 0, false},
};

START_TEST(the_first_rule_that_matches_any_name_decides)
{
    static const char names[] = "game::cleanup\0_ZN4game7cleanupEPv\0arena+0x1200\0";
    bool named = true;
    ck_assert_ptr_eq(rules_match(rules, 4, names, "conn_7", &named), &rules[0]);
    ck_assert(named); /* by the thread's name */
    ck_assert_ptr_eq(rules_match(rules, 4, names, "net-1", &named), &rules[1]);
    ck_assert(named);
    ck_assert_ptr_eq(rules_match(rules, 4, "accept_loop\0", "net-1", &named), &rules[2]);
    ck_assert(named);
    ck_assert_ptr_eq(rules_match(rules, 4, "accept_loop\0", "main", &named), &rules[3]);
    ck_assert(!named); /* nothing but wildcards */
    ck_assert_ptr_null(rules_match(rules, 3, "accept_loop\0", "main", &named));
    ck_assert_ptr_null(rules_match(rules, 4, NULL, NULL, &named));
    ck_assert_ptr_null(rules_match(rules, 0, names, "x", &named));
    ck_assert(!named);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_handler_that_dereferences_null_is_contained);
    tcase_add_test(tests, who_is_not_named_dies_unasked);
    tcase_add_test(tests, the_process_may_forbid_it);
    tcase_add_loop_test(tests, faults_are_judged_by_signal_code_and_address, 0,
                        sizeof faults / sizeof *faults);
    tcase_add_test(tests, the_cause_counts_more_than_the_signal);
    tcase_add_test(tests, the_stack_must_have_room);
    tcase_add_test(tests, an_address_near_the_stack_is_no_overflow_while_there_is_room);
    tcase_add_test(tests, a_held_lock_refuses);
    tcase_add_test(tests, a_reader_that_faults_gives_its_locks_back);
    tcase_add_loop_test(tests, whom_others_wait_for_is_not_contained_but_restarted, 0,
                        sizeof roles / sizeof *roles);
    tcase_add_test(tests, who_owes_a_wakeup_is_not_contained_but_restarted);
    tcase_add_test(tests, a_client_that_could_not_be_told_refuses);
    tcase_add_test(tests, a_life_has_so_many_contained_faults);
    tcase_add_test(tests, only_a_named_routine_is_run_again);
    tcase_add_test(tests, the_budget_of_leaked_sockets_ends);
    tcase_add_test(tests, an_open_breaker_refuses_or_parks);
    tcase_add_test(tests, too_many_restarts_kill_or_park);
    tcase_add_loop_test(tests, globs_match_as_those_of_a_shell, 0, sizeof globs / sizeof *globs);
    tcase_add_test(tests, a_hostile_glob_ends_soon);
    tcase_add_test(tests, the_first_rule_that_matches_any_name_decides);
}
