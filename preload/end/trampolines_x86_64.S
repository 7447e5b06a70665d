/* SPDX-License-Identifier: MIT */
/*
 * Trampolines of an ending, to which fault/resume.c leads. At rsp lie the interrupted program counter and stack pointer;
 * all other registers are as they were, which is what the CFI says by saying nothing. The first is a signal frame to unwinders:
 * the interrupted instruction is looked up as it is, not the one before.
 */
    .text
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

    .section .note.GNU-stack, "", @progbits
