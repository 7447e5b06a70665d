/* SPDX-License-Identifier: MIT */
/* Handlers whose own mask names a synchronous signal, and handlers that come after the mask. */
#include "masks.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- handlers: masks of theirs, and handlers that come after the mask ------------------------------------
 */

static void say(const char *text)
{
    (void)!write(1, text, strlen(text));
}

static void say_bus(int sig)
{
    (void)sig;
    say("bus\n");
}

static void raise_bus(int sig)
{
    (void)sig;
    say("begins\n");
    raise(SIGBUS);
    say("ends\n");
}

static void kill_bus(int sig)
{
    (void)sig;
    say("begins\n");
    kill(getpid(), SIGBUS);
    say("ends\n");
}

static void raise_usr2(int sig)
{
    (void)sig;
    say("outer begins\n");
    raise(SIGUSR2);
    say("outer ends\n");
}

static void open_and_raise_bus(int sig)
{
    sigset_t set = only(SIGBUS);
    (void)sig;
    say("begins\n");
    raise(SIGBUS);
    say("held back\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say("opened\n");
    raise(SIGBUS);
    say("ends\n");
}

static void handle(int sig, void (*handler)(int), int masked, int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    action.sa_mask = only(masked);
    sigaction(sig, &action, NULL);
}

static void handler_holds_back(void)
{
    handle(SIGUSR1, raise_bus, SIGBUS, 0);
    signal(SIGBUS, say_bus);
    raise(SIGUSR1);
    handle(SIGUSR1, kill_bus, SIGBUS, SA_NODEFER | SA_RESTART);
    signal(SIGBUS, say_bus);
    handle(SIGSEGV, raise_bus, SIGBUS, 0);
    raise(SIGSEGV);
    show("after");
}

static void handler_holds_back_the_default(void)
{
    handle(SIGUSR1, raise_bus, SIGBUS, 0);
    raise(SIGUSR1);
    say("never\n");
}

static void handler_holds_back_what_is_sent_to_all(void)
{
    handle(SIGUSR1, kill_bus, SIGBUS, SA_SIGINFO);
    raise(SIGUSR1);
    say("never\n");
}

static void outer_handler_holds_back(void)
{
    handle(SIGUSR1, raise_usr2, SIGBUS, 0);
    handle(SIGUSR2, raise_bus, SIGHUP, 0);
    raise(SIGUSR1);
}

static void handler_on_own_stack_holds_back(void)
{
    static char memory[65536];
    sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = sizeof memory}, NULL);
    handle(SIGUSR1, raise_usr2, SIGBUS, SA_ONSTACK);
    handle(SIGUSR2, raise_bus, SIGHUP, 0);
    signal(SIGBUS, say_bus);
    raise(SIGUSR1);
}

static void handler_opens_what_it_holds_back(void)
{
    handle(SIGUSR1, open_and_raise_bus, SIGBUS, 0);
    signal(SIGBUS, say_bus);
    raise(SIGUSR1);
}

static void handler_opens_the_default(void)
{
    handle(SIGUSR1, open_and_raise_bus, SIGBUS, 0);
    raise(SIGUSR1);
}

/* The frame of a handler that has returned lies in memory of a function that has not written it. */
static __attribute__((noinline)) void raise_above_leftovers(void)
{
    volatile char leftovers[16384] __attribute__((unused));
    leftovers[0] = 1;
    raise(SIGBUS);
    say("survived\n");
}

static void leftover_of_a_handler(void)
{
    handle(SIGUSR1, do_nothing, SIGBUS, SA_SIGINFO);
    raise(SIGUSR1);
    raise_above_leftovers();
}

