/* SPDX-License-Identifier: MIT */
/* Functions whose symbols have no size, as assemblers write them who leave it out. NO_TABLES: without call frame information. */
#ifdef NO_TABLES
#define CFI(...)
#else
#define CFI(...) __VA_ARGS__
#endif
    .text
    .globl bare_copy
    .type bare_copy, @function
bare_copy: /* (to, from, size) */
    CFI(.cfi_startproc)
    push %rbx
    CFI(.cfi_def_cfa_offset 16)
    CFI(.cfi_offset %rbx, -16)
    sub $40, %rsp
    CFI(.cfi_def_cfa_offset 56)
    xor %ebx, %ebx
    test %rdx, %rdx
    jz 2f
1:  mov (%rsi,%rbx), %al
    mov %al, (%rdi,%rbx)
    inc %rbx
    cmp %rdx, %rbx
    jb 1b
2:  add $40, %rsp
    CFI(.cfi_def_cfa_offset 16)
    pop %rbx
    CFI(.cfi_def_cfa_offset 8)
    ret
    CFI(.cfi_endproc)

    .globl bare_aligned
    .type bare_aligned, @function
bare_aligned: /* (visitor, context): on a stack that begins at a multiple of 64 */
    CFI(.cfi_startproc)
    push %rbp
    CFI(.cfi_def_cfa_offset 16)
    CFI(.cfi_offset %rbp, -16)
    mov %rsp, %rbp
    CFI(.cfi_def_cfa_register %rbp)
    push %r12
    CFI(.cfi_offset %r12, -24)
    push %rbx
    CFI(.cfi_offset %rbx, -32)
    mov %rsi, %r12
    mov %rdi, %rbx
    and $-64, %rsp
    mov %r12, %rdi
    xor %esi, %esi
    call *%rbx
    cmp $7, %rax
    jne 1f
    mov %r12, %rdi
    mov %eax, %esi
    call *%rbx
1:  lea -16(%rbp), %rsp
    pop %rbx
    pop %r12
    pop %rbp
    CFI(.cfi_def_cfa %rsp, 8)
    ret
    CFI(.cfi_endproc)

/* Nothing leads here from the function before. */
    .type hidden_after, @function
hidden_after:
    CFI(.cfi_startproc)
    sub $24, %rsp
    CFI(.cfi_def_cfa_offset 32)
    mov %rdi, %rax
    mov %rsi, %rdi
    xor %esi, %esi
    call *%rax
    add $24, %rsp
    CFI(.cfi_def_cfa_offset 8)
    ret
    CFI(.cfi_endproc)

    .globl bare_hidden
    .type bare_hidden, @function
bare_hidden: /* (visitor, context) */
    CFI(.cfi_startproc)
    sub $8, %rsp
    CFI(.cfi_def_cfa_offset 16)
    call hidden_after
    add $8, %rsp
    CFI(.cfi_def_cfa_offset 8)
    ret
    CFI(.cfi_endproc)
    .section .note.GNU-stack, "", @progbits
