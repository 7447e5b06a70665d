/* SPDX-License-Identifier: MIT */
/* Unit tests of where a thread of another process stands. */
#include "base/thread_call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define BYTES 77

static const struct timespec moment = {0, 1000000};

static pid_t start(void (*run)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        run();
        _exit(1);
    }
    return pid;
}

static int look_at(pid_t pid, struct thread_call *ret)
{
    char tid[16];
    snprintf(tid, sizeof tid, "%d", (int)pid);
    return thread_call_read(pid, tid, ret);
}

static void stop(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void write_into_full_pipe(void)
{
    char bytes[BYTES] = {0};
    int fds[2];
    if (pipe(fds) == 0 && dup2(fds[1], 9) == 9)
        while (syscall(SYS_write, 9, bytes, sizeof bytes) > 0)
            ;
}

static volatile int *turns; /* shared with the children */

static void compute(void)
{
    for (;; *turns = *turns < 1000 ? *turns + 1 : 1)
        ;
}

static pid_t start_computing(void)
{
    turns = mmap(NULL, sizeof *turns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(turns != MAP_FAILED);
    pid_t pid = start(compute);
    while (!*turns)
        (void)nanosleep(&moment, NULL);
    return pid;
}

START_TEST(a_write_has_its_descriptor_its_size_and_the_stack)
{
    struct thread_call call = {0};
    pid_t pid = start(write_into_full_pipe);
    for (int i = 0; i < 5000 && (look_at(pid, &call) < 0 || call.number != SYS_write); i++)
        (void)nanosleep(&moment, NULL);
    ck_assert_int_eq(call.number, SYS_write);
    ck_assert_uint_eq(call.arguments[0], 9);
    ck_assert_uint_eq(call.arguments[2], BYTES);
    ck_assert(call.sp <= call.arguments[1] &&
              call.arguments[1] - call.sp < 65536); /* the buffer is in its frame */
    stop(pid);
}
END_TEST

START_TEST(one_that_runs_or_is_gone_is_told_apart)
{
    struct thread_call call;
    pid_t pid = start_computing();
    int result = 0;
    for (int i = 0; i < 5000 && (result = look_at(pid, &call)) != -EAGAIN; i++)
        (void)nanosleep(&moment, NULL);
    ck_assert_int_eq(result, -EAGAIN);
    stop(pid);
    ck_assert_int_eq(look_at(pid, &call), -ENOENT);
}
END_TEST

/* Stopped by a signal, it stands outside of a call. */
START_TEST(one_that_is_stopped_has_a_stack_and_no_call)
{
    struct thread_call call = {0};
    pid_t pid = start_computing();
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(pid, NULL, WUNTRACED), pid);
    for (int i = 0; i < 5000 && look_at(pid, &call) < 0; i++)
        (void)nanosleep(&moment, NULL);
    ck_assert_int_eq(call.number, -1);
    ck_assert_uint_ne(call.sp, 0);
    stop(pid);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_write_has_its_descriptor_its_size_and_the_stack);
    tcase_add_test(tests, one_that_runs_or_is_gone_is_told_apart);
    tcase_add_test(tests, one_that_is_stopped_has_a_stack_and_no_call);
}
