/* SPDX-License-Identifier: MIT */
/*
 * --die-of=SIGNAL:MS. The writer runs in the place of a process that has crashed: no other process could be started for
 * it. Whatever happens to the writer, the process ends by SIGNAL, without a core, and after MS milliseconds at the
 * latest (docs/decisions/0050-in-place.md). The shim looks for a note in the writer's file that says that the writer
 * can do this (CRUMPLE_WRITER_NOTE).
 */
#ifndef CRUMPLE_WRITER_DIE_OF_H
#define CRUMPLE_WRITER_DIE_OF_H

struct die_of {
    int signal; /* 0: this is a process of its own */
    int ms;
};

/** Parses "SIGNAL:MS". Returns 0 or -EINVAL. */
int die_of_parse(const char *text, struct die_of *ret_die_of);

/** From now on each end of this process is the one that is wanted. is_silent: no words when that comes early. */
void die_of_prepare(const struct die_of *die_of, int is_silent);

/** Composes these words, about the process that say_of() names. Nothing in a process of its own. */
void die_of_compose(void);

/** Ends the process. Does not return. */
_Noreturn void die_of_now(void);

#endif
