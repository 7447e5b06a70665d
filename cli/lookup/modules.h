/* SPDX-License-Identifier: MIT */
/*
 * The files of a report's modules: the module's own, or a debug file, at the places that lookup/sources.h names, always with
 * the build-id that the report names. Nothing is fetched from a network.
 *
 * Used in the child of lookup/child.h only: the files may be as damaged as anything else.
 */
#ifndef CRUMPLE_CLI_LOOKUP_MODULES_H
#define CRUMPLE_CLI_LOOKUP_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "lookup/sources.h"
#include "read/build_id.h"

struct modules;
struct module;

/* Why a module has no source lines. */
enum modules_lack {
    MODULES_LACK_NOTHING,
    MODULES_GONE,       /* nothing is at its path, and no other file is known */
    MODULES_CHANGED,    /* the file at its path is another */
    MODULES_UNREADABLE, /* it cannot be read */
    MODULES_STRIPPED,   /* its file is there, without debug information */
    MODULES_NAMELESS,   /* it has no build-id: no file can be known to be the right one */
    MODULES_IN_PART,    /* its debug information has parts in a file that is not here: lookup/alternate.h */
};

struct modules_answer {
    enum modules_lack lack;
    char path[4096];          /* where it was looked for first */
    char found[ELF_ID_BYTES]; /* of a changed one: what is there now; "": it has none */
    char wanted
        [ELF_ID_BYTES]; /* the build-id of what a server of debug files may have; "": nothing is missing */
};

/** sources: as for sources_each; must live as long. Returns NULL where memory is short. */
struct modules *modules_new(const struct sources *sources);

/** Takes NULL. */
void modules_free(struct modules *modules);

/** The module of a path and a build-id, both a report's; NULL: no file is known that has the build-id. It is opened
 * once. */
struct module *modules_find(struct modules *modules, const char *path, const char *build_id);

/** The compilation unit of an address as the file counts it. *ret_bias: what addresses of its debug
 * information have more than the file's. Returns false if nothing is known of it. */
bool modules_unit(struct module *module, uint64_t offset, Dwarf_Die *ret_unit, uint64_t *ret_bias);

/** Whether the module has debug information at all. */
bool modules_has_units(struct module *module);

/** What is missing of a module. build_id: NULL if it has none. */
void modules_ask(struct modules *modules, const char *path, const char *build_id,
                 struct modules_answer *ret_answer);

/** Reads what is the same in the file and in memory, because no process writes there. Offset as above;
 * false where the file does not have it. */
bool modules_read(const struct module *module, uint64_t offset, void *bytes, size_t size);

/** The name of the symbol at an offset, as the linker has it, or NULL. */
const char *modules_symbol(const struct module *module, uint64_t offset);

/** The address of its first byte in memory, as the file counts it. */
uint64_t modules_start(const struct module *module);

#endif
