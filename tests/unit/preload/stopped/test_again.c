/* SPDX-License-Identifier: MIT */
/* Which interrupted calls are made again after a dump: the context of each is made by hand. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stopped/again.h"
#include "unit.h"

#define AT 64 /* in the page of code: the instruction after the call */

static unsigned char *code;
static ucontext_t context;

/* "mov $number, %eax; syscall", interrupted. */
static void interrupted(unsigned number, size_t at)
{
    const unsigned char call[] = {0xb8, (unsigned char)number, (unsigned char)(number >> 8), 0, 0, 0x0f,
                                  0x05};
    if (!code)
        code = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(&context, 0, sizeof context);
    memcpy(code + at - sizeof call, call, sizeof call);
    context.uc_mcontext.gregs[REG_RIP] = (greg_t)(code + at);
    context.uc_mcontext.gregs[REG_RAX] = -EINTR;
}

static void stays(void)
{
    const greg_t pc = context.uc_mcontext.gregs[REG_RIP], result = context.uc_mcontext.gregs[REG_RAX];
    ck_assert(!safe_again(&context));
    ck_assert_int_eq(context.uc_mcontext.gregs[REG_RIP], pc);
    ck_assert_int_eq(context.uc_mcontext.gregs[REG_RAX], result);
}

START_TEST(a_wait_is_made_again)
{
    static const unsigned calls[] = {SYS_epoll_wait, SYS_poll,  SYS_ppoll,    SYS_clock_nanosleep,
                                     SYS_futex,      SYS_pause, SYS_recvfrom, 441 /* epoll_pwait2 */};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        interrupted(calls[i], AT);
        ck_assert(safe_again(&context));
        ck_assert_ptr_eq((void *)context.uc_mcontext.gregs[REG_RIP], code + AT - 2);
        ck_assert_int_eq(context.uc_mcontext.gregs[REG_RAX], calls[i]);
    }
}
END_TEST

START_TEST(what_may_have_had_an_effect_is_not)
{
    static const unsigned calls[] = {SYS_connect, SYS_close, SYS_wait4, SYS_sendmmsg, 60000};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        interrupted(calls[i], AT);
        stays();
    }
}
END_TEST

START_TEST(what_has_succeeded_or_failed_otherwise_is_not)
{
    interrupted(SYS_poll, AT);
    context.uc_mcontext.gregs[REG_RAX] = 1;
    stays();
    context.uc_mcontext.gregs[REG_RAX] = -EAGAIN;
    stays();
}
END_TEST

START_TEST(a_number_that_is_not_in_the_instruction_before_is_not_known)
{
    interrupted(SYS_poll, AT);
    code[AT - 7] = 0x89; /* mov %esi, %eax ... */
    stays();
    interrupted(SYS_poll, AT);
    code[AT - 1] = 0x34; /* sysenter */
    stays();
}
END_TEST

START_TEST(instructions_before_the_page_are_not_looked_at)
{
    interrupted(SYS_poll, 4096 + 6);
    stays();
    ck_assert_int_eq(munmap(code, 4096), 0);
    code += 4096;
    context.uc_mcontext.gregs[REG_RIP] = (greg_t)code;
    stays();
}
END_TEST

START_TEST(another_signal_that_is_due_ends_the_call)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGTERM);
    sigprocmask(SIG_BLOCK, &one, NULL); /* as in the handler */
    raise(SIGTERM);
    interrupted(SYS_pause, AT);
    stays();
    /* Of a call with a mask of its own the context has the mask afterwards: it ends the call that is made again. */
    sigaddset(&context.uc_sigmask, SIGTERM);
    ck_assert(safe_again(&context));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_wait_is_made_again);
    tcase_add_test(tests, what_may_have_had_an_effect_is_not);
    tcase_add_test(tests, what_has_succeeded_or_failed_otherwise_is_not);
    tcase_add_test(tests, a_number_that_is_not_in_the_instruction_before_is_not_known);
    tcase_add_test(tests, instructions_before_the_page_are_not_looked_at);
    tcase_add_test(tests, another_signal_that_is_due_ends_the_call);
}
