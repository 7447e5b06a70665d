/* SPDX-License-Identifier: MIT */
/* Applications that handle their own faults (row 61), and children that die instead of their parent (row 58).
 */
#include "victim.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf recovery_point;

static void say(const char *line)
{
    if (write(STDOUT_FILENO, line, strlen(line)) < 0)
        _exit(70);
}

static void install(void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSEGV, &action, NULL) != 0)
        give_up("sigaction");
}

static void jump_back(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=recovers\n");
    siglongjmp(recovery_point, 1);
}

/* (a) A runtime that expects its faults, three times over, and goes on. */
static void recover(void (*handler)(int, siginfo_t *, void *))
{
    announce();
    install(handler, 0);
    for (volatile int round = 0; round < 3; round++) {
        if (sigsetjmp(recovery_point, 1) == 0)
            write_through_null();
    }
}

static void handler_recovers(char **arguments)
{
    (void)arguments;
    recover(jump_back);
    _exit(0);
}

/* In its memory, which it does not fill, the signal frames of the handlers that have run are still there. */
__attribute__((noinline)) static void exit_over_leftovers(void)
{
    volatile char unused[16384];
    unused[0] = unused[sizeof unused - 1] = 0;
    _exit(5);
}

static void exits_after_recovery(char **arguments)
{
    (void)arguments;
    recover(jump_back);
    exit_over_leftovers();
}

static void exit_on_request(int number)
{
    (void)number;
    _exit(5);
}

/* The kernel shows its handler, which asks for no siginfo, the exception of the last fault. */
static void stopped_after_recovery(char **arguments)
{
    struct sigaction action = {.sa_handler = exit_on_request};
    (void)arguments;
    sigfillset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) != 0)
        give_up("sigaction");
    recover(jump_back);
    raise(SIGTERM);
}

static void fork_and_jump_back(int number, siginfo_t *info, void *context)
{
    pid_t reporter = fork();
    if (reporter == 0)
        _exit(5); /* no debugger is installed */
    waitpid(reporter, NULL, 0);
    jump_back(number, info, context);
}

static void reporter_exits(char **arguments)
{
    (void)arguments;
    recover(fork_and_jump_back);
    _exit(0);
}

static void report_and_raise(int number, siginfo_t *info, void *context)
{
    (void)context;
    say(info->si_code == SEGV_MAPERR && info->si_addr == NULL ? "handler=sees the fault\n" : "handler=?\n");
    signal(number, SIG_DFL);
    raise(number);
}

/* (b) A server that reports by itself, gives the signal back and raises it again: it dies inside raise. */
static void handler_reraises(char **arguments)
{
    (void)arguments;
    install(report_and_raise, SA_NODEFER);
    announce();
    write_through_null();
}

/* (b) The same with the signal blocked meanwhile: it dies when the handler has returned, and its frame is
 * gone. */
static void handler_reraises_blocked(char **arguments)
{
    (void)arguments;
    install(report_and_raise, 0);
    announce();
    write_through_null();
}

static void report_and_kill(int number, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    signal(number, SIG_DFL);
    kill(getpid(), number);
}

/* (b) The signal goes to the process: the main thread dies of it, before the instruction faults again or after.
 * With 'open' the signal is not blocked meanwhile. */
static void handler_kills_process(char **arguments)
{
    install(report_and_kill, arguments[0] ? SA_NODEFER : 0);
    announce();
    write_through_null();
}

static void report_and_abort(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=aborts\n");
    abort();
}

/* (b) The same, by abort: another signal than that of the fault. */
static void handler_aborts(char **arguments)
{
    (void)arguments;
    install(report_and_abort, 0);
    announce();
    write_through_null();
}

static void report_and_return(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=returns\n");
}

/* (c) A handler for once: the instruction faults again, and there is none. */
static void handler_once(char **arguments)
{
    (void)arguments;
    install(report_and_return, SA_RESETHAND);
    announce();
    write_through_null();
}

static void exit_with_five(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=exits\n");
    _exit(5);
}

static void handler_exits(char **arguments)
{
    (void)arguments;
    install(exit_with_five, SA_ONSTACK);
    announce();
    write_through_null();
}

/* A report that needs more than an alternate stack has. */
static NOINLINE void collect(void)
{
    volatile char lines[100 << 10]; /* more than crumple's stack for signals, less than musl's for threads */
    for (size_t i = 0; i < sizeof lines; i += 64)
        lines[i] = 1;
}

static void report_at_length(int number, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    say("report=begins\n");
    collect();
    say("report=whole\n");
    signal(number, SIG_DFL);
    raise(number);
}

/* A handler for alternate stacks, in a thread that has none: it runs on the thread's own (backward-cpp). */
static void handler_needs_room(char **arguments)
{
    (void)arguments;
    install(report_at_length, (int)(SA_ONSTACK | SA_NODEFER | SA_RESETHAND));
    announce();
    write_through_null();
}

static char shared_stack[81920];

static void use_shared_stack(void)
{
    stack_t stack = {.ss_sp = shared_stack, .ss_size = sizeof shared_stack};
    if (sigaltstack(&stack, NULL) != 0)
        give_up("sigaltstack");
}

