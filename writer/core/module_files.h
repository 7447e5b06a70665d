/* SPDX-License-Identifier: MIT */
/*
 * The files of the modules. A file counts only if it is the one that ran: by its build-id, else by its headers. An
 * upgrade replaces files of running servers: while the process waits for its report, the kernel still has the old ones.
 */
#ifndef CRUMPLE_WRITER_CORE_MODULE_FILES_H
#define CRUMPLE_WRITER_CORE_MODULE_FILES_H

#include "core/maps.h"
#include "core/modules.h"

/* The process of the core, if it waits for this report. */
struct live_process {
    int exe_fd; /* its executable's file; -1: it does not wait, or the file could not be opened */
    int64_t pid;
    const struct maps *maps;
};

/** From now on, paths of modules and of debug files below this directory come before the paths themselves: it is the root
 * of the machine that crashed. It must live as long. NULL: none, as at first. */
void module_files_below(const char *root);

/** Maps a regular file read-only. Returns its bytes or NULL. Opens only regular files. */
const uint8_t *module_map_file(const char *path, size_t *ret_size);

/** The same of a path of the machine that crashed: below the root if it is there, else at the path. */
const uint8_t *module_map_below(const char *path, size_t *ret_size);

/**
 * Maps the file of a module: the one at its path, below the root if there is one; else, of a process that waits, the one that the kernel has mapped.
 * Sets module->file, image, image_size and is_mapped.
 */
void module_open_file(struct module *module, bool is_executable, const struct live_process *live);

#endif
