/* SPDX-License-Identifier: MIT */
/* The few instructions C cannot say. */

#include "base/signal_frame.inc"

/* Where the kernel's handlers return to (SA_RESTORER). */
    .text
    .hidden safe_restore_rt
    .globl  safe_restore_rt
    .type   safe_restore_rt, @function
    .cfi_startproc simple
    SIGNAL_FRAME
    nop     /* the unwinder looks up the return address minus one */
safe_restore_rt:
    movq    $15, %rax
    syscall
    .cfi_endproc
    .size   safe_restore_rt, .-safe_restore_rt

/*
 * int safe_try_copy(void *to, const void *from, size_t n)
 * A copy that can fail: returns 0, or -1 when one of the two sides is no memory. The handlers of SIGSEGV and SIGBUS know
 * the instructions that can fault, and go on behind them (proc/try.h). One word, as most are, by moves: the start of a
 * 'rep movsb' takes longer.
 */
    .hidden safe_try_copy
    .globl  safe_try_copy
    .type   safe_try_copy, @function
    .hidden safe_try_copy_failed
    .globl  safe_try_copy_failed
safe_try_copy:
    .cfi_startproc
    cmpq    $8, %rdx
    jne     1f
    movq    (%rsi), %rax
    movq    %rax, (%rdi)
    xorl    %eax, %eax
    ret
1:  movq    %rdx, %rcx
    rep movsb
    xorl    %eax, %eax
    ret
safe_try_copy_failed:
    movl    $-1, %eax
    ret
    .cfi_endproc
    .size   safe_try_copy, .-safe_try_copy

/*
 * void safe_registers(ucontext_t *uc)
 * The caller's registers as a signal frame would show them, as far as an unwinder needs them. gregs begin at 40.
 */
    .hidden safe_registers
    .globl  safe_registers
    .type   safe_registers, @function
safe_registers:
    .cfi_startproc
    movq    %r12, 72(%rdi)
    movq    %r13, 80(%rdi)
    movq    %r14, 88(%rdi)
    movq    %r15, 96(%rdi)
    movq    %rbp, 120(%rdi)
    movq    %rbx, 128(%rdi)
    leaq    8(%rsp), %rax
    movq    %rax, 160(%rdi)
    movq    (%rsp), %rax
    movq    %rax, 168(%rdi)
    ret
    .cfi_endproc
    .size   safe_registers, .-safe_registers

/* void safe_halt(void): a privileged instruction, SIGSEGV for certain, even in PID 1 of a namespace. */
    .hidden safe_halt
    .globl  safe_halt
    .type   safe_halt, @function
safe_halt:
    .cfi_startproc
    hlt
    jmp     safe_halt
    .cfi_endproc
    .size   safe_halt, .-safe_halt

/*
 * long safe_clone_on(void *stack_top, unsigned long flags, int *child_tid, int (*body)(void *), void *arg)
 * Raw clone(2); the child runs body(arg) on stack_top and exits with its result. stack_top is 16-byte aligned.
 */
    .hidden safe_clone_on
    .globl  safe_clone_on
    .type   safe_clone_on, @function
safe_clone_on:
    .cfi_startproc
    subq    $16, %rdi
    movq    %rcx, 8(%rdi)       /* body */
    movq    %r8, 0(%rdi)        /* arg */
    movq    %rdx, %r10          /* child_tid */
    movq    %rdi, %rax
    movq    %rsi, %rdi          /* flags */
    movq    %rax, %rsi          /* stack */
    xorl    %edx, %edx          /* parent_tid */
    xorl    %r8d, %r8d          /* tls: unused without CLONE_SETTLS */
    movl    $56, %eax
    syscall
    testq   %rax, %rax
    jz      1f
    ret
1:  .cfi_undefined rip
    xorl    %ebp, %ebp
    popq    %rdi                /* arg */
    popq    %rax                /* body */
    call    *%rax
    movl    %eax, %edi
    movl    $60, %eax           /* exit */
    syscall
    movl    $231, %eax          /* exit_group, where a filter forbids that one */
    syscall
    hlt
    .cfi_endproc
    .size   safe_clone_on, .-safe_clone_on

/* long safe_call_on(void *stack_top, int (*body)(void *), void *arg): call body(arg) on another stack. */
    .hidden safe_call_on
    .globl  safe_call_on
    .type   safe_call_on, @function
safe_call_on:
    .cfi_startproc
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    movq    %rdi, %rsp
    movq    %rdx, %rdi
    call    *%rsi
    movslq  %eax, %rax
    movq    %rbp, %rsp
    popq    %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size   safe_call_on, .-safe_call_on

    .section .note.GNU-stack, "", @progbits
