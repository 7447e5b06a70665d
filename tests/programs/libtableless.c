/* SPDX-License-Identifier: MIT */
/*
 * Code that is built twice, with call frame information and without: functions as compilers write them without frame
 * pointers, hidden ones, ones that never return, and ones of an assembler whose symbols have no size.
 */
#include <alloca.h>
#include <string.h>
#include <sys/syscall.h>

#include "tableless.h"

#define HIDDEN static __attribute__((noinline, noclone))

/* As libc's way into a system call that a cancellation may end: in a function of its own, behind others. */
HIDDEN long enter(long number, long first, char *bytes, size_t size)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(bytes), "d"(size)
                     : "rcx", "r11", "memory");
    return result;
}

HIDDEN long wait_once(int fd, char *bytes, size_t size)
{
    long sum = 0;
    for (size_t i = 0; i < size; i++) {
        const long result = enter(SYS_read, fd, bytes + i, size - i);
        if (result <= 0)
            return result < 0 ? -1 : sum;
        sum += result * bytes[i];
    }
    return sum;
}

long bare_wait(int fd, long size)
{
    char bytes[64];
    long sum = 0;
    memset(bytes, 0, sizeof bytes);
    for (long left = size; left > 0; left -= (long)sizeof bytes)
        sum += wait_once(fd, bytes, left < (long)sizeof bytes ? (size_t)left : sizeof bytes);
    return sum;
}

/* Reached by a pointer only; saves its registers on one of its ways, and its stack grows. */
HIDDEN long each(bare_visitor *visitor, void *context, long count)
{
    if (count == 0)
        return 0;
    long sum = 0, *seen = alloca((size_t)count * sizeof *seen);
    for (long i = 0; i < count; i++) {
        seen[i] = visitor(context, i);
        sum += seen[i / 2] ? seen[i] : i;
        switch (sum % 11) {
        case 1:
            return -sum;
        case 3:
            sum *= 5;
            break;
        case 4:
        case 5:
            sum ^= count;
            break;
        case 7:
            sum = -visitor(context, sum);
            break;
        case 8:
            return each(visitor, context, count - 1);
        default:
            break;
        }
    }
    return sum;
}

static long (*volatile each_by_pointer)(bare_visitor *, void *, long) = each;

long bare_visit(bare_visitor *visitor, void *context, long count)
{
    return each_by_pointer(visitor, context, count) + count;
}

HIDDEN __attribute__((noreturn)) void finish(bare_visitor *visitor, void *context)
{
    long numbers[5] = {1, 2, 3};
    for (long i = 0; i < 5; i++)
        numbers[i] += visitor(context, numbers[4 - i]);
    for (;;)
        (void)visitor(context, numbers[0] + numbers[3]);
}

void bare_end(bare_visitor *visitor, void *context)
{
    long first = visitor ? 1 : 2;
    __asm__ volatile("" : "+r"(first) : : "rbx", "r12");
    if (first)
        finish(visitor, context);
    __builtin_trap();
}
