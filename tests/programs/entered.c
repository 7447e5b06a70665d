/* SPDX-License-Identifier: MIT */
/*
 * entered: what a handler sees of the place where the kernel has called it. Prints the same with and without
 * the shim.
 */
#include <errno.h>
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif
#include <immintrin.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#define OWN (256u << 10)

static __thread char *own;
static __thread struct {
    int calls, on_own, below, on_stack, change, change_errno, shown, frames, code;
    unsigned mxcsr;
    int blocked_self, blocked_usr2, blocked_segv, context_is_own;
} seen;
static sigjmp_buf jump;
static volatile int nested_on_own;

static uint64_t here(void)
{
    return (uint64_t)__builtin_frame_address(0);
}

static int is_own(uint64_t at)
{
    return own && at > (uint64_t)own && at <= (uint64_t)own + OWN;
}

static void look(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    uint64_t sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
    stack_t now = {0}, other = {.ss_sp = own, .ss_size = OWN / 2};
    void *frames[64];
    sigset_t mask;
    seen.calls++;
    seen.on_own = is_own(here());
    /* Just below the interrupted code, with room for the processor's state and no more. */
    seen.below = here() < sp - 128 && sp - here() < 16384;
    sigaltstack(NULL, &now);
    seen.on_stack = now.ss_flags;
    seen.shown = own && now.ss_sp == own && now.ss_size == OWN;
    if (seen.on_own) {
        seen.change = sigaltstack(&other, NULL);
        seen.change_errno = errno;
    }
    sigprocmask(SIG_BLOCK, NULL, &mask);
    seen.blocked_self = sigismember(&mask, sig);
    seen.blocked_usr2 = sigismember(&mask, SIGUSR2);
    seen.context_is_own = own && uc->uc_stack.ss_sp == own && uc->uc_stack.ss_size == OWN;
    seen.mxcsr = _mm_getcsr();
    seen.code = info->si_code;
    seen.frames = backtrace(frames, 64) > 3;
    if (sig != SIGUSR1)
        uc->uc_mcontext.gregs[REG_RIP] += 2; /* over the instruction */
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *), int flags, int also)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    if (also)
        sigaddset(&action.sa_mask, also);
    sigaction(sig, &action, NULL);
}

/* Everything that a handler must leave as it was: registers, vectors, flags, the red zone. */
__attribute__((noinline)) static int survives(int kind)
{
    unsigned long a = 11, b = 12, c = 13, d = 14, ok;
    const double wanted[2] = {1.5, -2.25};
    double vector[2] = {0, 0};
    unsigned mxcsr = _mm_getcsr();
    _mm_setcsr(mxcsr ^ 0x8000);
    __asm__ volatile("movupd %[wanted], %%xmm9\n\t"
                     "movq $77, -8(%%rsp)\n\t"
                     "movq $78, -120(%%rsp)\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "cmpl $1, %[kind]\n\t"
                     "je 1f\n\t"
                     "cmpl $2, %[kind]\n\t"
                     "je 2f\n\t"
                     "jmp 3f\n"
                     "1: movb %%al, (%%rax)\n\t" /* two bytes */
                     "jmp 3f\n"
                     "2: ud2\n"
                     "3: cmpq $77, -8(%%rsp)\n\t"
                     "sete %%al\n\t"
                     "cmpq $78, -120(%%rsp)\n\t"
                     "sete %%cl\n\t"
                     "andb %%cl, %%al\n\t"
                     "movzbl %%al, %%eax\n\t"
                     "movupd %%xmm9, %[vector]"
                     : "=&a"(ok), [vector] "=m"(vector), "+r"(a), "+r"(b), "+r"(c), "+r"(d)
                     : [wanted] "m"(wanted), [kind] "r"(kind)
                     : "rcx", "xmm9", "memory", "cc");
    ok &= _mm_getcsr() == (mxcsr ^ 0x8000);
    _mm_setcsr(mxcsr);
    return ok && a == 11 && b == 12 && c == 13 && d == 14 && memcmp(vector, wanted, sizeof vector) == 0;
}

static void show(const char *what, int ok)
{
    sigset_t after;
    sigprocmask(SIG_BLOCK, NULL, &after);
    printf(
        "%s: calls %d, survived %d, on own %d, below %d, flags %x, shown %d, change %d/%d, self %d, USR2 %d, "
        "context %d, mxcsr %x, code %d, frames %d, after %d%d\n",
        what, seen.calls, ok, seen.on_own, seen.below, (unsigned)seen.on_stack, seen.shown, seen.change,
        seen.change ? seen.change_errno : 0, seen.blocked_self, seen.blocked_usr2, seen.context_is_own,
        seen.mxcsr, seen.code, seen.frames, sigismember(&after, SIGSEGV), sigismember(&after, SIGUSR2));
    memset(&seen, 0, sizeof seen);
}

static void set_own(unsigned flags)
{
    stack_t stack = {.ss_sp = own, .ss_size = OWN, .ss_flags = (int)flags}, old;
    int rc = sigaltstack(&stack, &old);
    printf("set %x: %d, before %x %d\n", flags, rc, (unsigned)old.ss_flags, own && old.ss_sp == own);
}

