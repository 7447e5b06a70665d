/* SPDX-License-Identifier: MIT */
/* What the functions of crumple.h do with a finished text: tags of the calling thread and of the process, and events. */
#ifndef CRUMPLE_PRELOAD_TELL_WORDS_H
#define CRUMPLE_PRELOAD_TELL_WORDS_H

#include "tell/tags.h"

#define SAFE_EVENTS_MAX       256
#define SAFE_EVENT_TEXT_BYTES 120

struct safe_told_event {
    _Atomic uint64_t
        ticket; /* 0: never written; odd: being written; else the event's number, from 1 on, times two */
    uint64_t time_ns; /* CLOCK_REALTIME */
    int tid;          /* negated, as the owner of a table */
    char text[SAFE_EVENT_TEXT_BYTES];
};

/** For the calling thread; it gets a table if it has none. value: of SAFE_TAG_VALUE_BYTES, with a NUL among them. */
int safe_thread_tag(const char *name, const char *value, bool push);

/** For the process, in any thread; one after the other. value NULL: the tag is removed. -EAGAIN: another thread took too long. */
int safe_process_tag(const char *name, const char *value);

/** The table of the process; NULL: it has none. Anybody may read it. */
const struct safe_tags *safe_process_tags(void);

/** Adds an event of the calling thread. text as value, of SAFE_EVENT_TEXT_BYTES. -EAGAIN: its place is in use. */
int safe_told_event_add(const char *text, uint64_t time_ns);

/**
 * Copies event number *number, or the next one after it that is there whole; sets *number to the one after that. Begin
 * with 0. False: no more.
 */
bool safe_told_event_next(uint64_t *number, struct safe_told_event *ret);

#endif
