/* SPDX-License-Identifier: MIT */
/*
 * An ELF module: its headers, read from its file or from its memory in the core, and the sections of its file. The
 * comparison of the two headers decides whether the file on disk is the one that was running. Offsets and sizes are
 * checked.
 */
#ifndef CRUMPLE_WRITER_CORE_ELF_VIEW_H
#define CRUMPLE_WRITER_CORE_ELF_VIEW_H

#include <elf.h>
#include <stdbool.h>

#include "core/core_file.h"

#define ELF_VIEW_MAX_PROGRAMS 32
#define ELF_VIEW_MAX_BUILD_ID 64

struct elf_view {
    Elf64_Ehdr header;
    Elf64_Phdr programs[ELF_VIEW_MAX_PROGRAMS];
    size_t program_count;
    uint64_t bias; /* of a module in memory: address minus vaddr; 0 for a file */
    uint8_t build_id[ELF_VIEW_MAX_BUILD_ID];
    size_t build_id_size; /* 0: none, or its bytes are not there */
};

/** Reads the headers of the module whose ELF header lies at address base. Returns 0 or -ENOEXEC. */
int elf_view_read_memory(struct core_file *core, uint64_t base, struct elf_view *ret_view);

/** Reads the headers of an ELF file of size bytes at image. Returns 0 or -ENOEXEC. */
int elf_view_read_image(const uint8_t *image, size_t size, struct elf_view *ret_view);

/** Returns true if both are the same module: by build-id if the memory has one, otherwise by their headers.
 */
bool elf_view_is_same(const struct elf_view *memory, const struct elf_view *file);

/** Returns the highest vaddr of the module plus bias, or 0. */
uint64_t elf_view_end(const struct elf_view *view);

/** Returns the program header of that type, or NULL. */
const Elf64_Phdr *elf_view_program(const struct elf_view *view, uint32_t type);

/* The section headers of an ELF file in memory. */
struct elf_sections {
    const uint8_t *image;
    size_t size;
    const uint8_t *headers;
    size_t count;
};

/** Finds the section headers of the file of size bytes at image, which must stay. Returns whether they are usable. */
bool elf_sections_open(const uint8_t *image, size_t size, struct elf_sections *ret_sections);

/** Gets header and content of section number index. Returns false if it has no content in the file. */
bool elf_sections_get(const struct elf_sections *sections, size_t index, Elf64_Shdr *ret_header,
                      const uint8_t **ret_bytes);

/** Returns the content of the section of that name, or NULL; a compressed one counts as missing. */
const uint8_t *elf_sections_named(const struct elf_sections *sections, const char *name, size_t *ret_size);

#endif
