/* SPDX-License-Identifier: MIT */
/* 'list --follow': events as they come. */
#ifndef CRUMPLE_CLI_EVENTS_FOLLOW_H
#define CRUMPLE_CLI_EVENTS_FOLLOW_H

#include <stdint.h>

#include "places/directory.h"

#define FOLLOW_ONLY_NEW SIZE_MAX /* as filter->most: none of the events that are there */

/** Prints rows, and hands them to the system. Returns 0 or -ENOMEM. */
typedef int follow_print(const struct rows *rows, void *context);

/** Print the newest wanted rows (filter->most, or 10 where it is 0), and each new one as it comes, until SIGINT or until the reader of
 * stdout is gone: VERB_OK then. Enters the sandbox of base/confine.h. inotify tells what is new, and a look each second
 * where it cannot: network file systems, and directories of users that come later. Says what is wrong. Returns the exit
 * status. */
int follow(struct directories *directories, const struct rows_filter *filter, follow_print *print,
           void *context);

#endif
