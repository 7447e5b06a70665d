/* SPDX-License-Identifier: MIT */
/* Interpreters with a global lock among the loaded objects, for the policy. In ordinary code of pthread_create, with
 * the loader's lock of its list. */
#ifndef CRUMPLE_PRELOAD_END_INTERPRETERS_H
#define CRUMPLE_PRELOAD_END_INTERPRETERS_H

struct dl_phdr_info;

/** Before all objects are looked at, for each of them, and after the last. */
void interpreters_begin(void);
void interpreters_look(const struct dl_phdr_info *info);
void interpreters_end(void);

#endif
