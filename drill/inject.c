/* SPDX-License-Identifier: MIT */
/*
 * The fault itself. It is a real one: for one instruction, while every other task is stopped, the site holds
 * an instruction that faults in the wanted way and changes nothing. So the processor raises it there, with
 * the registers the server had, and the kernel treats it as it would the server's own. A flipped bit needs no
 * instruction: a register is changed and the thread goes on.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "sites/random.h"
#include "run.h"

#define FAULT_US  1000000 /* to execute one instruction */
#define BYTES_MAX 10      /* bytes */

struct instruction {
    uint8_t bytes[BYTES_MAX];
    size_t count;
    int signo;
};

static struct instruction make_instruction(enum drill_fault fault, uint64_t *random)
{
    /* mov eax, [0]; ud2; div dword [rip+0], which is the 0 that follows; movabs eax, [address] */
    static const struct instruction nil = {{0x8b, 0x04, 0x25, 0, 0, 0, 0}, 7, SIGSEGV},
                                    ill = {{0x0f, 0x0b}, 2, SIGILL},
                                    fpe = {{0xf7, 0x35, 0, 0, 0, 0, 0, 0, 0, 0}, BYTES_MAX, SIGFPE};
    struct instruction wild = {{0xa1}, 9, SIGSEGV};
    /* a part of the address space where neither programs nor the kernel's mmap put anything */
    uint64_t address = UINT64_C(0x100000000000) + drill_random(random) % UINT64_C(0x300000000000);

    switch (fault) {
    case DRILL_WILD:
        memcpy(wild.bytes + 1, &address, sizeof address);
        return wild;
    case DRILL_ILL:
        return ill;
    case DRILL_FPE:
        return fpe;
    default:
        return nil;
    }
}

static bool is_blocked(pid_t tid, int signo)
{
    uint64_t mask = 0;

    return ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof mask, &mask) == 0 && mask >> (signo - 1) & 1;
}

/* Let the victim execute what stands at the site until the fault comes. */
static int provoke(struct drill_run *run, int signo)
{
    int64_t deadline = drill_now_us() + FAULT_US;
    struct drill_task *victim = run->victim;

    do {
        drill_trace_resume(victim, PTRACE_CONT); /* with a signal that was on its way */
        while (!victim->stopped) {
            if (drill_server_pump(&run->server, drill_now_us() + 10000) == -EINTR)
                return -EINTR;
            if (run->server.trace.ended || drill_now_us() > deadline ||
                !drill_trace_task(&run->server.trace, run->victim_tid))
                return -ETIMEDOUT;
        }
    } while (victim->signal != signo);
    return 0;
}

static int inject_fault(struct drill_run *run)
{
    struct instruction instruction = make_instruction(run->plan->fault, &run->random);
    struct drill_task *victim = run->victim;
    uint8_t original[BYTES_MAX];

    if (is_blocked(run->victim_tid, instruction.signo))
        return -EACCES;
    int error = drill_trace_peek(run->victim_tid, run->address, original, instruction.count);
    if (error == 0)
        error = drill_trace_poke(run->victim_tid, run->address, instruction.bytes, instruction.count);
    if (error == 0)
        error = provoke(run, instruction.signo);
    if (error == 0)
        error = drill_trace_poke(run->victim_tid, run->address, original, instruction.count);
    if (error < 0)
        return error;
    drill_trace_detach_others(&run->server.trace, victim);
    run->injected_us = drill_now_us();
    run->result->faults++;
    drill_trace_detach_last(&run->server.trace, victim, instruction.signo);
    return 0;
}

static int inject_flip(struct drill_run *run)
{
    static const struct {
        const char *name;
        size_t offset;
    } registers[] = {
#define REGISTER(name) {#name, offsetof(struct user_regs_struct, name)}
        REGISTER(rax), REGISTER(rbx), REGISTER(rcx), REGISTER(rdx), REGISTER(rsi), REGISTER(rdi),
        REGISTER(rbp), REGISTER(rsp), REGISTER(r8),  REGISTER(r9),  REGISTER(r10), REGISTER(r11),
        REGISTER(r12), REGISTER(r13), REGISTER(r14), REGISTER(r15),
#undef REGISTER
    };
    size_t which = drill_random(&run->random) % (sizeof registers / sizeof registers[0]);
    unsigned bit = (unsigned)(drill_random(&run->random) % 64);

    if (is_blocked(run->victim_tid, SIGSEGV))
        return -EACCES;
    errno = 0;
    unsigned long value =
        (unsigned long)ptrace(PTRACE_PEEKUSER, run->victim_tid, (void *)registers[which].offset, NULL);
    if (errno != 0 || ptrace(PTRACE_POKEUSER, run->victim_tid, (void *)registers[which].offset,
                             (void *)(value ^ 1UL << bit)) < 0)
        return -errno;
    snprintf(run->result->detail, sizeof run->result->detail, "bit %u of %s", bit, registers[which].name);
    drill_trace_detach_others(&run->server.trace, run->victim);
    run->injected_us = drill_now_us();
    run->result->faults++;
    drill_trace_detach_last(&run->server.trace, run->victim, 0);
    return 0;
}

int drill_inject(struct drill_run *run)
{
    int error = drill_server_halt(&run->server, run->victim_tid);

    if (error < 0)
        return error;
    drill_trace_unplant_all(&run->server.trace, run->victim);
    error = run->plan->fault == DRILL_FLIP ? inject_flip(run) : inject_fault(run);
    run->victim = NULL;
    return error;
}
