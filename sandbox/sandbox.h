/* SPDX-License-Identifier: MIT */
/*
 * The rights of a process while it reads foreign bytes: crumple before it parses a bundle, and crumple-writer
 * under 'crumple collect'. Three layers; each works without the others:
 *
 *   Landlock   reads below the places named here, writes in one folder, no other access to files
 *   seccomp    no program, no socket, no signal to others, no code made at run time, no terminal input
 *   setrlimit  memory, processor time, size of a file
 *
 * crumple and crumple-writer share this folder, which includes no other.
 */
#ifndef CRUMPLE_SANDBOX_SANDBOX_H
#define CRUMPLE_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_layer { SANDBOX_LANDLOCK = 1, SANDBOX_SECCOMP = 2 };

struct sandbox {
    const int *read_fds; /* folders whose files may be listed and read, and files; -1: none; not closed */
    size_t read_count;
    int write_fd; /* a folder in which files may also be made, renamed and removed, or -1; not closed */
    bool writes;  /* files are made: without Landlock anywhere, with it below write_fd */
    bool modules; /* executables, libraries and debug files may be read: all but /etc, /dev, /run and the like
                   */
    uint64_t memory_bytes, file_bytes; /* 0: no limit */
    unsigned processor_s;              /* 0: no limit */
};

/**
 * Enters the sandbox, irrevocably: this thread and what it starts, but no other thread (call it while there
 * is only one). Sets no_new_privs. Returns the active layers (enum sandbox_layer), never an error: if the
 * kernel, or a filter around this process, refuses one, the others are active. Under AddressSanitizer, whose
 * checks need system calls of their own, none is.
 */
int sandbox_enter(const struct sandbox *sandbox);

#endif