static void each_kind(const char *where)
{
    static const struct {
        const char *name;
        int flags, also;
    } kinds[] = {{"plain", 0, SIGUSR2},
                 {"onstack", SA_ONSTACK, 0},
                 {"onstack nodefer", SA_ONSTACK | (int)SA_NODEFER, SIGUSR2},
                 {"onstack once", SA_ONSTACK | (int)SA_RESETHAND, 0}};
    char what[96];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        install(SIGSEGV, look, kinds[i].flags, kinds[i].also);
        install(SIGILL, look, kinds[i].flags, kinds[i].also);
        install(SIGUSR1, look, kinds[i].flags, kinds[i].also);
        snprintf(what, sizeof what, "%s %s fault", where, kinds[i].name);
        show(what, survives(1));
        snprintf(what, sizeof what, "%s %s ud2", where, kinds[i].name);
        show(what, survives(2));
        raise(SIGUSR1);
        if (!(kinds[i].flags & SA_ONSTACK))
            seen.context_is_own = 0; /* uc_stack of such a handler is the kernel's: docs/transparency.md */
        snprintf(what, sizeof what, "%s %s sent", where, kinds[i].name);
        show(what, 1);
    }
}

/* --- nesting, leaving ------------------------------------------------------------------------------------
 */

static void inner(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    nested_on_own = is_own(here());
}

/* Its variables must still be there when the nested handler has run. */
static void outer(int sig, siginfo_t *info, void *context)
{
    volatile char local[8192];
    ucontext_t *uc = context;
    greg_t before = uc->uc_mcontext.gregs[REG_RIP];
    int damage = 0;
    (void)sig, (void)info;
    memset((char *)local, 0x5a, sizeof local);
    raise(SIGUSR2);
    for (size_t i = 0; i < sizeof local; i++)
        damage += local[i] != 0x5a;
    printf("nested: on own %d inside %d, damage %d, context %d\n", is_own(here()), nested_on_own, damage,
           before == uc->uc_mcontext.gregs[REG_RIP]);
}

static void leave(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    siglongjmp(jump, sig);
}

static void nest_and_leave(const char *where)
{
    volatile int round;
    stack_t now;
    install(SIGUSR1, outer, SA_ONSTACK, 0);
    install(SIGUSR2, inner, SA_ONSTACK, 0);
    raise(SIGUSR1);
    install(SIGUSR2, inner, 0, 0);
    raise(SIGUSR1);
    install(SIGSEGV, leave, SA_ONSTACK, 0);
    for (round = 0; round < 1000; round++)
        if (sigsetjmp(jump, 1) == 0)
            *(volatile int *)8 = 1;
    sigaltstack(NULL, &now);
    printf("%s left %d times, flags %x\n", where, round, (unsigned)now.ss_flags);
}

static void disarm(int sig, siginfo_t *info, void *context)
{
    stack_t now;
    (void)sig, (void)info, (void)context;
    sigaltstack(NULL, &now);
    printf("disarmed: on own %d flags %x\n", is_own(here()), (unsigned)now.ss_flags);
}

static void *worker(void *name)
{
    stack_t off = {.ss_flags = SS_DISABLE};
    own = NULL;
    each_kind(name);
    own = mmap(NULL, OWN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    set_own(0);
    each_kind("own");
    nest_and_leave(name);
    if (fork() == 0) {
        each_kind("child");
        exit(0);
    }
    wait(NULL);
    set_own(SS_AUTODISARM);
    install(SIGUSR1, disarm, SA_ONSTACK, 0);
    raise(SIGUSR1);
    set_own(0);
    install(SIGUSR1, look, SA_ONSTACK, 0);
    raise(SIGUSR1);
    show("armed again", 1);
    printf("off: %d\n", sigaltstack(&off, NULL));
    raise(SIGUSR1);
    show("off", 1);
    return name;
}

/* Status of a child that overflows its stack with this handler. */
static void overflow_deep(int depth)
{
    volatile char fill[512] __attribute__((unused));
    fill[0] = (char)depth;
    overflow_deep(depth + 1);
    fill[1] = 0;
}

static void say_and_exit(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    _exit(is_own(here()) ? 9 : 8);
}

static void *overflow(void *unused)
{
    overflow_deep(0);
    return unused;
}

static void *overflow_own(void *unused)
{
    own = mmap(NULL, OWN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&(stack_t){.ss_sp = own, .ss_size = OWN}, NULL);
    return overflow(unused);
}

static void overflows(const char *what, int flags, void *(*routine)(void *))
{
    int status;
    fflush(stdout);
    if (fork() == 0) {
        pthread_t thread;
        install(SIGSEGV, say_and_exit, flags, 0);
        pthread_create(&thread, NULL, routine, NULL);
        pthread_join(thread, NULL);
        _exit(0);
    }
    wait(&status);
    printf("overflow %s: %x\n", what, status & 0xff7f);
}

int main(void)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    worker("main");
    pthread_create(&thread, NULL, worker, "thread");
    pthread_join(thread, NULL);
    overflows("plain", 0, overflow);
    overflows("onstack without a stack", SA_ONSTACK, overflow);
    overflows("onstack", SA_ONSTACK, overflow_own);
    return 0;
}
