/* SPDX-License-Identifier: MIT */
/*
 * What a process may still do while it reads a stranger's bytes: crumple before it parses a bundle, and
 * crumple-writer under 'crumple collect'. Three layers, each by itself where the others are missing:
 *
 *   Landlock        reading below the places named here, writing in one folder, nothing else of the file
 * system seccomp         no program, no socket, no signal to others, no code made at run time, no terminal
 * input setrlimit       memory, processor time, size of a file
 *
 * crumple and crumple-writer share this folder; it knows nobody.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

enum sandbox_layer { SANDBOX_LANDLOCK = 1, SANDBOX_SECCOMP = 2 };

struct sandbox {
    int read_fd;  /* a folder whose files may be listed and read, or -1; not closed */
    int write_fd; /* a folder in which files may also be made, renamed and removed, or -1; not closed */
    bool writes;  /* files are made: without Landlock anywhere, with it below write_fd */
    bool modules; /* executables, libraries and debug files may be read: all but /etc, /dev, /run and the like
                   */
    uint64_t memory_bytes, file_bytes; /* 0: no limit */
    unsigned processor_s;              /* 0: no limit */
};

/*
 * Enter the sandbox, for good: this thread, what it starts, and no other thread (call it while there is one).
 * Sets no_new_privs. Returns the layers that hold (enum sandbox_layer), never an error: where the kernel or a
 * filter around this process refuses one, the others hold. Under AddressSanitizer, whose checks need system
 * calls of their own, nothing holds.
 */
int sandbox_enter(const struct sandbox *sandbox);

#endif
