/* SPDX-License-Identifier: MIT */
/* What the doctor says: one thing a line, and what to do about it. */
#ifndef CRUMPLE_CLI_FACTS_VERDICT_H
#define CRUMPLE_CLI_FACTS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

enum verdict_level {
    VERDICT_OK,
    VERDICT_NOTE, /* good to know; nothing needs to be done */
    VERDICT_WARN, /* a part of a report, or its place, is in danger */
    VERDICT_FAIL  /* crumple will see nothing */
};

struct verdict {
    enum verdict_level level;
    const char *topic; /* a constant, one word */
    char *text;        /* owned; may hold foreign characters */
    char *advice;      /* owned, or NULL: nothing to do */
};

struct verdicts {
    struct verdict *items;
    size_t count;
    bool is_short; /* memory was: items are missing */
};

/** Adds a verdict. */
__attribute__((format(printf, 4, 5))) void verdicts_add(struct verdicts *verdicts, enum verdict_level level,
                                                        const char *topic, const char *format, ...);

/** Says what to do about the verdict that was added last. */
__attribute__((format(printf, 2, 3))) void verdicts_advise(struct verdicts *verdicts, const char *format,
                                                           ...);

/** Appends all verdicts of from, which is then empty. */
void verdicts_take(struct verdicts *verdicts, struct verdicts *from);

/** "ok", "note", "warn" or "fail". */
const char *verdict_word(enum verdict_level level);

/** The worst level; VERDICT_OK if there is none. */
enum verdict_level verdicts_worst(const struct verdicts *verdicts);

void verdicts_clear(struct verdicts *verdicts);

#endif
