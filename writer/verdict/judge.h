/* SPDX-License-Identifier: MIT */
/*
 * May a thread be ended where it stands? Plain functions of what is known of its frames: no lock of a library
 * may be held by anything on the stack, and the stack must be understood down to the recovery frame.
 * verdict/verdict.c collects the facts; docs/recovery.md tells people.
 */
#ifndef WRITER_VERDICT_JUDGE_H
#define WRITER_VERDICT_JUDGE_H

#include <stdint.h>

#include "crash/words.h"
#include "walk/frame_class.h"

enum verdict_cause { VERDICT_FAULT, VERDICT_ABORT, VERDICT_EXCEPTION };

#define VERDICT_NAME 96

struct verdict_frame {
    uint8_t class; /* enum frame_class */
    uint8_t trust; /* enum frame_trust */
    bool is_signal_frame;
    char name[VERDICT_NAME];   /* its symbol, as it is in the file; empty: none covers the address */
    char called[VERDICT_NAME]; /* what its caller called, by the relocation; empty: not known */
};

/**
 * Judges count frames, innermost first, those from the recovery frame on left out. Returns the reason why the
 * thread may not be ended, or NULL; then *ret_must_unwind says that nothing may jump over these frames, and
 * *ret_must_jump that they must not be unwound.
 */
const char *verdict_judge(enum verdict_cause cause, const struct verdict_frame *frames, size_t count,
                          bool *ret_must_unwind, bool *ret_must_jump);

/** How the thread ends, for people: "unwind" or "jump". */
const char *verdict_how_name(enum verdict_how how);

/** The same for the process, which must know of VERDICT_UNWIND_ONLY, too: "unwind-only". */
const char *verdict_how_word(enum verdict_how how);

#endif
