/* SPDX-License-Identifier: MIT */
/*
 * Raw system calls for safe files: code that runs in a signal handler or in the helper process, where libc's
 * wrappers are out of bounds (errno lives in TLS, and a thread made by raw clone may have none). Each returns
 * the result or a negative errno.
 */
#ifndef PRELOAD_BASE_SYS_H
#define PRELOAD_BASE_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "crumple supports x86-64 only"
#endif

/* Numbers newer than the oldest headers that crumple builds with. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static inline long safe_syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define SAFE_PICK(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define safe_call(...)                                                                                       \
    SAFE_PICK(__VA_ARGS__, SAFE_C6, SAFE_C5, SAFE_C4, SAFE_C3, SAFE_C2, SAFE_C1, SAFE_C0, )(__VA_ARGS__)
#define SAFE_C0(n)                safe_syscall6(n, 0, 0, 0, 0, 0, 0)
#define SAFE_C1(n, a)             safe_syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define SAFE_C2(n, a, b)          safe_syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SAFE_C3(n, a, b, c)       safe_syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SAFE_C4(n, a, b, c, d)    safe_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SAFE_C5(n, a, b, c, d, e) safe_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SAFE_C6(n, a, b, c, d, e, f)                                                                         \
    safe_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* The kernel's struct sigaction (arch/x86/include/uapi/asm/signal.h), which is not libc's. */
struct safe_sigaction {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

#define SAFE_SA_RESTORER 0x04000000ul
#define SAFE_SIGBIT(sig) (UINT64_C(1) << ((sig)-1))

/* True for the result of a failed call, even if good results may have the highest bit set, as addresses do.
 */
static inline int safe_is_error(long result)
{
    return (unsigned long)result > -4096ul;
}

static inline long safe_sigaction(int sig, const struct safe_sigaction *act, struct safe_sigaction *old)
{
    return safe_call(SYS_rt_sigaction, sig, act, old, 8);
}

static inline int safe_getpid(void)
{
    return (int)safe_call(SYS_getpid);
}

static inline int safe_gettid(void)
{
    return (int)safe_call(SYS_gettid);
}

/* Nanoseconds of a clock, or 0. The vDSO would be faster; a system call cannot fault. */
static inline uint64_t safe_clock_ns(int clock)
{
    struct {
        int64_t sec, nsec;
    } ts = {0, 0};
    safe_call(SYS_clock_gettime, clock, &ts);
    return (uint64_t)ts.sec * 1000000000u + (uint64_t)ts.nsec;
}

/* Base of the thread's TLS, 0 for a thread made without. */
static inline uint64_t safe_fs_base(void)
{
    uint64_t base = 0;
    safe_call(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &base);
    return base;
}

/* preload/base/arch_x86_64.S */
void safe_restore_rt(void);                     /* the signal trampoline of our handlers */
void safe_halt(void) __attribute__((noreturn)); /* faults with SIGSEGV, as abort() does last */
/* Fills the caller's registers into a ucontext_t as a signal frame would show them, as far as an unwinder
 * needs them. */
void safe_registers(void *ucontext);
long safe_clone_on(void *stack_top, unsigned long flags, int *child_tid, int (*body)(void *), void *arg);
long safe_call_on(void *stack_top, int (*body)(void *), void *arg);

#endif
