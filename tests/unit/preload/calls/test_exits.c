/* SPDX-License-Identifier: MIT */
/* Which calls of exit are events, and what each way through the claim leaves behind. The capture is a count
 * here. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/config.h"
#include "crumple_options.h"
#include "calls/exits.h"
#include "state/claim.h"
#include "capture/dumper.h"
#include "capture/helper.h"
#include "contain/keeper.h"
#include "stopped/park.h"
#include "stopped/signal_frames.h"
#include "state/signals.h"
#include "state/fault.h"
#include "unit.h"

static struct crumple_config config;
static struct safe_state state;

static enum safe_claim claim;
static int captures, releases, yields, waits, unparked;
static bool blocked_meanwhile;

enum safe_claim safe_claim_take(int tid)
{
    if (claim == SAFE_CLAIM_MINE)
        state.owner = tid;
    return claim;
}

void safe_claim_keep(void)
{
    state.dying = 1;
}

void safe_claim_release(void)
{
    releases++;
}

void safe_claim_yield(void)
{
    state.dying = 0;
    yields++;
}

void safe_claim_wait_for_end(void)
{
    waits++;
    state.dying = 0;
}

void safe_keeper_dismiss(uint64_t ns)
{
    (void)ns;
}

bool safe_dumper_reap(void)
{
    return true;
}

void safe_park_prepare(void)
{
}

void safe_park_release(void)
{
    unparked++;
}

void safe_helper_run(void)
{
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    blocked_meanwhile = sigismember(&now, SIGTERM) && !sigismember(&now, SIGSEGV);
    captures++;
}

void safe_registers(void *ucontext)
{
    memset(ucontext, 0, sizeof(struct exits_registers));
}

/* The one frame on the stack. */
static struct safe_frame on_stack;
static bool is_live;

bool safe_frames_any(uint64_t sp, bool (*match)(const struct safe_frame *frame, const void *arg),
                     const void *arg)
{
    (void)sp;
    return on_stack.sp && match(&on_stack, arg);
}

bool safe_frame_is_live(const struct safe_frame *frame, uint64_t mask)
{
    (void)frame, (void)mask;
    return is_live;
}

static void begin(int mode)
{
    crumple_config = &config;
    safe_state = &state;
    memset(&state, 0, sizeof state);
    memset(&safe_fault, 0, sizeof safe_fault);
    state.pid = getpid();
    config.exit_mode = mode;
    claim = SAFE_CLAIM_MINE;
    captures = releases = yields = waits = unparked = 0;
}

