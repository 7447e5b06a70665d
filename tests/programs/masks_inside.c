/* SPDX-License-Identifier: MIT */
/* Inside a handler of a fault: its own signal, its mask, and its own fault. */
#include "masks.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void say(const char *text)
{
    (void)!write(1, text, strlen(text));
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags, int also)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    if (also)
        sigaddset(&action.sa_mask, also);
    sigaction(sig, &action, NULL);
}

/* Over the instruction of fault(), which must be two bytes long to go on. */
static void fault_once(void)
{
    __asm__ volatile("xorl %%eax, %%eax\n\tmovb %%al, (%%rax)" ::: "rax", "memory");
}

static void step_over(void *context)
{
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void unblock(int sig)
{
    sigset_t set = only(sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void set_mask(int first, int second)
{
    sigset_t set;
    sigemptyset(&set);
    if (first)
        sigaddset(&set, first);
    if (second)
        sigaddset(&set, second);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

/* --- a fault of its own kills ----------------------------------------------------------------------------- */

static void fault_too(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    say("handler\n");
    fault_once();
    say("never\n");
}

static void faults(int flags)
{
    handle(SIGSEGV, fault_too, flags, 0);
    fault_once();
}

static void handler_faults(void)
{
    faults(0);
}

static void handler_for_once_faults(void)
{
    faults((int)SA_RESETHAND);
}

static void handler_of_a_sent_signal_faults(void)
{
    handle(SIGSEGV, fault_too, 0, 0);
    raise(SIGSEGV);
}

static void *run_faults(void *arg)
{
    faults(SA_ONSTACK);
    return arg;
}

static void handler_in_a_thread_faults(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run_faults, NULL);
    pthread_join(thread, NULL);
}

/* SIGILL's handler has SIGSEGV in its sa_mask: its fault kills without SIGSEGV's handler. */
static void handler_of_another_faults(void)
{
    handle(SIGILL, fault_too, 0, SIGSEGV);
    handle(SIGSEGV, fault_too, 0, 0);
    __asm__ volatile("ud2");
}

static void block_and_fault(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    block(only(sig));
    show("in");
    block_all();
    fault_once();
}

static void handler_blocks_and_faults(void)
{
    handle(SIGSEGV, block_and_fault, 0, 0);
    fault_once();
}

static void narrow_and_fault(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    set_mask(sig, SIGUSR1);
    show("in");
    fault_once();
}

static void handler_sets_its_mask_and_faults(void)
{
    handle(SIGSEGV, narrow_and_fault, 0, 0);
    fault_once();
}

static jmp_buf plain;
static volatile int leaps;

static void leap(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    say("leaps\n");
    leaps++;
    _longjmp(plain, 1);
}

/* longjmp leaves the signal blocked: the second fault kills. */
static void fault_after_longjmp(void)
{
    handle(SIGSEGV, leap, 0, 0);
    if (_setjmp(plain) == 0)
        fault_once();
    show("after");
    fault_once();
}

/* --- it is called again where it is to be ----------------------------------------------------------------- */

static void unblocked_after_longjmp(void)
{
    handle(SIGSEGV, leap, 0, 0);
    while (leaps < 3) {
        if (_setjmp(plain) == 0)
            fault_once();
        if (leaps == 2)
            set_mask(SIGUSR1, 0);
        else
            unblock(SIGSEGV);
        show("after");
    }
}

static void leave_with_mask(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    leave(sig);
}

static void left_by_siglongjmp(void)
{
    handle(SIGSEGV, leave_with_mask, 0, 0);
    for (volatile int i = 0; i < 3; i++) {
        if (sigsetjmp(jump, 1) == 0)
            fault_once();
        show("after");
    }
}

static volatile int depth;

static void open_and_fault(int sig, siginfo_t *info, void *context)
{
    (void)info;
    show("begins");
    if (++depth < 3) {
        unblock(sig);
        show("opened");
        fault_once();
    } else if (depth < 5) {
        set_mask(SIGUSR1, 0);
        fault_once();
    }
    show("ends");
    step_over(context);
}

static void handler_opens_its_signal(void)
{
    handle(SIGSEGV, open_and_fault, 0, 0);
    fault_once();
    show("after");
}

static void nodefer_and_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    show("begins");
    if (++depth < 3)
        fault_once();
    show("ends");
    step_over(context);
}

static void handler_defers_nothing(void)
{
    handle(SIGSEGV, nodefer_and_fault, SA_NODEFER, 0);
    fault_once();
    show("after");
}

static void mend_bus(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    show("bus");
}

static void fault_in_another_way(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    show("begins");
    raise(SIGBUS);
    raise(SIGBUS);
    show("ends");
    step_over(context);
}

static void handler_within_a_handler(void)
{
    handle(SIGSEGV, fault_in_another_way, 0, 0);
    handle(SIGBUS, mend_bus, 0, 0);
    for (int i = 0; i < 2; i++)
        fault_once();
    show("after");
}

static void mend(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    say("mended\n");
    step_over(context);
}

static void clean_up(void *unused)
{
    (void)unused;
    fault_once();
}

static void *fault_and_wait(void *arg)
{
    fault_once();
    pthread_cleanup_push(clean_up, NULL);
    pthread_barrier_wait(arg);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return NULL;
}

/* libc unwinds a cancelled thread within its own handler, whose signal is blocked meanwhile. */
static void fault_in_a_cancelled_thread(void)
{
    pthread_barrier_t barrier;
    pthread_t thread;
    handle(SIGSEGV, mend, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, fault_and_wait, &barrier);
    pthread_barrier_wait(&barrier);
    usleep(50000);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

/* --- its own signal, sent meanwhile ----------------------------------------------------------------------- */

static void raise_itself(int sig, siginfo_t *info, void *context)
{
    show(info->si_code > 0 ? "fault" : "sent");
    if (info->si_code > 0) {
        raise(sig);
        show("raised");
        kill(getpid(), sig);
        show("killed");
        step_over(context);
    }
}

static void sent_to_its_handler(void)
{
    handle(SIGSEGV, raise_itself, 0, 0);
    fault_once();
    show("after");
}

static void raise_and_open(int sig, siginfo_t *info, void *context)
{
    show(info->si_code > 0 ? "fault" : "sent");
    if (info->si_code > 0) {
        raise(sig);
        unblock(sig);
        show("opened");
        raise(sig);
        show("raised");
        step_over(context);
    }
}

static void sent_and_opened(void)
{
    handle(SIGSEGV, raise_and_open, 0, 0);
    fault_once();
    show("after");
}

static void wait_for_itself(int sig, siginfo_t *info, void *context)
{
    sigset_t none, own = only(sig);
    siginfo_t got;
    sigemptyset(&none);
    show(info->si_code > 0 ? "fault" : "sent");
    if (info->si_code > 0) {
        raise(sig);
        sigsuspend(&none);
        show("suspended");
        raise(sig);
        printf("waited for %d\n", sigwaitinfo(&own, &got));
        show("waited");
        step_over(context);
    }
}

static void waited_for_in_its_handler(void)
{
    handle(SIGSEGV, wait_for_itself, 0, 0);
    fault_once();
    show("after");
}

/* --- what inherits its mask ------------------------------------------------------------------------------- */

static void *show_in_thread(void *arg)
{
    uint64_t raw = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &raw, 8);
    show("thread");
    printf("libc's own signals: %d\n", (int)(raw >> 31 & 3));
    return arg;
}

static void show_exec(const char *how)
{
    fflush(stdout);
    execl("/proc/self/exe", "masks", how, NULL);
}

static void make_all(int sig, siginfo_t *info, void *context)
{
    pthread_t thread;
    (void)sig, (void)info;
    pthread_create(&thread, NULL, show_in_thread, NULL);
    pthread_join(thread, NULL);
    show("parent");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        show("child");
        show_exec("show-inherited");
    }
    waitpid(child, NULL, 0);
    execl("/nonexistent", "none", NULL);
    show("parent after a failed exec");
    fflush(stdout);
    child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", "masks", "show-inherited", NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
    show("parent");
    step_over(context);
}

static void inherited_from_a_handler(void)
{
    handle(SIGSEGV, make_all, 0, 0);
    fault_once();
    show("after");
    show_in_thread(NULL);
}

static void show_inherited(void)
{
    (void)show_in_thread(NULL);
}

const struct masks_case masks_inside_cases[] = {
    {"handler-faults", handler_faults},
    {"handler-for-once-faults", handler_for_once_faults},
    {"handler-of-a-sent-signal-faults", handler_of_a_sent_signal_faults},
    {"handler-in-a-thread-faults", handler_in_a_thread_faults},
    {"handler-of-another-faults", handler_of_another_faults},
    {"handler-blocks-and-faults", handler_blocks_and_faults},
    {"handler-sets-its-mask-and-faults", handler_sets_its_mask_and_faults},
    {"fault-after-longjmp", fault_after_longjmp},
    {"unblocked-after-longjmp", unblocked_after_longjmp},
    {"left-by-siglongjmp", left_by_siglongjmp},
    {"handler-opens-its-signal", handler_opens_its_signal},
    {"handler-defers-nothing", handler_defers_nothing},
    {"handler-within-a-handler", handler_within_a_handler},
    {"fault-in-a-cancelled-thread", fault_in_a_cancelled_thread},
    {"sent-to-its-handler", sent_to_its_handler},
    {"sent-and-opened", sent_and_opened},
    {"waited-for-in-its-handler", waited_for_in_its_handler},
    {"inherited-from-a-handler", inherited_from_a_handler},
    {"show-inherited", show_inherited},
};
const size_t masks_inside_count = sizeof masks_inside_cases / sizeof *masks_inside_cases;
