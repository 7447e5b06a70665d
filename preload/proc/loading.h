/* SPDX-License-Identifier: MIT */
/*
 * Safe file: are there loaded objects that the redirection (redirect/redirect.h) has not treated? Their locks
 * would be unseen, so nothing may be ended meanwhile.
 */
#ifndef PRELOAD_PROC_LOADING_H
#define PRELOAD_PROC_LOADING_H

#include <stdbool.h>
#include <stdint.h>

/* Tells one list of loaded objects from another; 0: it cannot be read, or is being changed. Signal-safe. */
uint64_t safe_loading_fingerprint(void);
/* True while the loader changes its list, and when the list is not the one that was noted last. Reads ld.so's
 * records only, takes no lock; unreadable records count as true. Signal-safe. */
bool safe_loading(void);
/* Notes the list as it is now as treated; not when 'complete' is false. Under the loader's lock of its list.
 * False when nothing could be noted: the loader is at work, and will leave the list so or otherwise. */
bool safe_loading_note(bool complete);

#endif
