/* SPDX-License-Identifier: MIT */
/*
 * Crash directories of other users. Their owner may put links, pipes and foreign files there, and may swap
 * them while root reads. So each step is one open relative to the descriptor of the previous step and follows
 * no link. The check applies to the opened object; no path is resolved twice.
 */
#ifndef CRUMPLE_CLI_READ_CUSTODY_H
#define CRUMPLE_CLI_READ_CUSTODY_H

#include <stddef.h>
#include <sys/types.h>

#define CUSTODY_REASON_BYTES 160

/* A directory that was opened and judged. */
struct custody_dir {
    int fd; /* -1: none */
    uid_t uid;
};

/**
 * Open a directory that the caller names. Links on the way there are followed, because the caller chose the
 * path. Root may open any user's directory, other callers only root's and their own. For root, a directory in
 * which others can replace files is refused. Returns 0, or a negative errno with a clause in ret_reason
 * (CUSTODY_REASON_BYTES). To be closed with custody_close.
 */
int custody_open(const char *path, struct custody_dir *ret_dir, char *ret_reason);

/** The same for the directory 'name' in above. In a user's directory everything must be that user's. */
int custody_open_below(const struct custody_dir *above, const char *name, struct custody_dir *ret_dir,
                       char *ret_reason);

/**
 * Open a regular file of dir for reading, without following a link, and without waiting for a pipe. It must
 * belong to the owner of the directory, because its reader acts for that user. Returns a descriptor or a
 * negative errno with a clause in ret_reason.
 */
int custody_open_file(const struct custody_dir *dir, const char *name, char *ret_reason);

/** Close dir->fd, where it is open. */
void custody_close(struct custody_dir *dir);

/**
 * In a child, before it executes a program for the directory's owner: leave the terminal's session, its
 * keyring and every descriptor but stdin, stdout, stderr and keep[]; where the caller is root and the owner
 * is not, become the owner; allow no new privileges. Returns 0 or a negative errno.
 */
int custody_become(const struct custody_dir *dir, const int *keep, size_t keep_count);

/**
 * Open a program for fexecve. It must be a file that only root, the caller or the owner of this program can
 * write. Returns a descriptor or a negative errno with a clause in ret_reason.
 */
int custody_open_program(const char *path, char *ret_reason);

#endif
