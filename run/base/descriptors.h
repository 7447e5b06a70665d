/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_RUN_BASE_DESCRIPTORS_H
#define CRUMPLE_RUN_BASE_DESCRIPTORS_H

#include <stddef.h>

/**
 * In a process that was forked: closes all descriptors from this one on. What it has inherited would keep pipes of the server
 * open, whose other end is to notice that nobody reads.
 */
void descriptors_close_from(int first);

/** The same from 3 on, but for these; -1 is none of them. */
void descriptors_close_but(const int *kept, size_t count);

#endif
