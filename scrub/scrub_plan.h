/* SPDX-License-Identifier: MIT */
/* What scrub/ knows of a core: for the files of this folder. */
#ifndef CRUMPLE_SCRUB_SCRUB_PLAN_H
#define CRUMPLE_SCRUB_SCRUB_PLAN_H

#include <stdbool.h>

#include "scrub.h"

/* A mapping of the process, by /proc/PID/maps. */
struct scrub_mapping {
    uint64_t start, end;
    bool is_code;
    bool is_kept; /* not writable: code, or constants of a file that has code */
};

/* A part of the core with a rule of its own: the parts do not overlap, and what is in none becomes zeros. */
struct scrub_part {
    size_t offset, size;
    uint64_t address;     /* of memory */
    const uint8_t *bytes; /* what it becomes; NULL: memory */
};

struct scrub_span {
    uint64_t start, end;
};

struct scrub {
    const uint8_t *core;
    size_t size;
    struct scrub_part *parts; /* owned; by offset */
    size_t part_count;
    struct scrub_mapping *mappings; /* owned; by address */
    size_t mapping_count;
    struct scrub_span *links; /* owned; by address: what is kept of link maps */
    size_t link_count;
    uint8_t *notes; /* owned; the scrubbed notes, one after another */
};

/** Reads the text of CRUMPLE_NOTE_MAPS, or, where size is 0, takes the parts as mappings. Returns 0 or -ENOMEM. */
int scrub_maps_read(struct scrub *scrub, const char *text, size_t size);

/** The mapping at address, or else the next one; NULL: there is none behind it. */
const struct scrub_mapping *scrub_maps_find(const struct scrub *scrub, uint64_t address);

/** Scrubs notes in place. Needs the mappings. */
void scrub_notes(const struct scrub *scrub, uint8_t *notes, size_t size);

/** The content of the first note of an owner and a type; false: there is none. */
bool scrub_notes_find(const uint8_t *notes, size_t size, const char *owner, uint32_t type,
                      const uint8_t **ret_bytes, size_t *ret_size);

/** Finds the link maps by the auxiliary vector. Needs the parts. Returns 0 or -ENOMEM. */
int scrub_links_find(struct scrub *scrub, const uint8_t *auxv, size_t size);

/** Copies memory out of the core. Returns whether all of it is there. */
bool scrub_read(const struct scrub *scrub, uint64_t address, void *bytes, size_t size);

#endif
