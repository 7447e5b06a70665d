/* SPDX-License-Identifier: MIT */
/*
 * Debug sections that were packed by zstd (gcc -gz=zstd; ELFCOMPRESS_ZSTD of gABI). The libelf that crumple is linked with
 * (Debian 12's, 0.188) unpacks only those of zlib, which libdw does by itself.
 */
#ifndef CRUMPLE_CLI_LOOKUP_ZSTD_SECTIONS_H
#define CRUMPLE_CLI_LOOKUP_ZSTD_SECTIONS_H

#include <stdbool.h>

#include <elfutils/libdw.h>
#include <gelf.h>

/* A file in memory. Zero: none. */
struct zstd_sections {
    void *bytes;
    Elf *elf;
    Dwarf *dwarf;
};

/** Whether a section is packed so. header: its own. */
bool zstd_sections_is(Elf_Scn *section, const GElf_Shdr *header);

/** Read the file, with its sections unpacked, at most 1 GiB of them. Returns false if that cannot be done. */
bool zstd_sections_open(int fd, struct zstd_sections *ret);

/** The first step of it: a copy of the file's bytes with the sections unpacked, for the caller to free, or NULL. */
void *zstd_sections_unpack(const void *bytes, size_t size, size_t *ret_size);

void zstd_sections_close(struct zstd_sections *sections);

#endif
