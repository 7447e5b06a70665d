/* SPDX-License-Identifier: MIT */
/* What a program's file says of itself, as far as it matters to a preload. The file may be anything. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_FILE_H
#define CRUMPLE_PROGRAM_PROGRAM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum program_kind {
    PROGRAM_GLIBC,   /* asks for glibc's ld.so: a preload reaches it */
    PROGRAM_MUSL,    /* asks for musl's: musl's object does */
    PROGRAM_STATIC,  /* asks for no interpreter: no preload reaches it */
    PROGRAM_FOREIGN, /* of another processor, or with another interpreter */
    PROGRAM_SCRIPT,  /* begins with #! */
    PROGRAM_UNKNOWN  /* neither */
};

#define PROGRAM_INTERPRETER_BYTES 256

struct program_facts {
    enum program_kind kind;
    bool is_go; /* has Go's build information */
    char interpreter
        [PROGRAM_INTERPRETER_BYTES]; /* of the program, or of the script (with its argument cut off); "" none */
};

/** The libc whose loader has that path or name: PROGRAM_GLIBC, PROGRAM_MUSL, or PROGRAM_FOREIGN. */
enum program_kind program_file_loader(const char *path);

/** Reads the file at fd, without moving its position. Returns 0 or a negative errno; a file that is damaged is
 * PROGRAM_UNKNOWN. Reads at most 64 KiB. */
int program_file_read(int fd, struct program_facts *ret);

/** Reads from the file, whose position stays. Returns the bytes that are there, at most that many. */
size_t program_file_bytes(int fd, uint64_t offset, void *ret_bytes, size_t bytes);

/** Where in the file Go's build information is (program_go.h). Returns false if it has none. */
bool program_file_go_section(int fd, uint64_t *ret_offset);

/** Where in the file that address of the program is. Returns false if nowhere. */
bool program_file_offset(int fd, uint64_t address, uint64_t *ret_offset);

#endif
