/* SPDX-License-Identifier: MIT */
/* The two files of the probe. */
#ifndef PROBE_H
#define PROBE_H

void probe_more(void);
/* What the program that a probe starts says: the mask it was given. */
void probe_told_mask(const char *name);

#endif
