/* SPDX-License-Identifier: MIT */
/* A fault that a process goes on behind. */
#ifndef CRUMPLE_BENCH_GO_ON_H
#define CRUMPLE_BENCH_GO_ON_H

#include <signal.h>
#include <ucontext.h>

/** Writes to address 0. Register rdx says where the next instruction is. */
static inline void go_on_fault(void)
{
    __asm__ volatile("lea 1f(%%rip), %%rdx\n\tmovl $0, (%0)\n1:" : : "r"(0L) : "rdx", "memory");
}

/** The handler of SIGSEGV: goes on behind the instruction of go_on_fault. */
static inline void go_on_handler(int sig, siginfo_t *info, void *context)
{
    greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)sig, (void)info;
    reg[REG_RIP] = reg[REG_RDX];
}

#endif
