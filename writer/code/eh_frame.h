/* SPDX-License-Identifier: MIT */
/*
 * The entry of a function in .eh_frame, the only table that the process's unwinder will use (.debug_frame
 * serves debuggers only).
 */
#ifndef CRUMPLE_WRITER_CODE_EH_FRAME_H
#define CRUMPLE_WRITER_CODE_EH_FRAME_H

#include "code/eh_bytes.h"
#include "core/memory.h"

struct eh_procedure {
    uint64_t start, end;
    uint64_t lsda;        /* address of its language-specific data; 0: none */
    uint64_t personality; /* address of the function, or of the pointer to it; 0: none */
    bool is_indirect;     /* personality is the address of a pointer */
};

/** Gets the contiguous known bytes from address on. Returns false if there are none. */
bool eh_bytes_at(const struct memory *memory, uint64_t address, struct eh_bytes *ret_bytes);

/* The address of a made table, which is in no process. */
#define EH_MADE_TABLE (UINT64_C(1) << 60)

/**
 * Makes the table of a module that was linked without one (musl-gcc passes no --eh-frame-hdr): module->made_table, and
 * the members that describe a table. Returns whether there is one.
 */
bool eh_frame_make_table(const struct memory *memory, struct module *module);

/** Finds the procedure around address, in a module whose table the unwinder has examined. Returns 0, -ENOENT
 * or -EBADMSG. */
int eh_frame_find(const struct memory *memory, const struct module *module, uint64_t address,
                  struct eh_procedure *ret_procedure);

#endif
