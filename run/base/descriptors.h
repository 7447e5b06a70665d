/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_RUN_BASE_DESCRIPTORS_H
#define CRUMPLE_RUN_BASE_DESCRIPTORS_H

/**
 * In a process that was forked: closes all descriptors from this one on. What it has inherited would keep pipes of the server
 * open, whose other end is to notice that nobody reads.
 */
void descriptors_close_from(int first);

#endif
