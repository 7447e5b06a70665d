/* SPDX-License-Identifier: MIT */
/* Entries into the handler, as the kernel and libc make them. */
#include "base/signal_frame.inc"

    .text
/*
 * Where an application's handler of SIGABRT returns to when libc is in abort() on its own account (fault/entry.h): the
 * death is reported, of the frame that the handler had. rsp is at the ucontext, which siginfo follows.
 */
    .hidden safe_restore_abort
    .globl  safe_restore_abort
    .type   safe_restore_abort, @function
    .hidden safe_fatal_handler
    .cfi_startproc simple
    SIGNAL_FRAME
    nop
safe_restore_abort:
    movl    $6, %edi            /* SIGABRT */
    leaq    304(%rsp), %rsi
    movq    %rsp, %rdx
    call    safe_fatal_handler
    movq    $15, %rax
    syscall
    .cfi_endproc
    .size   safe_restore_abort, .-safe_restore_abort

/* Where a handler returns to whose time is limited (fault/limit.h). rsp is at the ucontext, and aligned. */
    .hidden safe_restore_limited
    .globl  safe_restore_limited
    .type   safe_restore_limited, @function
    .hidden safe_limit_end
    .cfi_startproc simple
    SIGNAL_FRAME
    nop
safe_restore_limited:
    call    safe_limit_end
    movq    $15, %rax
    syscall
    .cfi_endproc
    .size   safe_restore_limited, .-safe_restore_limited

/*
 * void safe_entry(int sig, siginfo_t *info, void *context)
 * The kernel's handler where the application has one of its own. safe_entry_decide names the handler to jump to, with
 * the stack as the kernel left it, or NULL: then this one returns. EFLAGS.AC is cleared, as in safe_fatal_handler.
 */
    .hidden safe_entry
    .hidden safe_entry_decide
    .globl  safe_entry
    .type   safe_entry, @function
safe_entry:
    .cfi_startproc
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    pushq   %rsi
    .cfi_adjust_cfa_offset 8
    pushq   %rdx
    .cfi_adjust_cfa_offset 8
    pushfq
    .cfi_adjust_cfa_offset 8
    andq    $~0x40000, (%rsp)
    popfq
    .cfi_adjust_cfa_offset -8
    call    safe_entry_decide
    popq    %rdx
    .cfi_adjust_cfa_offset -8
    popq    %rsi
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    testq   %rax, %rax
    jz      1f
    movq    %rax, %r11
    xorl    %eax, %eax
    jmp     *%r11
1:  ret
    .cfi_endproc
    .size   safe_entry, .-safe_entry

    .section .note.GNU-stack, "", @progbits
