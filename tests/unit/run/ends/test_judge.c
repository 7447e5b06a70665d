/* SPDX-License-Identifier: MIT */
/* Which ends are events, and of which kind: every branch. */
#include <errno.h>
#include <signal.h>

#include "ends/judge.h"
#include "unit.h"

static char word[] = "server";
static char *argv[] = {word, NULL};

static struct end_facts facts(bool by_signal, int status)
{
    return (struct end_facts){.argv = argv,
                              .exe = "/usr/sbin/server",
                              .pid = 7,
                              .self = 1,
                              .end = {.by_signal = by_signal, .status = status}};
}

static struct end_facts sent(struct end_facts f, int signo, uint64_t at)
{
    f.sent_ns[signo] = at;
    return f;
}

static struct end_facts oom(struct end_facts f, uint64_t before, uint64_t after)
{
    f.has_memory = true;
    f.before.oom_kills = before;
    f.after.oom_kills = after;
    return f;
}

static void expect(struct end_facts f, enum end_kind kind)
{
    ck_assert_int_eq(end_judge(&f), kind);
}

START_TEST(what_was_wanted_is_quiet)
{
    expect(facts(false, 0), END_QUIET);
    expect(sent(facts(true, SIGTERM), SIGTERM, 5), END_QUIET);
    expect(sent(facts(false, 128 + SIGTERM), SIGTERM, 5), END_QUIET);
    expect(sent(facts(true, SIGHUP), SIGHUP, 5), END_QUIET);
    expect(sent(facts(false, 0), SIGTERM, 5), END_QUIET);
    expect(oom(facts(false, 0), 0, 1), END_QUIET); /* it has coped with it */
    expect(sent(facts(true, 64), 64, 5), END_QUIET);
    struct end_facts expected = facts(false, 1);
    expected.is_expected = true;
    expect(expected, END_QUIET);
}
END_TEST

START_TEST(another_signal_than_the_one_that_was_sent_is_none_that_was_asked_for)
{
    expect(sent(facts(true, SIGINT), SIGTERM, 5), END_SIGNAL);
    expect(sent(facts(false, 128 + SIGINT), SIGTERM, 5), END_STATUS);
    expect(sent(facts(false, 1), SIGTERM, 5), END_STATUS);
    expect(facts(true, SIGTERM), END_SIGNAL);
}
END_TEST

START_TEST(kills)
{
    expect(facts(true, SIGKILL), END_KILLED);
    expect(sent(facts(true, SIGKILL), SIGTERM, 5), END_KILLED);
    expect(oom(facts(true, SIGKILL), 3, 3), END_KILLED);
    expect(oom(facts(true, SIGKILL), 3, 4), END_OOM);
    expect(oom(facts(false, 128 + SIGKILL), 3, 4), END_OOM); /* a shell passed it on */
    expect(oom(facts(false, 1), 3, 4), END_STATUS);
    expect(oom(facts(true, SIGSEGV), 3, 4), END_SIGNAL);
    struct end_facts unknown = oom(facts(true, SIGKILL), 3, 4);
    unknown.has_memory = false;
    expect(unknown, END_KILLED);
    expect(oom(facts(true, SIGKILL), 4, 3), END_KILLED); /* of another group now */
}
END_TEST

START_TEST(statuses_and_signals)
{
    expect(facts(false, 1), END_STATUS);
    expect(facts(false, 255), END_STATUS);
    expect(facts(false, 128), END_STATUS);
    expect(facts(false, 128 + SIGKILL), END_STATUS);
    expect(facts(true, SIGSEGV), END_SIGNAL);
}
END_TEST

static struct end_facts go(struct end_facts f)
{
    f.go_dump = (struct end_text){"panic: x\n", 9};
    return f;
}

START_TEST(what_go_printed_counts_if_the_end_is_go_s)
{
    expect(go(facts(false, 2)), END_GO);
    expect(go(facts(true, SIGABRT)), END_GO);
    expect(go(facts(false, 128 + SIGABRT)), END_GO); /* a shell passed it on */
    expect(go(facts(false, 1)), END_STATUS);         /* it had lived on */
    expect(go(facts(false, 0)), END_QUIET);
    expect(go(facts(true, SIGKILL)), END_KILLED);
    expect(go(oom(facts(true, SIGKILL), 0, 1)), END_OOM);
    expect(go(facts(true, SIGSEGV)), END_SIGNAL);
    expect(facts(false, 2), END_STATUS);
    expect(sent(go(facts(false, 2)), SIGQUIT, 5), END_GO); /* who sends it asks for the goroutines */
    expect(sent(go(facts(true, SIGABRT)), SIGABRT, 5), END_GO);
    expect(sent(facts(true, SIGQUIT), SIGQUIT, 5), END_QUIET);
    struct end_facts expected = go(facts(false, 2));
    expected.is_expected = true;
    expect(expected, END_QUIET);
}
END_TEST

START_TEST(starts_that_failed_and_records_that_were_found)
{
    struct end_facts f = facts(false, 0);
    f.exec_error = ENOENT;
    expect(f, END_EXEC);
    f = facts(false, 0);
    f.is_together = true;
    expect(f, END_TOGETHER);
}
END_TEST

START_TEST(who_asked_last)
{
    struct end_facts f = facts(true, SIGKILL);
    ck_assert_int_eq(end_asked_by(&f), 0);
    f = sent(f, SIGHUP, 9); /* asks for a reload */
    ck_assert_int_eq(end_asked_by(&f), 0);
    f = sent(sent(f, SIGTERM, 5), SIGQUIT, 7);
    ck_assert_int_eq(end_asked_by(&f), SIGQUIT);
    f = sent(f, SIGINT, 8);
    ck_assert_int_eq(end_asked_by(&f), SIGINT);
}
END_TEST

START_TEST(what_is_only_logged_is_no_end)
{
    struct end_facts f = {.pid = 7, .logged = {"x", 1}};
    ck_assert_int_eq(end_judge(&f), END_LOGGED);
    ck_assert_ptr_null(end_kind_word(END_LOGGED));
}
END_TEST

START_TEST(words)
{
    ck_assert_ptr_null(end_kind_word(END_QUIET));
    ck_assert_str_eq(end_kind_word(END_EXEC), "exec");
    ck_assert_str_eq(end_kind_word(END_OOM), "oom");
    ck_assert_str_eq(end_kind_word(END_KILLED), "killed");
    ck_assert_str_eq(end_kind_word(END_SIGNAL), "signal");
    ck_assert_str_eq(end_kind_word(END_STATUS), "status");
    ck_assert_str_eq(end_kind_word(END_GO), "go");
    ck_assert_str_eq(end_kind_word(END_TOGETHER), "together");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, what_was_wanted_is_quiet);
    tcase_add_test(tests, another_signal_than_the_one_that_was_sent_is_none_that_was_asked_for);
    tcase_add_test(tests, kills);
    tcase_add_test(tests, statuses_and_signals);
    tcase_add_test(tests, what_go_printed_counts_if_the_end_is_go_s);
    tcase_add_test(tests, starts_that_failed_and_records_that_were_found);
    tcase_add_test(tests, who_asked_last);
    tcase_add_test(tests, what_is_only_logged_is_no_end);
    tcase_add_test(tests, words);
}
