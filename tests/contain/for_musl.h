/* SPDX-License-Identifier: MIT */
/* Included before the cases that are compiled for musl: what they ask of glibc and musl lacks. */
#ifndef FOR_MUSL_H
#define FOR_MUSL_H

#include "../musl/absent.h"

#define M_ARENA_MAX          0
#define mallopt(what, value) ((void)(what), (void)(value))
/* The number of readers, of a rwlock: 'trywrlock' tells whether that is 0. */
#define __data    __u
#define __readers __vi[0]

static inline int feenableexcept(int exceptions)
{
    unsigned short control;
    unsigned mxcsr;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    control &= (unsigned short)~exceptions;
    mxcsr &= ~((unsigned)exceptions << 7);
    __asm__ volatile("fldcw %0" : : "m"(control));
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    return 0;
}

#endif
