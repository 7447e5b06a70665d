/* SPDX-License-Identifier: MIT */
/*
 * The container: an ELF64 core for x86-64, mapped read-only. Its bytes are not trusted: every offset and size
 * is checked once in core_open, so that the rest of the writer works with (pointer, size) pairs inside the
 * mapping.
 */
#ifndef CRUMPLE_WRITER_CORE_CORE_FILE_H
#define CRUMPLE_WRITER_CORE_CORE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the process that are in the core. Sorted by address, without overlap. */
struct core_segment {
    uint64_t address;
    uint64_t size;
    const uint8_t *bytes;
};

/* The address space according to the core, including memory without bytes in the core (a kernel's core lists
 * all). */
struct core_range {
    uint64_t start, end;
    uint32_t flags; /* PF_R, PF_W, PF_X */
};

struct core_span {
    const uint8_t *bytes;
    size_t size;
};

struct core_file {
    const uint8_t *base; /* the mapping; owned */
    size_t size;
    struct core_segment *segments; /* owned */
    size_t segment_count;
    struct core_range *ranges; /* owned */
    size_t range_count;
    struct core_span notes[4]; /* content of the PT_NOTE headers */
    size_t note_count;
    size_t last; /* index of the segment that answered last: walks stay on one stack */
};

/* Why a core was refused: a text that follows "is not a crumple core: ". */
struct core_damage {
    char text[96];
};

/**
 * Maps the core open at fd and checks its structure.
 * Returns 0; -EBADMSG if it is damaged (why is in ret_damage); or another negative errno. fd stays with the
 * caller.
 */
int core_open(int fd, struct core_file *ret_core, struct core_damage *ret_damage);

/** Unmaps the core; pointers into it become invalid. */
void core_close(struct core_file *core);

/** Returns the size bytes at address if all of them are in one segment, else NULL. Valid until core_close. */
const void *core_at(struct core_file *core, uint64_t address, uint64_t size);

/** Copies up to size bytes at address, ending at the first hole. Returns the number of bytes. */
size_t core_read(struct core_file *core, uint64_t address, void *bytes, size_t size);

#endif
