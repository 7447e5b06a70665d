/* SPDX-License-Identifier: MIT */
/*
 * Safe file: are there loaded objects that the redirection (redirect/redirect.h) has not treated? crumple
 * does not see their locks, so until then no thread may be ended. In hooks and in the handler.
 */
#ifndef CRUMPLE_PRELOAD_PROC_LOADING_H
#define CRUMPLE_PRELOAD_PROC_LOADING_H

#include <stdbool.h>
#include <stdint.h>

/** Returns a fingerprint of the list of loaded objects; 0: the list is unreadable or changing. Signal-safe. */
uint64_t safe_loading_fingerprint(void);
/** True while the loader changes its list, or if the list differs from the one noted last. Reads only ld.so's
 * records, takes no lock; unreadable records count as true. Signal-safe. */
bool safe_loading(void);
/** Notes the present list as treated, if 'complete'. Under the loader's lock of its list. False: not noted,
 * because the loader is changing the list. */
bool safe_loading_note(bool complete);

#endif
