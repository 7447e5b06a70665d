/* SPDX-License-Identifier: MIT */
/*
 * Reads the encodings of exception tables (.eh_frame, .gcc_except_table) from bytes that may be damaged: a
 * read beyond them marks the reader as failed, and every later read yields 0.
 */
#ifndef CRUMPLE_WRITER_CODE_EH_BYTES_H
#define CRUMPLE_WRITER_CODE_EH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EH_OMIT     0xff
#define EH_INDIRECT 0x80

struct eh_bytes {
    const uint8_t *at, *end;
    uint64_t address; /* of 'at' in the process */
    bool failed;
};

/** Reads an unsigned number of size bytes (1, 2, 4 or 8). */
uint64_t eh_number(struct eh_bytes *bytes, size_t size);

uint64_t eh_uleb(struct eh_bytes *bytes);
int64_t eh_sleb(struct eh_bytes *bytes);

void eh_skip(struct eh_bytes *bytes, uint64_t size);

/**
 * Reads a pointer of that encoding and resolves a relative one; the caller follows an indirect one. A pointer
 * of 0 stays 0. An absolute pointer counts as failed if has_bias, because the loader would have changed it.
 */
uint64_t eh_pointer(struct eh_bytes *bytes, uint8_t encoding, bool has_bias);

/** Size of a pointer of that encoding; 0: not fixed. */
size_t eh_pointer_size(uint8_t encoding);

#endif
