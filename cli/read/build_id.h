/* SPDX-License-Identifier: MIT */
/* The build-id of an ELF file. */
#ifndef CRUMPLE_CLI_READ_BUILD_ID_H
#define CRUMPLE_CLI_READ_BUILD_ID_H

#define ELF_ID_BYTES 160 /* hex digits of the longest one that is read, and NUL */

/** Read the build-id of the file at path as lower-case hex. Returns 0, -ENODATA (it has none or is no ELF
 * file), or the error of opening it. */
int elf_id_read(const char *path, char ret_id[static ELF_ID_BYTES]);

/** The same of an open file, which stays open. */
int elf_id_read_fd(int fd, char ret_id[static ELF_ID_BYTES]);

/** Write n bytes as hex. Returns 0, or -EINVAL where they do not fit. */
int elf_id_hex(const void *bytes, long n, char ret_id[static ELF_ID_BYTES]);

#endif
