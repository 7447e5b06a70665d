/* SPDX-License-Identifier: MIT */
/*
 * May a thread be ended at this place? Plain functions of the facts about its frames: no frame may hold a
 * lock of a library, and the stack must be understood down to the recovery frame. verdict/verdict.c collects
 * the facts; docs/recovery.md explains the reasons.
 */
#ifndef CRUMPLE_WRITER_VERDICT_JUDGE_H
#define CRUMPLE_WRITER_VERDICT_JUDGE_H

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
    char called[VERDICT_NAME]; /* the name its caller used, from the relocation; empty: unknown */
    bool stops_unwinder; /* the process's unwinder does not get out of it: code/cfa.h, eh_frame_make_table */
};

/**
 * Judges count frames, innermost first, without the recovery frame and those outside it. Returns the reason
 * why the thread may not be ended, or NULL. Then *ret_must_unwind means that no jump may skip these frames,
 * and *ret_must_jump that they must not be unwound.
 */
const char *verdict_judge(enum verdict_cause cause, const struct verdict_frame *frames, size_t count,
                          bool *ret_must_unwind, bool *ret_must_jump);

/** How the thread ends, for people: "unwind" or "jump". */
const char *verdict_how_name(enum verdict_how how);

/** The same for the process, which must also know VERDICT_UNWIND_ONLY: "unwind-only". */
const char *verdict_how_word(enum verdict_how how);

#endif
