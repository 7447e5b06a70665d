/* SPDX-License-Identifier: MIT */
/* What a program's file says of itself, as far as it matters to a preload. The file may be anything. */
#ifndef CRUMPLE_RUN_PROGRAM_ELF_H
#define CRUMPLE_RUN_PROGRAM_ELF_H

#include <stdbool.h>

enum program_kind {
    PROGRAM_GLIBC,   /* asks for glibc's ld.so: a preload reaches it */
    PROGRAM_MUSL,    /* asks for musl's: glibc's object would end it with 127 */
    PROGRAM_STATIC,  /* asks for no interpreter: no preload reaches it */
    PROGRAM_FOREIGN, /* of another processor, or with another interpreter */
    PROGRAM_SCRIPT,  /* begins with #! */
    PROGRAM_UNKNOWN  /* neither */
};

#define ELF_INTERPRETER_BYTES 256

struct elf_facts {
    enum program_kind kind;
    bool is_go; /* has Go's build information */
    char interpreter
        [ELF_INTERPRETER_BYTES]; /* of the program, or of the script (with its argument cut off); "" none */
};

/** Reads the file at fd, without moving its position. Returns 0 or a negative errno; a file that is damaged is
 * PROGRAM_UNKNOWN. Reads at most 64 KiB. */
int elf_read(int fd, struct elf_facts *ret);

#endif
