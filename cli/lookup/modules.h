/* SPDX-License-Identifier: MIT */
/*
 * The files of a report's modules on this machine: the module's own, or the debug file beside it or under /usr/lib/debug,
 * always with the build-id that the report names. Nothing is fetched from a network.
 *
 * Used in the child of lookup/child.h only: the files may be as damaged as anything else.
 */
#ifndef CRUMPLE_CLI_LOOKUP_MODULES_H
#define CRUMPLE_CLI_LOOKUP_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

struct modules;
struct module;

/** Returns NULL where memory is short. */
struct modules *modules_new(void);

/** Takes NULL. */
void modules_free(struct modules *modules);

/** The module of a path and a build-id, both a report's; NULL: no file here has that build-id. It is opened
 * once. */
struct module *modules_find(struct modules *modules, const char *path, const char *build_id);

/** The compilation unit of an address as the file counts it. *ret_bias: what addresses of its debug
 * information have more than the file's. Returns false if nothing is known of it. */
bool modules_unit(struct module *module, uint64_t offset, Dwarf_Die *ret_unit, uint64_t *ret_bias);

/** Whether the module has debug information at all. */
bool modules_has_units(struct module *module);

/** Reads what is the same in the file and in memory, because no process writes there. Offset as above;
 * false where the file does not have it. */
bool modules_read(const struct module *module, uint64_t offset, void *bytes, size_t size);

/** The name of the symbol at an offset, as the linker has it, or NULL. */
const char *modules_symbol(const struct module *module, uint64_t offset);

/** The address of its first byte in memory, as the file counts it. */
uint64_t modules_start(const struct module *module);

#endif
