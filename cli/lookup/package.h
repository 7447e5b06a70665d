/* SPDX-License-Identifier: MIT */
/*
 * The distribution's package of a report's executable, if the file on this machine is the one that ran. By the note that
 * the linker was given (.note.package, https://systemd.io/ELF_PACKAGE_METADATA), else by dpkg's files: no dpkg is run.
 */
#ifndef CRUMPLE_CLI_LOOKUP_PACKAGE_H
#define CRUMPLE_CLI_LOOKUP_PACKAGE_H

#include <jansson.h>

/** "redis-server 5:7.0.15-1~deb12u1", or NULL: it is in none, or the file is another. The caller frees it. Runs a child. */
char *package_find(const json_t *report);

/** The same of a file, by dpkg's database in the folder root: "/var/lib/dpkg". NULL: no package has the path. */
char *package_of_path(const char *root, const char *path);

/** The same of the file that a path leads to, by this machine's database: the package that also has its debug symbols.
 * redis-server is a link to a program of another package. */
char *package_of_file(const char *path);

/** The same of a text of .note.package. */
char *package_of_note(const char *text, size_t size);

#endif
