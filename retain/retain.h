/* SPDX-License-Identifier: MIT */
/*
 * Which files of a crash directory go. Plain functions of what retain_files.h found; they delete nothing. Decision 67 says why.
 *
 *   at once     left-overs; what is older than 'age'; of a signature with more than 'signature' bundles those between its
 *               first and its latest, the oldest of them first
 *   for space   ('count', 'bytes', 'free') the bundles of the signature that has most of them at that moment, between
 *               its first and its latest, the oldest first; where no signature has more than two, the oldest of all
 *
 * A bundle whose signature is not known counts with those of its program, none of which is a first or a latest.
 */
#ifndef CRUMPLE_RETAIN_RETAIN_H
#define CRUMPLE_RETAIN_RETAIN_H

#include "retain_files.h"
#include "retain_rules.h"

/** Whether the rules ask for signatures: fewer than the limits is the usual case, and then nobody needs to find them. */
bool retain_needs_signatures(const struct retain_files *files, const struct retain_rules *rules);

/** Gives a reason to what goes beyond the rules but free space, at most so many files. now_us: since 1970. Returns 0 or
 * -ENOMEM. */
int retain_to_limits(struct retain_files *files, const struct retain_rules *rules, int64_t now_us,
                     size_t most);

/** Gives the reason "free space" to as many as make up for what is missing on the disk. Returns 0, -ENOMEM, or -ENOSPC: all together
 * would not. */
int retain_for_space(struct retain_files *files, uint64_t missing);

/** A signature's hash: never 0. */
uint64_t retain_signature(const char *text, size_t size);

#endif
