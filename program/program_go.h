/* SPDX-License-Identifier: MIT */
/* What Go's linker has put into a program: its Go version, its modules, its build settings. The file may be anything. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_GO_H
#define CRUMPLE_PROGRAM_PROGRAM_GO_H

#include <stddef.h>

#define PROGRAM_GO_BYTES 65536

/**
 * Reads the build information of the program at fd, without moving its position: a line "go\tgo1.19.8", then Go's own lines
 * (path, mod, dep, =>, build), each ended by '\n'. Lines beyond the limit are left out. Returns the bytes of it; 0: it
 * has none, or it is damaged. The text is a stranger's, and may have any bytes.
 */
size_t program_go_read(int fd, char ret_text[PROGRAM_GO_BYTES]);

#endif
