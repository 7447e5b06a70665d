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

static sigset_t only(int sig)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    return set;
}

static void show(const char *when)
{
    sigset_t now, pending;
    sigprocmask(SIG_BLOCK, NULL, &now);
    sigpending(&pending);
    printf("%s: SEGV %s%s, USR1 %s\n", when, sigismember(&now, SIGSEGV) ? "blocked" : "open",
           sigismember(&pending, SIGSEGV) ? " and pending" : "",
           sigismember(&now, SIGUSR1) ? "blocked" : "open");
}

static void block(sigset_t set)
{
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void block_all(void)
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

static void fault(int sig)
{
    (void)sig;
    *(volatile int *)8 = 1;
}

static void do_nothing(int sig)
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

static void fault_in_sigsuspend(void)
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

static sigjmp_buf jump;

static void leave(int sig)
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

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
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
};

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2)
            puts(cases[i].name);
        else if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    return argc < 2 ? 0 : 2;
}
