/* SPDX-License-Identifier: MIT */
/*
 * Tags: facts that the program tells of a thread or of itself (crumple.h). A table has one writer at a time: its thread,
 * or who holds the lock of the process's table. It can be read at any instant, by anybody: each tag has room for two
 * values, and 'turns' says which one counts. A thread that is stopped while it writes shows the value before.
 *
 * Lifetime: that of the process; a table is used again when its thread has ended. Tables lie in memory of their own,
 * which no core holds (tell/memory.h): tags can be secrets.
 */
#ifndef CRUMPLE_PRELOAD_TELL_TAGS_H
#define CRUMPLE_PRELOAD_TELL_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAFE_TAGS_MAX        16
#define SAFE_TAG_NAME_BYTES  32
#define SAFE_TAG_VALUE_BYTES 96

struct safe_tag {
    _Atomic uint32_t turns; /* value[turns % 2] counts */
    _Atomic uint8_t
        level; /* 0: the place is free; 1: a tag; 2 and more: it hides the tag of its name with one less */
    uint8_t depth; /* of a push: one more than that of the push before it, of any name; 0: none has made it */
    bool is_secret;
    char name[SAFE_TAG_NAME_BYTES];
    char value[2][SAFE_TAG_VALUE_BYTES];
};

struct safe_tags {
    _Atomic int
        owner; /* tid, negated: the keeper looks for tids in lock words (contain/keeper_work.c); 0: nobody */
    uint32_t latest; /* the place that was written last: the visible one of its name */
    uint32_t used;   /* places from here on were never used */
    uint8_t refused; /* calls since is_busy was set */
    _Atomic bool is_busy;
    struct safe_tag tag[SAFE_TAGS_MAX];
};
_Static_assert(sizeof(struct safe_tags) <= 4096, "a thread pays with one page");

/* The calling thread's, NULL: it has none so far. Writer: the thread itself. A report reads it in all threads. */
extern __thread struct safe_tags *safe_tags_own;

/**
 * Sets a tag of a table to value, a text; push: the name's tag before is kept below. name may begin with '!'. Only the
 * table's writer. Returns 0, or -EINVAL, -ENOSPC, -EAGAIN as crumple.h says.
 */
int safe_tags_set(struct safe_tags *tags, const char *name, const char *value, bool push);

/** Takes back the latest push of the name; or its visible tag, whatever it is. Returns 0, -ENOENT or -EAGAIN. */
int safe_tags_pop(struct safe_tags *tags, const char *name);
int safe_tags_remove(struct safe_tags *tags, const char *name);

/** The depth of the latest push. safe_tags_unwind() takes back the pushes that are deeper, after a jump out of them. */
uint8_t safe_tags_depth(const struct safe_tags *tags);
void safe_tags_unwind(struct safe_tags *tags, uint8_t depth);

/** Nobody changes it now, whatever it says: who did has left by a jump, or is of the process before a fork. */
void safe_tags_settle(struct safe_tags *tags);

/** Makes the table empty, for another thread. */
void safe_tags_clear(struct safe_tags *tags);

/** Copies the tag at that place. False: there is none, another tag of its name hides it, or it is being changed. */
bool safe_tags_read(const struct safe_tags *tags, uint32_t at, struct safe_tag *ret);

#endif
