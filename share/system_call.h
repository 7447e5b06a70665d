/* SPDX-License-Identifier: MIT */
/*
 * Raw system calls, for code that runs in a signal handler or in the helper process, where libc's wrappers are
 * out of bounds: errno lives in TLS, and a thread made by raw clone may have none. Each returns the result or a
 * negative errno.
 */
#ifndef CRUMPLE_SHARE_SYSTEM_CALL_H
#define CRUMPLE_SHARE_SYSTEM_CALL_H

#include <stdint.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "crumple supports x86-64 only"
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

/** True for the result of a failed call, even if good results may have the highest bit set, as addresses do.
 */
static inline int safe_is_error(long result)
{
    return (unsigned long)result > -4096ul;
}

/** Nanoseconds of a clock, or 0. The vDSO would be faster; a system call cannot fault. */
static inline uint64_t safe_clock_ns(int clock)
{
    struct {
        int64_t sec, nsec;
    } ts = {0, 0};
    safe_call(SYS_clock_gettime, clock, &ts);
    return (uint64_t)ts.sec * 1000000000u + (uint64_t)ts.nsec;
}

#endif
