/* SPDX-License-Identifier: MIT */
/*
 * What is to be read for an entry of CRUMPLE_WATCH, worked out from a symbol and, where there is debug information, its type: nothing in it depends on
 * the process's memory. The writer then reads, for one or for a thousand threads; 'crumple doctor' only asks whether there is a plan.
 */
#ifndef CRUMPLE_TYPED_WATCH_PLAN_H
#define CRUMPLE_TYPED_WATCH_PLAN_H

#include "typed_name.h"
#include "typed_print.h"
#include "typed_symbols.h"
#include "typed_variable.h"
#include "watch_entry.h"

#define WATCH_FOLLOWS_MAX (2 * WATCH_STEPS_MAX + 1)

/* A pointer that is read where the address has come to; the next address is what it holds, and 'add'. */
struct watch_follow {
    int64_t add;
    uint32_t first, end; /* what the pointer is called: a part of the expression */
};

enum watch_text { WATCH_NO_TEXT = 0, WATCH_TEXT_ARRAY, WATCH_TEXT_POINTER, WATCH_TEXT_EITHER };

struct watch_plan {
    uint64_t
        address; /* where reading begins, as the file counts it; of a thread-local variable from the start of the block */
    bool is_thread_local;
    struct watch_follow follows[WATCH_FOLLOWS_MAX];
    unsigned follow_count;
    enum watch_type type;    /* how the value is written; WATCH_UNTOLD: as 'typed' has it */
    struct typed_type typed; /* belongs to the debug information */
    struct typed_bits bits;
    enum watch_text text;
    uint64_t size; /* bytes of the value; of text the room of the array, 0: not known */
};

/**
 * Makes the plan. variable: what debug information has of it, or NULL; 'module' is the file's name, for words. Returns false with the reason in
 * words in 'why', always ended: what is missing, and what to write.
 */
bool watch_plan_make(const struct watch_entry *entry, const struct typed_symbol *symbol,
                     const struct typed_variable *variable, const char *module, struct watch_plan *ret,
                     char *why, size_t why_size);

#endif
