/* SPDX-License-Identifier: MIT */
/* The lock that a thread held when it faulted, as the bundle of the death says. */
#ifndef CRUMPLE_DRILL_LOCK_NAME_H
#define CRUMPLE_DRILL_LOCK_NAME_H

#include <stddef.h>

/** The name of the variable, MODULE+0xOFFSET where it has none, or that it lies in no module; "" if the thread held no lock
 * that is known, or the bundle cannot be read. */
void drill_lock_name(const char *bundle, char *ret_name, size_t size);

#endif