START_TEST(the_policy_is_a_table)
{
    static const struct {
        int mode, status;
        bool is_worker, is_wanted;
    } rows[] = {
        {CRUMPLE_EXIT_OFF, 3, true, false},       {CRUMPLE_EXIT_OFF, 0, false, false},
        {CRUMPLE_EXIT_THREAD, 3, true, true},     {CRUMPLE_EXIT_THREAD, 3, false, false},
        {CRUMPLE_EXIT_THREAD, 0, true, false},    {CRUMPLE_EXIT_THREAD, -1, true, true},
        {CRUMPLE_EXIT_THREAD, 256, true, false},  {CRUMPLE_EXIT_NONZERO, 3, true, true},
        {CRUMPLE_EXIT_NONZERO, 3, false, true},   {CRUMPLE_EXIT_NONZERO, 0, true, false},
        {CRUMPLE_EXIT_NONZERO, 512, true, false}, {CRUMPLE_EXIT_ALL, 0, false, true},
        {CRUMPLE_EXIT_ALL, 0, true, true},        {CRUMPLE_EXIT_ALL, 3, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exits_facts facts = {.mode = rows[i].mode, .status = rows[i].status, .pid = 10, .tid = 10};
        facts.tid += rows[i].is_worker;
        ck_assert_msg(exits_wanted(&facts) == rows[i].is_wanted, "row %zu", i);
        facts.is_guest = true;
        ck_assert_msg(!exits_wanted(&facts), "row %zu, guest", i);
        facts.is_guest = false, facts.is_dying = true;
        ck_assert_msg(!exits_wanted(&facts), "row %zu, dying", i);
    }
}
END_TEST

START_TEST(an_exit_that_is_no_event_needs_no_look)
{
    begin(CRUMPLE_EXIT_THREAD);
    ck_assert(!exits_concern(0));
    ck_assert(exits_concern(1));
    config.exit_mode = CRUMPLE_EXIT_OFF;
    ck_assert(!exits_concern(1));
    state.dying = 1; /* but not while somebody dies */
    ck_assert(exits_concern(0));
}
END_TEST

START_TEST(libc_goes_on_with_an_exit_and_finds_all_threads_running)
{
    sigset_t before, after;
    begin(CRUMPLE_EXIT_ALL);
    sigprocmask(SIG_BLOCK, NULL, &before);
    exits_at_exit(0x103, NULL);
    sigprocmask(SIG_BLOCK, NULL, &after);
    ck_assert_int_eq(captures, 1);
    ck_assert(blocked_meanwhile);
    ck_assert_int_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    ck_assert_str_eq(safe_fault.exit_call, "exit");
    ck_assert_int_eq(safe_fault.exit_status, 3);
    ck_assert_int_eq(unparked, 1);
    ck_assert_int_eq(yields, 1);
    exits_at_exit(4, NULL); /* told: only waits for the claim, which another thread may have */
    ck_assert_int_eq(captures, 1);
    ck_assert_int_eq(releases, 1);
}
END_TEST

START_TEST(the_others_stay_stopped_where_the_kernel_ends_the_process)
{
    begin(CRUMPLE_EXIT_ALL);
    exits_quick(7);
    exits_at_quick_exit(NULL);
    ck_assert_str_eq(safe_fault.exit_call, "quick_exit");
    ck_assert_int_eq(safe_fault.exit_status, 7);
    ck_assert_int_eq(unparked + yields + releases, 0);
    ck_assert_int_eq(state.dying, 1);
}
END_TEST

START_TEST(a_fault_that_was_faster_wins)
{
    begin(CRUMPLE_EXIT_ALL);
    state.dying = 1;
    state.owner = getpid() + 1;
    exits_hold();
    ck_assert_int_eq(waits, 1);
    state.dying = 1;
    state.owner = gettid();
    exits_hold(); /* its own */
    ck_assert_int_eq(waits, 1);
    state.dying = 0;
    claim = SAFE_CLAIM_DYING;
    exits_at_exit(3, NULL);
    ck_assert_int_eq(captures, 0);
    ck_assert_int_eq(waits, 2);
    claim = SAFE_CLAIM_STUCK;
    exits_at_exit(3, NULL);
    claim = SAFE_CLAIM_NESTED;
    exits_at_exit(3, NULL);
    ck_assert_int_eq(captures + waits, 2);
}
END_TEST

START_TEST(a_vfork_child_touches_nothing)
{
    begin(CRUMPLE_EXIT_ALL);
    state.pid = getpid() + 1; /* its parent's */
    exits_at_exit(3, NULL);
    state.dying = 1;
    exits_hold();
    ck_assert_int_eq(captures + waits, 0);
    ck_assert_int_eq(state.pid, getpid() + 1);
}
END_TEST

START_TEST(the_first_thread_is_asked_for_the_fault_whose_handler_runs)
{
    static const struct {
        int code, sig;
        uint64_t pc;
        bool is_live, has_nodefer;
        bool is_event;
    } rows[] = {
        {SEGV_MAPERR, SIGSEGV, 1, true, false, true},
        {SEGV_MAPERR, SIGSEGV, 1, false, false, false}, /* the handler has left */
        {SEGV_MAPERR, SIGSEGV, 1, false, true, true},   /* its mask does not tell */
        {SEGV_MAPERR, SIGSEGV, 2, true, false, false},  /* another handler, shown that fault's exception */
        {SI_TKILL, SIGSEGV, 1, true, false, false},     /* sent */
        {1, SIGTERM, 1, true, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(CRUMPLE_EXIT_THREAD);
        safe_handled.sp = on_stack.sp = 64;
        safe_handled.pc = 1;
        on_stack.pc = rows[i].pc;
        on_stack.info.si_signo = rows[i].sig;
        on_stack.info.si_code = rows[i].code;
        is_live = rows[i].is_live;
        safe_app_action[rows[i].sig].handler = (void *)begin;
        safe_app_action[rows[i].sig].flags = rows[i].has_nodefer ? SA_NODEFER : 0;
        exits_at_exit(3, NULL);
        ck_assert_msg(captures == rows[i].is_event, "row %zu", i);
    }
}
END_TEST

/* libcheck runs each test in a forked child: its memory is its own. */
START_TEST(a_child_that_nobody_has_told_of_finds_out)
{
    begin(CRUMPLE_EXIT_ALL);
    state.pid = 0;
    exits_at_exit(3, NULL);
    ck_assert_int_eq(captures, 1);
    ck_assert_int_eq(state.pid, getpid());
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_policy_is_a_table);
    tcase_add_test(tests, an_exit_that_is_no_event_needs_no_look);
    tcase_add_test(tests, libc_goes_on_with_an_exit_and_finds_all_threads_running);
    tcase_add_test(tests, the_others_stay_stopped_where_the_kernel_ends_the_process);
    tcase_add_test(tests, a_fault_that_was_faster_wins);
    tcase_add_test(tests, the_first_thread_is_asked_for_the_fault_whose_handler_runs);
    tcase_add_test(tests, a_vfork_child_touches_nothing);
    tcase_add_test(tests, a_child_that_nobody_has_told_of_finds_out);
}
