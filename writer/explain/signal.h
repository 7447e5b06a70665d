/* SPDX-License-Identifier: MIT */
/* What a signal means, in words: names of signals and codes, whether it was a fault or was sent, and why it
 * happened. */
#ifndef WRITER_EXPLAIN_SIGNAL_H
#define WRITER_EXPLAIN_SIGNAL_H

#include "explain/fault_class.h"

enum signal_origin {
    SIGNAL_FAULT = 0, /* by hardware or the kernel, at an instruction of the thread */
    SIGNAL_SENT = 1,  /* by a process, perhaps this one */
    SIGNAL_ABORT = 2  /* SIGABRT to itself: abort() */
};

struct signal_words {
    char name[16];      /* "SIGSEGV" */
    char code_name[24]; /* "SEGV_MAPERR" */
    enum signal_origin origin;
    enum fault_class class;
    bool has_address;
    bool has_sender; /* pid and uid */
    bool is_stack_overflow;
    bool is_bad_jump;              /* the program counter itself is what was wrong */
    const char *reg_name;          /* register by which the instruction came to the address, or NULL */
    const struct maps_range *file; /* mapping beyond whose file the address is, or NULL */
    char cause[200];               /* short, for titles: "address 0x0 (NULL pointer)" */
    char description[400];         /* a sentence: the address or the sender */
};

/** Describes the signal of notes; input is of the same signal. */
void signal_describe(const struct notes *notes, const struct fault_input *input,
                     struct signal_words *ret_words);

#endif
