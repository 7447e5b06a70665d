/* SPDX-License-Identifier: MIT */
/* The few instructions C cannot say. */

/*
 * Signal trampoline. The bytes are those unwinders and gdb look for (mov $15,%rax; syscall), and the CFI says that the
 * caller's registers lie in the signal frame. Offsets are those of struct sigcontext behind the five words of
 * struct ucontext (arch/x86/include/uapi/asm/sigcontext.h); at this point rsp is at the ucontext.
 */
    .text
    .macro SIGNAL_FRAME
    .cfi_signal_frame
    .cfi_escape 0x0f, 0x04, 0x77, 0xa0, 0x01, 0x06  /* CFA = *(rsp + 160), the interrupted rsp */
    .cfi_escape 0x10, 0x00, 0x03, 0x77, 0x90, 0x01  /* rax */
    .cfi_escape 0x10, 0x01, 0x03, 0x77, 0x88, 0x01  /* rdx */
    .cfi_escape 0x10, 0x02, 0x03, 0x77, 0x98, 0x01  /* rcx */
    .cfi_escape 0x10, 0x03, 0x03, 0x77, 0x80, 0x01  /* rbx */
    .cfi_escape 0x10, 0x04, 0x03, 0x77, 0xf0, 0x00  /* rsi */
    .cfi_escape 0x10, 0x05, 0x03, 0x77, 0xe8, 0x00  /* rdi */
    .cfi_escape 0x10, 0x06, 0x03, 0x77, 0xf8, 0x00  /* rbp */
    .cfi_escape 0x10, 0x07, 0x03, 0x77, 0xa0, 0x01  /* rsp */
    .cfi_escape 0x10, 0x08, 0x02, 0x77, 0x28        /* r8 */
    .cfi_escape 0x10, 0x09, 0x02, 0x77, 0x30
    .cfi_escape 0x10, 0x0a, 0x02, 0x77, 0x38
    .cfi_escape 0x10, 0x0b, 0x03, 0x77, 0xc0, 0x00
    .cfi_escape 0x10, 0x0c, 0x03, 0x77, 0xc8, 0x00
    .cfi_escape 0x10, 0x0d, 0x03, 0x77, 0xd0, 0x00
    .cfi_escape 0x10, 0x0e, 0x03, 0x77, 0xd8, 0x00
    .cfi_escape 0x10, 0x0f, 0x03, 0x77, 0xe0, 0x00  /* r15 */
    .cfi_escape 0x10, 0x10, 0x03, 0x77, 0xa8, 0x01  /* rip */
    .endm

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

/*
 * int safe_try_copy(void *to, const void *from, size_t n)
 * A copy that can fail: returns 0, or -1 when one of the two sides is no memory. The handlers of SIGSEGV and SIGBUS know
 * the instructions that can fault, and go on behind them (base/try.h). One word, as most are, by moves: the start of a
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
 * Trampolines of an ending (fault/resume.c). At rsp lie the interrupted program counter and stack pointer; all other
 * registers are as they were, which is what the CFI says by saying nothing. The first is a signal frame to unwinders:
 * the interrupted instruction is looked up as it is, not the one before.
 */
    .hidden recover_end
    .hidden safe_end_interrupted
    .globl  safe_end_interrupted
    .type   safe_end_interrupted, @function
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_escape 0x0f, 0x03, 0x77, 0x08, 0x06        /* CFA = *(rsp + 8), the interrupted rsp */
    .cfi_escape 0x10, 0x10, 0x02, 0x77, 0x00        /* rip at rsp */
    nop
safe_end_interrupted:
    call    recover_end
    hlt
    .cfi_endproc
    .size   safe_end_interrupted, .-safe_end_interrupted

    .hidden safe_end_called
    .globl  safe_end_called
    .type   safe_end_called, @function
    .cfi_startproc simple
    .cfi_escape 0x0f, 0x03, 0x77, 0x08, 0x06
    .cfi_escape 0x10, 0x10, 0x02, 0x77, 0x00
    nop
safe_end_called:
    call    recover_end
    hlt
    .cfi_endproc
    .size   safe_end_called, .-safe_end_called

/*
 * void *recover_invoke(void *(*routine)(void *), void *argument)
 * The outermost frame below the recovery frame. Its personality is asked, in the search phase, about an exception that
 * nobody catches, while the stack of the throw still stands.
 */
    .hidden recover_personality
    .hidden recover_invoke
    .globl  recover_invoke
    .type   recover_invoke, @function
recover_invoke:
    .cfi_startproc
    .cfi_personality 0x1b, recover_personality
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    movq    %rdi, %rax
    movq    %rsi, %rdi
    call    *%rax
    popq    %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size   recover_invoke, .-recover_invoke

/*
 * void recover_registers(ucontext_t *uc)
 * The caller's registers as a signal frame would show them, as far as an unwinder needs them. gregs begin at 40.
 */
    .hidden recover_registers
    .globl  recover_registers
    .type   recover_registers, @function
recover_registers:
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
    .size   recover_registers, .-recover_registers

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