static void handled_after_it_was_masked(void)
{
    sigset_t set = only(SIGBUS);
    block(set);
    signal(SIGBUS, say_bus);
    raise(SIGBUS);
    kill(getpid(), SIGBUS);
    say("sent\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void masked_after_it_was_handled(void)
{
    sigset_t set = only(SIGBUS), all;
    sigfillset(&all);
    signal(SIGBUS, say_bus);
    block(set);
    raise(SIGBUS);
    say("sent\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    block(all);
    raise(SIGBUS);
    show("sent again");
    sigprocmask(SIG_SETMASK, &set, NULL);
    show("only BUS");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    show("open");
}

static void exit_three(int sig)
{
    (void)sig;
    _exit(3);
}

static void fault_blocked_with_handler(void)
{
    signal(SIGSEGV, exit_three);
    block_all();
    fault(0);
}

static void fault_alone_blocked_with_handler(void)
{
    signal(SIGSEGV, exit_three);
    block(only(SIGSEGV));
    fault(0);
}

static void fault_in_sigsuspend_with_handler(void)
{
    signal(SIGSEGV, exit_three);
    fault_in_sigsuspend();
}

static void fault_blocked_before_its_handler(void)
{
    block_all();
    signal(SIGSEGV, exit_three);
    fault(0);
}

/* The mask is left by siglongjmp, which no hook sees: the handler is to run. */
static void fault_after_the_mask_was_left(void)
{
    signal(SIGSEGV, leave);
    if (sigsetjmp(jump, 1) == 0) {
        block_all();
        siglongjmp(jump, 1);
    }
    if (sigsetjmp(jump, 1) == 0)
        fault(0);
    show("mended");
    if (sigsetjmp(jump, 1) == 0) {
        block(only(SIGSEGV));
        siglongjmp(jump, 1);
    }
    if (sigsetjmp(jump, 1) == 0)
        fault(0);
    show("mended again");
}

static void *fault_in_a_quiet_thread(void *arg)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    fault(0);
    return arg;
}

static void quiet_thread_faults_with_handler(void)
{
    pthread_t thread;
    signal(SIGSEGV, exit_three);
    pthread_create(&thread, NULL, fault_in_a_quiet_thread, NULL);
    pthread_join(thread, NULL);
}

/* --- waits with a mask of their own ----------------------------------------------------------------------
 */

static void wait_open(int kind)
{
    const struct timespec second = {1, 0};
    struct epoll_event event;
    sigset_t none;
    sigemptyset(&none);
    if (kind == 0)
        sigsuspend(&none);
    else if (kind == 1)
        ppoll(NULL, 0, &second, &none);
    else if (kind == 2)
        pselect(0, NULL, NULL, NULL, &second, &none);
    else
        epoll_pwait(epoll_create1(0), &event, 1, 1000, &none);
}

static void say_usr2(int sig)
{
    (void)sig;
    say("usr2\n");
}

/* The handler runs with the mask of the wait: another signal that only the wait lets in comes to it. */
static void wait_lets_in(int sig, int flags)
{
    int kind;
    for (kind = 0; kind < 4; kind++) {
        handle(sig, raise_usr2, 0, flags);
        handle(SIGUSR2, say_usr2, 0, 0);
        block(only(sig));
        block(only(SIGUSR2));
        raise(sig);
        wait_open(kind);
        show("after the wait");
    }
}

static void handler_in_a_wait(void)
{
    wait_lets_in(SIGBUS, 0);
    wait_lets_in(SIGUSR1, SA_ONSTACK);
}

/* A sandbox that refuses rt_sigprocmask: the handlers do not need it. */
static void handler_behind_a_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof code / sizeof *code, code};
    handle(SIGBUS, say_bus, 0, 0);
    handle(SIGUSR2, say_usr2, 0, SA_ONSTACK);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
    kill(getpid(), SIGBUS);
    kill(getpid(), SIGUSR2);
    say("lives\n");
}

static void say_action(const char *when)
{
    struct sigaction now;
    char line[160];
    sigaction(SIGUSR1, NULL, &now);
    snprintf(line, sizeof line, "%s: %s, flags %x, holds back TERM %d, BUS %d\n", when,
             now.sa_handler == SIG_DFL ? "default" : "handler", (unsigned)now.sa_flags,
             sigismember(&now.sa_mask, SIGTERM), sigismember(&now.sa_mask, SIGBUS));
    say(line);
}

/* What the kernel has reset by itself reads back as the program set it. */
static void handler_once(void)
{
    handle(SIGUSR1, say_usr2, SIGTERM, (int)SA_RESETHAND | SA_ONSTACK);
    say_action("before");
    raise(SIGUSR1);
    say_action("after");
    handle(SIGUSR1, say_usr2, SIGBUS, SA_ONSTACK);
    say_action("again");
    signal(SIGUSR1, SIG_DFL);
    say_action("default");
}

const struct masks_case masks_handler_cases[] = {
    {"handler-holds-back", handler_holds_back},
    {"handler-holds-back-the-default", handler_holds_back_the_default},
    {"handler-holds-back-what-is-sent-to-all", handler_holds_back_what_is_sent_to_all},
    {"outer-handler-holds-back", outer_handler_holds_back},
    {"handler-on-own-stack-holds-back", handler_on_own_stack_holds_back},
    {"handler-opens-what-it-holds-back", handler_opens_what_it_holds_back},
    {"handler-opens-the-default", handler_opens_the_default},
    {"leftover-of-a-handler", leftover_of_a_handler},
    {"handled-after-it-was-masked", handled_after_it_was_masked},
    {"masked-after-it-was-handled", masked_after_it_was_handled},
    {"fault-blocked-with-handler", fault_blocked_with_handler},
    {"fault-alone-blocked-with-handler", fault_alone_blocked_with_handler},
    {"fault-in-sigsuspend-with-handler", fault_in_sigsuspend_with_handler},
    {"fault-blocked-before-its-handler", fault_blocked_before_its_handler},
    {"fault-after-the-mask-was-left", fault_after_the_mask_was_left},
    {"quiet-thread-faults-with-handler", quiet_thread_faults_with_handler},
    {"handler-in-a-wait", handler_in_a_wait},
    {"handler-behind-a-filter", handler_behind_a_filter},
    {"handler-once", handler_once},
};
const size_t masks_handler_count = sizeof masks_handler_cases / sizeof *masks_handler_cases;
