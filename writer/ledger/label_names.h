/* SPDX-License-Identifier: MIT */
/*
 * A set of texts, numbered in the order of their arrival, with a limit: a text that arrives when the set is
 * full counts as 'other'. The first texts stay, even if later ones are more frequent: a counter with a name
 * in its labels keeps that name, so neither the counter nor 'other' ever goes down.
 */
#ifndef CRUMPLE_WRITER_LEDGER_LABEL_NAMES_H
#define CRUMPLE_WRITER_LEDGER_LABEL_NAMES_H

#include <stdint.h>

#include "ledger/event_line.h"

#define NAMES_NONE  0 /* of a span that is NULL */
#define NAMES_OTHER 1

struct names {
    char **items; /* owned, each too; [0] is "", [1] "other" */
    uint32_t *sizes;
    uint32_t count, room, limit;
    uint32_t *slots; /* of the hash table; 0: free */
    uint32_t mask;
    bool failed; /* memory was short: later texts are 'other' */
};

/** Makes an empty set that takes limit names. Returns 0 or -ENOMEM; names_release is due in any case. */
int names_init(struct names *names, uint32_t limit);

/** The number of a text, which is added if it is new and there is room. */
uint32_t names_add(struct names *names, struct span text);

/** The text of a number, ended by NUL (it may hold other NULs: those are cut). */
static inline const char *names_text(const struct names *names, uint32_t number)
{
    return names->items[number];
}

void names_release(struct names *names);

#endif
