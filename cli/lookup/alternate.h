/* SPDX-License-Identifier: MIT */
/* dwz(1) moves what several debug files have in common into a file of its own, which each names by path and build-id. */
#ifndef CRUMPLE_CLI_LOOKUP_ALTERNATE_H
#define CRUMPLE_CLI_LOOKUP_ALTERNATE_H

#include <stdbool.h>

#include <elfutils/libdw.h>

#include "lookup/sources.h"
#include "read/build_id.h"

/* Zero, but fd -1: none. */
struct alternate {
    Dwarf *dwarf;
    int fd;                /* libdw may read on */
    char id[ELF_ID_BYTES]; /* of parts that are needed, and not here; else "" */
};

/** Have dwarf find its common parts, unless it does so by itself. To be closed after the end of dwarf. */
void alternate_open(Dwarf *dwarf, const struct sources *sources, struct alternate *ret_alternate);

void alternate_close(struct alternate *alternate);

#endif
