/* SPDX-License-Identifier: MIT */
/* The few instructions C cannot say. */

/*
 * Signal trampoline. The bytes are those unwinders and gdb look for (mov $15,%rax; syscall), and the CFI says that the
 * caller's registers lie in the signal frame. Offsets are those of struct sigcontext behind the five words of
 * struct ucontext (arch/x86/include/uapi/asm/sigcontext.h); at this point rsp is at the ucontext.
 */
    .text
    .hidden safe_restore_rt
    .globl  safe_restore_rt
    .type   safe_restore_rt, @function
    .cfi_startproc simple
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
    nop     /* the unwinder looks up the return address minus one */
safe_restore_rt:
    movq    $15, %rax
    syscall
    .cfi_endproc
    .size   safe_restore_rt, .-safe_restore_rt

/*
 * Trampolines of an ending (safe_resume.c). At rsp lie the interrupted program counter and stack pointer; all other
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

/* void recover_resume(const uint64_t registers[8]) */
    .hidden recover_resume
    .globl  recover_resume
    .type   recover_resume, @function
recover_resume:
    .cfi_startproc
    movq    (%rdi), %rbx
    movq    8(%rdi), %rbp
    movq    16(%rdi), %r12
    movq    24(%rdi), %r13
    movq    32(%rdi), %r14
    movq    40(%rdi), %r15
    movq    48(%rdi), %rsp
    movq    56(%rdi), %rax
    cld
    jmp     *%rax
    .cfi_endproc
    .size   recover_resume, .-recover_resume

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
