/* SPDX-License-Identifier: MIT */
/* Where this program lies: the parts of crumple find each other by it. */
#ifndef CRUMPLE_CLI_BASE_SELF_H
#define CRUMPLE_CLI_BASE_SELF_H

/** The path DIR/NAME, where DIR is the directory of the running program (/proc/self/exe). The caller frees it.
 *  Returns NULL and sets errno if the program cannot tell where it lies, or memory is short. */
char *self_beside(const char *name);

#endif
