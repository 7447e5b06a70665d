/* SPDX-License-Identifier: MIT */
/*
 * masks CASE: signals that are sent while they are blocked, or believed blocked. Each case must end and print
 * as it does without the shim; 'masks' alone names them all.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "masks.h"

sigset_t only(int sig)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    return set;
}

void show(const char *when)
{
    sigset_t now, pending;
    sigprocmask(SIG_BLOCK, NULL, &now);
    sigpending(&pending);
    printf("%s: SEGV %s%s, USR1 %s\n", when, sigismember(&now, SIGSEGV) ? "blocked" : "open",
           sigismember(&pending, SIGSEGV) ? " and pending" : "",
           sigismember(&now, SIGUSR1) ? "blocked" : "open");
}

void block(sigset_t set)
{
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void block_all(void)
{
    sigset_t all;
    sigfillset(&all);
    block(all);
}

/* From a child, so that the signal comes while the caller waits. */
static void send_soon(int sig)
{
    pid_t pid = getpid();
    fflush(stdout);
    if (fork() == 0) {
        usleep(100000);
        kill(pid, sig);
        _exit(0);
    }
}

static void mask_and_restore(int sig)
{
    sigset_t set = only(SIGUSR2), before;
    (void)sig;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void send_fault(int sig)
{
    (void)sig;
    kill(getpid(), SIGSEGV);
}

void fault(int sig)
{
    (void)sig;
    *(volatile int *)8 = 1;
}

void do_nothing(int sig)
{
    (void)sig;
}

static void narrower_mask_with_pending(void)
{
    sigset_t set = only(SIGSEGV);
    block_all();
    raise(SIGSEGV);
    show("raised");
    sigprocmask(SIG_SETMASK, &set, NULL);
    show("only SEGV");
}

static void handler_masks_and_restores(void)
{
    signal(SIGUSR1, mask_and_restore);
    block(only(SIGSEGV));
    raise(SIGUSR1);
    show("after the handler");
    kill(getpid(), SIGSEGV);
    show("sent");
}

static void sent_within_a_handler(void)
{
    signal(SIGUSR1, send_fault);
    block(only(SIGSEGV));
    raise(SIGUSR1);
    show("after the handler");
}

static void sent_in_open_sigsuspend(void)
{
    sigset_t none;
    sigemptyset(&none);
    block_all();
    send_soon(SIGSEGV);
    sigsuspend(&none);
    show("survived");
}

static void sent_in_open_ppoll(void)
{
    sigset_t none;
    struct timespec second = {5, 0};
    sigemptyset(&none);
    block(only(SIGSEGV));
    send_soon(SIGSEGV);
    ppoll(NULL, 0, &second, &none);
    show("survived");
}

static void sent_in_closed_ppoll(void)
{
    sigset_t all;
    struct timespec half = {0, 500000000};
    sigfillset(&all);
    block(only(SIGSEGV));
    send_soon(SIGSEGV);
    ppoll(NULL, 0, &half, &all);
    errno = 0;
    printf("second wait: %d %d\n", ppoll(NULL, 0, &half, &all), errno);
    show("after");
}

void fault_in_sigsuspend(void)
{
    sigset_t set;
    sigfillset(&set);
    sigdelset(&set, SIGUSR1);
    signal(SIGUSR1, fault);
    send_soon(SIGUSR1);
    sigsuspend(&set);
}

static void vfork_child_empties_its_mask(void)
{
    int status;
    pid_t pid;
    block_all();
    pid = vfork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    show("after vfork");
    kill(getpid(), SIGSEGV);
    show("sent");
}

static void *wait_for_fault(void *arg)
{
    sigset_t set = only(SIGSEGV);
    struct timespec limit = {5, 0};
    siginfo_t info;
    int sig = sigtimedwait(&set, &info, &limit);
    printf("waiter: %d code %d\n", sig, info.si_code);
    return arg;
}

static void *stay(void *arg)
{
    pause();
    return arg;
}

static void waiter_among_threads(void)
{
    pthread_t thread[4], waiter;
    block(only(SIGSEGV));
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, stay, NULL);
    pthread_create(&waiter, NULL, wait_for_fault, NULL);
    send_soon(SIGSEGV);
    pthread_join(waiter, NULL);
    show("after");
}

static void handler_set_while_pending(void)
{
    sigset_t set = only(SIGSEGV);
    block(set);
    raise(SIGSEGV);
    signal(SIGSEGV, do_nothing);
    show("handler set");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    show("unblocked");
}

static void *fault_in_thread(void *arg)
{
    fault(0);
    return arg;
}

static void fault_with_mask_of_attribute(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all;
    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setsigmask_np(&attr, &all);
    pthread_create(&thread, &attr, fault_in_thread, NULL);
    pthread_join(thread, NULL);
}

static void fault_here(void)
{
    show("inherited");
    fault(0);
}

static void fault_with_inherited_mask(void)
{
    block_all();
    execl("/proc/self/exe", "masks", "fault-here", NULL);
}

static void assert_with_returning_handler(void)
{
    signal(SIGABRT, do_nothing);
    assert(errno == 4242);
}

static void assert_with_aborts_ignored(void)
{
    signal(SIGABRT, SIG_IGN);
    assert(errno == 4242);
}

sigjmp_buf jump;

void leave(int sig)
{
    siglongjmp(jump, sig);
}

static void assert_left_by_longjmp(void)
{
    signal(SIGABRT, leave);
    if (sigsetjmp(jump, 1) == 0)
        assert(errno == 4242);
    signal(SIGABRT, do_nothing);
    raise(SIGABRT);
    puts("lives");
}

static const struct masks_case cases[] = {
    {"narrower-mask-with-pending", narrower_mask_with_pending},
    {"handler-masks-and-restores", handler_masks_and_restores},
    {"sent-within-a-handler", sent_within_a_handler},
    {"sent-in-open-sigsuspend", sent_in_open_sigsuspend},
    {"sent-in-open-ppoll", sent_in_open_ppoll},
    {"sent-in-closed-ppoll", sent_in_closed_ppoll},
    {"fault-in-sigsuspend", fault_in_sigsuspend},
    {"vfork-child-empties-its-mask", vfork_child_empties_its_mask},
    {"waiter-among-threads", waiter_among_threads},
    {"handler-set-while-pending", handler_set_while_pending},
    {"fault-with-mask-of-attribute", fault_with_mask_of_attribute},
    {"fault-with-inherited-mask", fault_with_inherited_mask},
    {"fault-here", fault_here},
    {"assert-with-returning-handler", assert_with_returning_handler},
    {"assert-with-aborts-ignored", assert_with_aborts_ignored},
    {"assert-left-by-longjmp", assert_left_by_longjmp},
};

static int run(const struct masks_case *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!name)
            puts(table[i].name);
        else if (strcmp(name, table[i].name) == 0) {
            table[i].run();
            return 0;
        }
    return 2;
}

int main(int argc, char **argv)
{
    const char *name = argc < 2 ? NULL : argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (run(cases, sizeof cases / sizeof *cases, name) == 0 ||
        run(masks_handler_cases, masks_handler_count, name) == 0 ||
        run(masks_inside_cases, masks_inside_count, name) == 0)
        return 0;
    return name ? 2 : 0;
}
