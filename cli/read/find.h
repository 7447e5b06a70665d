/* SPDX-License-Identifier: MIT */
/*
 * The content of a crash directory: bundles (NAME.tar.zst) and pending cores (NAME.core), in the directory
 * itself and in its subdirectories with an all-digits name (one for each user id). File names are hostile
 * too.
 */
#ifndef CRUMPLE_CLI_READ_FIND_H
#define CRUMPLE_CLI_READ_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "crumple_format.h"

#define FIND_SYSTEM_DIR "/var/crash/crumple"

enum find_kind { FIND_BUNDLE, FIND_PENDING };

struct find_entry {
    enum find_kind kind;
    char *path;                     /* the directory as it was given, and the file's name */
    char *id;                       /* NAME */
    int64_t time_us;                /* of the fault by NAME, else of the file's last change */
    char exe[CRUMPLE_NAME_EXE + 1]; /* by NAME, else "" */
    int64_t pid;                    /* by NAME, else -1 */
};

struct find_list {
    struct find_entry *entries; /* by time, oldest first */
    size_t count, room;
    char **dirs; /* that were looked through */
    size_t dir_count;
    char **foreign; /* files NAME.ndjson that are not crumple's own */
    size_t foreign_count;
};

/** Called for each directory or file that cannot be looked at; what is its path, error a positive errno. */
typedef void find_trouble(const char *what, int error, void *context);

/** Fill list (zeroed by the caller). Returns 0, or a negative errno where dir itself cannot be read or memory
 * is short; trouble further down is reported and left out. */
int find_scan(const char *dir, find_trouble *trouble, void *context, struct find_list *list);

/** The same without the subdirectories. */
int find_scan_flat(const char *dir, find_trouble *trouble, void *context, struct find_list *list);

/** The same with one file: a bundle, a pending core, or NAME.ndjson, also crumple's own. -ENOTDIR: of another kind. */
int find_file(const char *path, struct find_list *list);

/** Free what find_scan filled in. */
void find_clear(struct find_list *list);

/** The crash directory where none was named. *ret_dir is to be freed; *ret_implied: it is the last resort in
 * the temporary directory, which need not exist. Returns 0, -ENOMEM, or -EPERM: another user owns it.
 */
int find_default_dir(char **ret_dir, bool *ret_implied);

/** Open a regular file for reading: never a fifo, a device or a socket, whose mere opening may wait or act,
 * nor a file of /proc and similar file systems. Never waits: a file on which its owner holds a lease is
 * -EAGAIN. Returns a descriptor or a negative errno (-EINVAL: not a regular file). flags: O_NOFOLLOW or 0. */
int find_open_regular(const char *path, int flags);

#endif
