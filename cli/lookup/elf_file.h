/* SPDX-License-Identifier: MIT */
/* An ELF file by its build-id: whether it is the wanted one, and what it holds. */
#ifndef CRUMPLE_CLI_LOOKUP_ELF_FILE_H
#define CRUMPLE_CLI_LOOKUP_ELF_FILE_H

/* What a file must hold to be of use. */
enum elf_file_need {
    ELF_FILE_ANY,
    ELF_FILE_CODE,  /* a program or library, and no debug file, whose code and data are left out */
    ELF_FILE_UNITS, /* debug information that elfutils can read */
    ELF_FILE_ZSTD   /* debug information for lookup/zstd_sections.h */
};

/** Open the file at path for reading if it has the build-id (hex) and what is needed. Returns a descriptor, -ENOENT if it
 * is another file, or the error of opening it. */
int elf_file_open(const char *path, const char *build_id, enum elf_file_need need);

#endif
