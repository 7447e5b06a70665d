/* SPDX-License-Identifier: MIT */
/* The memory in a bundle's core. The core is foreign: every offset and size in it is checked. */
#ifndef CRUMPLE_CLI_READ_CORE_MEMORY_H
#define CRUMPLE_CLI_READ_CORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_VECTORS 16 /* xmm0 to xmm15 */

struct core_memory;

/** Maps the core that fd is open for, which stays the caller's and must not shrink. Returns 0, -ENOMEM or
 * -EBADMSG (damaged). */
int core_memory_open(int fd, struct core_memory **ret_core);

/** Takes NULL. */
void core_memory_close(struct core_memory *core);

/** Reads size bytes at an address of the process; false where not all of them are in the core. */
bool core_memory_read(const struct core_memory *core, uint64_t address, void *bytes, size_t size);

/** The vector registers of the first thread (NT_FPREGSET); NULL: the core has none. */
const uint8_t (*core_memory_vectors(const struct core_memory *core))[16];

#endif
