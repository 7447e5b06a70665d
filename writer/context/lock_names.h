/* SPDX-License-Identifier: MIT */
/* What a thread waits for, by the names of the functions on its stack. */
#ifndef CRUMPLE_WRITER_CONTEXT_LOCK_NAMES_H
#define CRUMPLE_WRITER_CONTEXT_LOCK_NAMES_H

#include "crash/crash.h"

#define LOCK_NAME_BYTES 64

/** The name of the function of a frame of the thread (0: the innermost) without the prefixes of libc's own names ("__GI___poll"
 * is "poll") and suffixes (".constprop.0"). Returns name; "" if it is not known. */
const char *lock_names_frame(const struct crash *crash, size_t thread, size_t frame,
                             char name[LOCK_NAME_BYTES]);

/** The same of a name alone, of size bytes. */
void lock_names_plain(const char *function, size_t size, char name[LOCK_NAME_BYTES]);

/** What a function of libc or libstdc++ waits for, by its plain name; WAIT_FUTEX: the name says nothing. */
enum wait_kind lock_names_kind(const char *name);

/** What a thread in a futex call waits for, by the innermost of its functions that says it; WAIT_FUTEX: none does. */
enum wait_kind lock_names_of_stack(const struct crash *crash, size_t thread);

#endif
