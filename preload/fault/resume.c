/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the handler of the faulting thread. See fault/resume.h. */
#include "fault/resume.h"

#define RED_ZONE   128
#define FLAGS_KEPT ~(greg_t)0x500 /* direction and trap flag off */

/* The beginning of the kernel's struct _fpstate_64 (asm/sigcontext.h), which each libc names otherwise. */
struct fx_state {
    uint16_t control, status, tags, opcode;
    uint64_t instruction, operand;
    uint32_t mxcsr;
};

/* What the interrupted code left in the FPU: pending exceptions, values, MMX. Control words stay. */
static void clear_fpu(ucontext_t *uc)
{
    struct fx_state *fp = (struct fx_state *)uc->uc_mcontext.fpregs;
    if (!fp)
        return;
    fp->status = 0;
    fp->tags = 0; /* abridged: all empty */
    fp->mxcsr &= ~0x3fu;
}

/*
 * At the top of the trampoline's frame lie the interrupted program counter and stack pointer. After a call of
 * an address that holds no code the return address is on the stack: the frame is the caller's then, and the
 * trampoline an ordinary callee, for an unwinder looks a signal frame's counter up as it is.
 */
void safe_resume_unwind(ucontext_t *uc, bool was_called)
{
    greg_t *reg = uc->uc_mcontext.gregs;
    uint64_t pc = (uint64_t)reg[REG_RIP], sp = (uint64_t)reg[REG_RSP], at;
    if (was_called) {
        pc = *(const uint64_t *)sp;
        sp += 8;
        at = sp - 8;
    } else {
        at = sp - RED_ZONE;
    }
    at = (at & ~UINT64_C(15)) - 16;
    ((uint64_t *)at)[0] = pc;
    ((uint64_t *)at)[1] = sp;
    reg[REG_RSP] = (greg_t)at;
    reg[REG_RIP] = (greg_t)(was_called ? safe_end_called : safe_end_interrupted);
    reg[REG_EFL] &= FLAGS_KEPT;
    clear_fpu(uc);
}

void safe_resume_jump(ucontext_t *uc, const struct safe_thread *t)
{
    greg_t *reg = uc->uc_mcontext.gregs;
    reg[REG_RBP] = (greg_t)t->frame[0];
    reg[REG_RIP] = (greg_t)t->frame[1];
    reg[REG_RSP] = (greg_t)t->frame[2];
    reg[REG_EFL] &= FLAGS_KEPT;
    clear_fpu(uc);
}
