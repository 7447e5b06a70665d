/* SPDX-License-Identifier: MIT */
/* What a signal means, in words: names of signals and codes, whether it was a fault or was sent, and why it
 * happened. */
#ifndef CRUMPLE_WRITER_SIGNAL_WORDS_H
#define CRUMPLE_WRITER_SIGNAL_WORDS_H

#include "maps.h"
#include "notes.h"

enum signal_origin {
    SIGNAL_FAULT = 0, /* by hardware or the kernel, at an instruction of the thread */
    SIGNAL_SENT = 1,  /* by a process, perhaps this one */
    SIGNAL_ABORT = 2  /* SIGABRT to itself: abort() */
};

struct signal_words {
    char name[16];      /* "SIGSEGV" */
    char code_name[24]; /* "SEGV_MAPERR" */
    enum signal_origin origin;
    bool has_address;
    bool is_stack_overflow;
    bool is_freed_module;  /* the address was in a module that dlclose has unloaded (unloaded.h) */
    bool is_bad_jump;      /* the program counter itself is what was wrong */
    char cause[160];       /* short, for titles: "address 0x0 (NULL pointer)" */
    char description[400]; /* a sentence: the address or the sender */
};

/** Describes the signal of notes; registers are those of the faulting thread, or NULL. */
void signal_describe(const struct notes *notes, const struct maps *maps,
                     const struct user_regs_struct *registers, struct signal_words *ret_words);

#endif
