/* SPDX-License-Identifier: MIT */
/* The sections of an ELF file in memory. Offsets and sizes are checked; the bytes are where the file is
 * mapped. */
#ifndef WRITER_CORE_ELF_SECTIONS_H
#define WRITER_CORE_ELF_SECTIONS_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_sections {
    const uint8_t *image;
    size_t size;
    const uint8_t *headers;
    size_t count;
};

/** Finds the section headers of the file of size bytes at image. Returns whether there are any that can be
 * used. */
bool elf_sections_open(const uint8_t *image, size_t size, struct elf_sections *ret_sections);

/** Gets header and content of section number index. Returns false if it has no content in the file. */
bool elf_sections_get(const struct elf_sections *sections, size_t index, Elf64_Shdr *ret_header,
                      const uint8_t **ret_bytes);

/** Returns the content of the section of that name, or NULL; a compressed one counts as missing. */
const uint8_t *elf_sections_named(const struct elf_sections *sections, const char *name, size_t *ret_size);

#endif
