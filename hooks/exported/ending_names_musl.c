/* SPDX-License-Identifier: MIT */
/* A jump, so that the arguments may be any: not beside the functions of the same names (endings_musl.c). */

#define JUMPS(name)                                                                                          \
    __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n.cfi_startproc\n"              \
            "jmp *ending_" #name "(%rip)\n.cfi_endproc\n.size " #name ", .-" #name)

JUMPS(err);
JUMPS(errx);
JUMPS(verr);
JUMPS(verrx);
