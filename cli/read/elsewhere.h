/* SPDX-License-Identifier: MIT */
/* Bundles that are not in the crash directory where a reader looks for them. */
#ifndef CRUMPLE_CLI_READ_ELSEWHERE_H
#define CRUMPLE_CLI_READ_ELSEWHERE_H

/** Where dir is missing or holds nothing at all: another place to which a server's bundles go, with some in it: the system's
 * crash directory, or a user's own in the temporary directory. Looks at file names only. The caller frees the path; NULL: there
 * is none. */
char *elsewhere_find(const char *dir);

#endif
