/* SPDX-License-Identifier: MIT */
/* Renaming without replacing. */
#ifndef CRUMPLE_SHARE_RENAME_NEW_H
#define CRUMPLE_SHARE_RENAME_NEW_H

/** Gives a complete file of directory its name unless that name is taken. Returns 0 or a negative errno (-EEXIST:
 * it is taken). Signal-safe. On a file system that knows neither RENAME_NOREPLACE nor hard links, a file that another
 * process makes in between is replaced. */
int rename_new(int directory, const char *from, const char *to);

#endif
