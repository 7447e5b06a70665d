/* SPDX-License-Identifier: MIT */
/* Where a module's code refers to its code: the likely beginnings of functions that have no symbols. */
#ifndef CRUMPLE_WRITER_CODE_REFERENCES_H
#define CRUMPLE_WRITER_CODE_REFERENCES_H

#include "core/memory.h"

/**
 * Finds the nearest targets at or before pc, at most 32 KiB away, of direct calls and of address computations (lea) in
 * the module's file. Bytes that only look like one count as well. Nearest first; returns how many, at most 'most'.
 */
size_t references_before(const struct memory *memory, const struct module *module, uint64_t pc,
                         uint64_t *ret_targets, size_t most);

#endif
