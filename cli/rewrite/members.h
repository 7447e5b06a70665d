/* SPDX-License-Identifier: MIT */
/* The members of a bundle as files. */
#ifndef CRUMPLE_CLI_REWRITE_MEMBERS_H
#define CRUMPLE_CLI_REWRITE_MEMBERS_H

#include "read/bundle.h"

/** Is told the name of each file that was made. */
typedef void members_made(const char *name, void *context);

/**
 * Write all members of a bundle that was just opened into the directory folder, as files of mode 0600. A file gets its name
 * when it is whole, and never in place of another. Returns 0, or a negative errno: -EBADMSG (the bundle is damaged:
 * bundle_reason, or *ret_reason if that is not NULL) or the error of writing; *ret_name is then the member, or "". The files
 * before it stay.
 */
int members_extract(struct bundle_reader *reader, int folder, members_made *made, void *context,
                    char ret_name[static 128], const char **ret_reason);

#endif
