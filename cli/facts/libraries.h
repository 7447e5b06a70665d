/* SPDX-License-Identifier: MIT */
/* The libraries that a program asks for, and those that they ask for: by their names, not by all rules of ld.so. */
#ifndef CRUMPLE_CLI_FACTS_LIBRARIES_H
#define CRUMPLE_CLI_FACTS_LIBRARIES_H

#include <stddef.h>

#include "facts/elf_look.h"

#define LIBRARIES_MAX 256

struct libraries {
    char *names[LIBRARIES_MAX]; /* owned; base names, each once */
    size_t count;
};

/** Follows DT_NEEDED of the program through the usual folders and its run path. path: of the program. Foreign bytes. */
void libraries_follow(const struct elf_facts *program, const char *path, struct libraries *ret);

/** Opens a library by its name, as libraries_follow() does. path: of the program. Returns a descriptor or -1. */
int libraries_open(const struct elf_facts *program, const char *path, const char *name);

/** Adds a name (the last component of the path) unless it is there. */
void libraries_add(struct libraries *libraries, const char *path);

/** The first whose name begins so, or NULL. */
const char *libraries_find(const struct libraries *libraries, const char *prefix);

void libraries_clear(struct libraries *libraries);

#endif
