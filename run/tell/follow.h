/* SPDX-License-Identifier: MIT */
/* The new lines of crashes.ndjson that belong to this run, from the folders of all users that the server may have become. */
#ifndef CRUMPLE_RUN_TELL_FOLLOW_H
#define CRUMPLE_RUN_TELL_FOLLOW_H

#include <stdbool.h>
#include <sys/types.h>

#include "tell/line.h"

#define FOLLOW_LOGS_MAX 32

struct follow_log {
    dev_t device;
    ino_t inode;
    off_t read; /* up to here */
};

/* run, tell and context are the caller's; the rest is zero at first. */
struct follow {
    const char *run; /* value of CRUMPLE_RUN_ID */
    /* directory: its path, or "" if it is not known */
    void (*tell)(void *context, const char *directory, const struct line *line);
    void *context;
    bool is_first; /* what is in the logs already is older than the server */
    struct follow_log logs[FOLLOW_LOGS_MAX];
    unsigned log_count;
};

/** Tells the new lines of the logs in one directory, whose owner may have laid anything there. Always false, so that
 * directory_visit() goes on. */
bool follow_directory(int directory, void *follow);

#endif
