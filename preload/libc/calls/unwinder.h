/* SPDX-License-Identifier: MIT */
/* What pthread_exit needs. Ordinary code. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_UNWINDER_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_UNWINDER_H

#include <stdbool.h>

/** Loads the unwinder that libc's pthread_exit uses, so that no thread that is being ended has to. False: it is not
 * known how. */
bool libc_unwinder_load(void);

#endif
