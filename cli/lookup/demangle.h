/* SPDX-License-Identifier: MIT */
/* C++ names for people. */
#ifndef CRUMPLE_CLI_LOOKUP_DEMANGLE_H
#define CRUMPLE_CLI_LOOKUP_DEMANGLE_H

/** The readable form of a mangled C++ name, a copy of any other text. The caller frees it; NULL: memory is
 * short.
 *
 * Runs in the child of lookup/lookup.c only: a name of some hundred bytes can stand for gigabytes, because a
 * substitution may name another one twice, thirty times over, and libstdc++ offers no limit. */
char *demangle_name(const char *name);

#endif