static void *share_and_park(void *unused)
{
    use_shared_stack();
    return park(unused);
}

/* What the report is made of is broken, too. */
static int *volatile nothing;

static NOINLINE void collect_broken(void)
{
    *nothing = 2;
}

static void report_and_fault(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=faults\n");
    collect_broken();
}

static NOINLINE void fault_first(void)
{
    *nothing = 1;
}

static void handler_faults(char **arguments)
{
    (void)arguments;
    install(report_and_fault, SA_ONSTACK);
    announce();
    fault_first();
}

/* Its second fault meets the default. */
static void handler_for_once_faults(char **arguments)
{
    (void)arguments;
    install(report_and_fault, (int)(SA_NODEFER | SA_RESETHAND));
    announce();
    fault_first();
}

static NOINLINE void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void report_and_hang(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    say("handler=hangs\n");
    wait_for_ever();
}

/* Ended by a SIGABRT to the process; with an argument: by nobody. */
static void hang(int flags, char **arguments)
{
    const pid_t self = getpid();
    install(report_and_hang, flags);
    if (!arguments[0] && fork() == 0) {
        usleep(300000);
        kill(self, SIGABRT);
        _exit(0);
    }
    announce();
    fault_first();
}

static void handler_hangs(char **arguments)
{
    hang(0, arguments);
}

static void handler_for_once_hangs(char **arguments)
{
    hang((int)(SA_NODEFER | SA_RESETHAND), arguments);
}

static NOINLINE void give_in(void)
{
    abort();
}

/* By nobody. */
static void abort_handler_hangs(char **arguments)
{
    struct sigaction action = {.sa_sigaction = report_and_hang, .sa_flags = SA_SIGINFO};
    (void)arguments;
    sigaction(SIGABRT, &action, NULL);
    announce();
    give_in();
}

static void step_over(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

/* Both ways to leave a handler; later calls take their time, and are not interrupted by what is over. */
static void handler_ends_in_time(char **arguments)
{
    (void)arguments;
    announce();
    install(jump_back, 0);
    usleep(1); /* bound by now: its next call leaves alone what the handler has left on the stack */
    if (sigsetjmp(recovery_point, 1) == 0)
        write_through_null();
    fact("slept after a jump", "%d", usleep(400000) == 0 || errno == EINTR);
    install(step_over, 0);
    __asm__ volatile("xorl %%eax, %%eax\n\tmovb %%al, (%%rax)" ::: "rax", "memory");
    fact("slept after a return", "%d", usleep(400000) == 0);
    _exit(0);
}

/* All threads have the same alternate stack, and the handler asks for it (varnishd). */
static void handler_on_shared_stack(char **arguments)
{
    (void)arguments;
    for (int i = 0; i < 30; i++)
        start_thread_of(share_and_park, NULL);
    await_arrivals(30);
    use_shared_stack();
    install(report_and_abort, SA_ONSTACK);
    announce();
    write_through_null();
}

/* (d) The kernel does not let a fault be ignored. */
static void ignored(char **arguments)
{
    (void)arguments;
    signal(SIGSEGV, SIG_IGN);
    announce();
    write_through_null();
}

/* forked-child: the child dies, the parent says how and goes on. */
static void forked_child(char **arguments)
{
    (void)arguments;
    int status;
    pid_t child = fork();
    if (child == 0) {
        announce();
        write_through_null();
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("fork");
    fact("child_signal", "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    fact("more_children", "%d", waitpid(-1, &status, WNOHANG | __WALL) >= 0);
    _exit(0);
}

const struct verb handler_verbs[] = {
    {"handler-recovers", IN_WORKER, handler_recovers},
    {"exits-after-recovery", IN_WORKER, exits_after_recovery},
    {"stopped-after-recovery", IN_WORKER, stopped_after_recovery},
    {"reporter-exits", IN_WORKER, reporter_exits},
    {"handler-reraises", IN_WORKER, handler_reraises},
    {"handler-reraises-blocked", IN_WORKER, handler_reraises_blocked},
    {"handler-kills-process", IN_WORKER, handler_kills_process},
    {"handler-aborts", IN_WORKER, handler_aborts},
    {"handler-once", IN_WORKER, handler_once},
    {"handler-exits", IN_WORKER, handler_exits},
    {"handler-needs-room", IN_WORKER, handler_needs_room},
    {"handler-on-shared-stack", IN_WORKER, handler_on_shared_stack},
    {"handler-faults", IN_WORKER, handler_faults},
    {"handler-for-once-faults", IN_WORKER, handler_for_once_faults},
    {"handler-hangs", IN_WORKER, handler_hangs},
    {"handler-for-once-hangs", IN_WORKER, handler_for_once_hangs},
    {"abort-handler-hangs", IN_WORKER, abort_handler_hangs},
    {"handler-ends-in-time", IN_WORKER, handler_ends_in_time},
    {"ignored", IN_WORKER, ignored},
    {"forked-child", IN_WORKER, forked_child},
    {NULL, IN_MAIN, NULL},
};
