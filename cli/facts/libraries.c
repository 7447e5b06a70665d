/* SPDX-License-Identifier: MIT */
#include "facts/libraries.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define ORIGIN "$ORIGIN"

/* ld.so(8), and Debian's and others' multiarch folders. */
static const char *const folders[] = {
    "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    "/usr/local/lib"};

void libraries_add(struct libraries *libraries, const char *path)
{
    const char *name = text_base_name(path);
    for (size_t i = 0; i < libraries->count; i++)
        if (strcmp(libraries->names[i], name) == 0)
            return;
    if (libraries->count < LIBRARIES_MAX && (libraries->names[libraries->count] = strdup(name)))
        libraries->count++;
}

static int open_in(const char *folder, size_t n, const char *program, const char *name)
{
    char path[PATH_MAX];
    int length;
    if (n >= sizeof ORIGIN - 1 && strncmp(folder, ORIGIN, sizeof ORIGIN - 1) == 0)
        length = snprintf(path, sizeof path, "%.*s%.*s/%s", (int)(text_base_name(program) - program), program,
                          (int)(n - (sizeof ORIGIN - 1)), folder + sizeof ORIGIN - 1, name);
    else
        length = snprintf(path, sizeof path, "%.*s/%s", (int)n, folder, name);
    return length < (int)sizeof path && path[0] == '/'
               ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
               : -1;
}

static int open_library(const char *runpath, const char *program, const char *name)
{
    int fd = -1;
    if (strchr(name, '/'))
        return -1;
    for (const char *at = runpath; at && *at && fd < 0;) {
        size_t n = strcspn(at, ":");
        fd = open_in(at, n, program, name);
        at += n + (at[n] == ':');
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders && fd < 0; i++)
        fd = open_in(folders[i], strlen(folders[i]), program, name);
    return fd;
}

int libraries_open(const struct elf_facts *program, const char *path, const char *name)
{
    return open_library(program->runpath, path, name);
}

void libraries_follow(const struct elf_facts *program, const char *path, struct libraries *ret)
{
    *ret = (struct libraries){.count = 0};
    for (size_t i = 0; i < program->needed_count; i++)
        libraries_add(ret, program->needed[i]);
    for (size_t i = 0; i < ret->count; i++) {
        struct elf_facts library;
        int fd = open_library(program->runpath, path, ret->names[i]);
        if (fd < 0)
            continue;
        elf_look(fd, "", NULL, 0, &library);
        for (size_t k = 0; k < library.needed_count; k++)
            libraries_add(ret, library.needed[k]);
        elf_clear(&library);
        (void)close(fd);
    }
}

const char *libraries_find(const struct libraries *libraries, const char *prefix)
{
    for (size_t i = 0; i < libraries->count; i++)
        if (strncmp(libraries->names[i], prefix, strlen(prefix)) == 0)
            return libraries->names[i];
    return NULL;
}

void libraries_clear(struct libraries *libraries)
{
    for (size_t i = 0; i < libraries->count; i++)
        free(libraries->names[i]);
    *libraries = (struct libraries){.count = 0};
}
