/* SPDX-License-Identifier: MIT */
/* An exit in words: who called it, and what led to it. */
#ifndef WRITER_EXPLAIN_EXIT_H
#define WRITER_EXPLAIN_EXIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "explain/signature.h"

struct crash;

#define EXIT_NAME_BYTES 160

/* Who called: a string is "" where it is not known. */
struct exit_words {
    char function[EXIT_NAME_BYTES]; /* of the first frame that is neither libc's nor crumple's */
    char module[EXIT_NAME_BYTES];   /* the file it is in, without its directory */
    bool is_foreign;                /* that file is not the executable */
    uint64_t offset;                /* in the module */
    bool is_return;                 /* main returned; the caller then is main */
    bool is_last_thread;            /* the last thread ended */
    char via[64];                   /* the function of libc that stands between: err, error */
    char fault[16];                 /* signal of the fault in whose handler this happens: "SIGSEGV" */
    uint64_t fault_address;
    char fault_function[EXIT_NAME_BYTES]; /* where it struck */
    char description[700];                /* a sentence */
};

/** Whether the event is an exit: such a one has no signal. */
bool exit_is(const struct crash *crash);

/** Fills crash->exit and the title of an exit; may put main in the place of what called it (frames). */
void exit_describe(struct crash *crash, struct sig_input *input, struct sig_frame *frames);

/** The member "exit" of a report; of another event nothing. */
void exit_json(const struct crash *crash, struct buffer *out);

#endif
