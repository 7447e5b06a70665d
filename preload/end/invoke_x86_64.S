/* SPDX-License-Identifier: MIT */
    .text
/*
 * void *recover_invoke(void *(*routine)(void *), void *argument)
 * The outermost frame below the recovery frame. The unwinder asks its personality, in the search phase, about an
 * uncaught exception, while the stack of the throw still exists.
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
 * void recover_guard_invoke(void (*function)(void *), void *argument, const struct recover_guard *guard)
 * The same below a guard: the unwinder tells its personality that it passes, and that finds 'guard' below rbp.
 */
    .hidden recover_guard_personality
    .hidden recover_guard_invoke
    .globl  recover_guard_invoke
    .type   recover_guard_invoke, @function
recover_guard_invoke:
    .cfi_startproc
    .cfi_personality 0x1b, recover_guard_personality
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    pushq   %rdx
    pushq   %rdx
    movq    %rdi, %rax
    movq    %rsi, %rdi
    call    *%rax
    leave
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size   recover_guard_invoke, .-recover_guard_invoke

    .section .note.GNU-stack, "", @progbits
