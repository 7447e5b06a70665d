/* SPDX-License-Identifier: MIT */
/*
 * A core without what may be secret: all that is needed for stacks stays, and of everything else nothing. The size
 * and the place of each byte stay. What is kept is a list; the rest becomes zeros:
 *
 *   headers                   as they are
 *   memory that the program   code, and constants of executables and libraries (their files have the same): as it is
 *   cannot write
 *   other memory              only words that are addresses of a mapping; the link maps of the loader and the names of
 *                             their libraries
 *   registers                 only those that are such addresses, the program counter, the stack pointer and the
 *                             processor's own (segments, flags); no vector registers
 *   other notes               by their kinds (scrub/scrub_notes.c)
 *
 * The core may be anybody's: every offset and count is checked. Ordinary code, no state; what is read from the
 * plan may be asked by several threads.
 */
#ifndef CRUMPLE_SCRUB_SCRUB_H
#define CRUMPLE_SCRUB_SCRUB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

struct scrub;

/** Reads what the core of size bytes consists of. core must stay, and must not change, as long as *ret_scrub is used, which is
 * to be released. Returns 0, -ENOMEM or -EBADMSG: it is no core, or its parts overlap. */
int scrub_open(const uint8_t *core, size_t size, struct scrub **ret_scrub);

/** NULL is fine. */
void scrub_release(struct scrub *scrub);

/** Makes the scrubbed bytes [from, to) of the core. copy holds these bytes of the core, and writes only where they change. */
void scrub_range(const struct scrub *scrub, size_t from, size_t to, uint8_t *copy);

/** The word if it is an address of a mapping, else 0. */
uint64_t scrub_word(const struct scrub *scrub, uint64_t word);

/** Leaves of a thread's registers what scrub/scrub.h says. */
void scrub_registers(const struct scrub *scrub, struct user_regs_struct *registers);

#endif
