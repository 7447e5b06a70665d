/* SPDX-License-Identifier: MIT */
/* When a dump is taken, and who has the claim afterwards. The capture is a count here. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "calls/dumps.h"
#include "capture/dumper.h"
#include "crumple_format.h"
#include "fault/handler.h"
#include "state/config.h"
#include "state/fault.h"
#include "stopped/again.h"
#include "stopped/park.h"
#include "unit.h"

static struct crumple_config config;
static struct safe_state state;
static int captures, result = 12; /* the helper's pid */
static bool has_helper, was_blocked;
static char reason[128];

int safe_dumper_run(void)
{
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    was_blocked = sigismember(&now, SIGTERM) && !sigismember(&now, SIGSEGV);
    ck_assert_int_eq(state.owner, getpid());
    strcpy(reason, safe_fault.dump->reason);
    captures++;
    return result;
}

bool safe_dumper_reap(void)
{
    return !has_helper;
}

int safe_dumper_wait(int pid)
{
    ck_assert_int_eq(pid, 12);
    return CRUMPLE_WRITER_OK;
}

void safe_park_prepare(void)
{
}

void exits_context(ucontext_t *context, const struct exits_registers *here)
{
    (void)context, (void)here;
}

void safe_die(int sig, siginfo_t *info, void *made)
{
    (void)sig, (void)info, (void)made;
}

static void begin(void)
{
    config.timeout_ns = 5000000000;
    crumple_config = &config;
    safe_state = &state;
    state.pid = getpid();
}

static int call(const char *why)
{
    const struct exits_registers here = {{0}};
    return dumps_call(why, &here);
}

START_TEST(a_dump_is_taken_and_the_helper_has_the_claim)
{
    char longer[300];
    sigset_t now;
    begin();
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_int_eq(call(longer), 0);
    ck_assert_int_eq(captures, 1);
    ck_assert_int_eq(state.owner, getpid()); /* the helper, which is none here, would have changed it */
    ck_assert(was_blocked);
    ck_assert_uint_eq(strlen(reason), sizeof reason - 1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    ck_assert(!sigismember(&now, SIGTERM));
}
END_TEST

START_TEST(a_helper_that_died_with_the_claim_is_no_obstacle)
{
    begin();
    state.owner = SAFE_OWNER_DUMPER;
    ck_assert_int_eq(call(NULL), 0);
    ck_assert_int_eq(captures, 1);
}
END_TEST

START_TEST(a_dump_that_failed_gives_the_claim_back)
{
    begin();
    result = -EIO;
    ck_assert_int_eq(call(NULL), -EIO);
    ck_assert_int_eq(captures, 1);
    ck_assert_int_eq(state.owner, 0);
}
END_TEST

START_TEST(the_next_one_within_a_second_is_refused)
{
    begin();
    ck_assert_int_eq(call("one"), 0);
    state.owner = 0;
    ck_assert_int_eq(call("two"), -EAGAIN);
    ck_assert_int_eq(captures, 1);
    ck_assert_int_eq(state.owner, 0);
}
END_TEST

START_TEST(no_dump_during_a_fault_a_containment_or_another_dump)
{
    begin();
    state.owner = 4711;
    ck_assert_int_eq(call(NULL), -EAGAIN);
    ck_assert_int_eq(state.owner, 4711);
    state.owner = SAFE_OWNER_DUMPER;
    state.dumper = 1;
    ck_assert_int_eq(call(NULL), -EAGAIN);
    ck_assert_int_eq(state.owner, SAFE_OWNER_DUMPER);
    state.owner = state.dumper = 0;
    state.keeper = 12;
    ck_assert_int_eq(call(NULL), -EAGAIN);
    state.keeper = 0;
    has_helper = true;
    ck_assert_int_eq(call(NULL), -EAGAIN);
    ck_assert_int_eq(state.owner, 0);
    ck_assert_int_eq(captures, 0);
}
END_TEST

START_TEST(not_in_a_vfork_child_nor_without_crumple)
{
    ck_assert_int_eq(call(NULL), -ENOSYS);
    begin();
    state.pid = getpid() + 1;
    ck_assert_int_eq(call(NULL), -EPERM);
    ck_assert_int_eq(captures, 0);
}
END_TEST

START_TEST(a_request_is_queued_and_has_the_magic_number)
{
    siginfo_t info;
    uint32_t token = 0;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_value.sival_ptr = (void *)(CRUMPLE_DUMP_MAGIC << 32 | 77);
    ck_assert(dumps_is_request(&info, &token));
    ck_assert_uint_eq(token, 77);
    info.si_code = SI_TKILL; /* setuid() of glibc */
    ck_assert(!dumps_is_request(&info, &token));
    info.si_code = SI_QUEUE;
    info.si_value.sival_ptr = (void *)(uintptr_t)77; /* that of stopped threads has another */
    ck_assert(!dumps_is_request(&info, &token));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_dump_is_taken_and_the_helper_has_the_claim);
    tcase_add_test(tests, a_helper_that_died_with_the_claim_is_no_obstacle);
    tcase_add_test(tests, a_dump_that_failed_gives_the_claim_back);
    tcase_add_test(tests, the_next_one_within_a_second_is_refused);
    tcase_add_test(tests, no_dump_during_a_fault_a_containment_or_another_dump);
    tcase_add_test(tests, not_in_a_vfork_child_nor_without_crumple);
    tcase_add_test(tests, a_request_is_queued_and_has_the_magic_number);
}
