/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_TESTS_WATCHED_H
#define CRUMPLE_TESTS_WATCHED_H

extern int lib_common;  /* the executable has a copy of it (copy relocation) */
int lib_use(int value); /* sets a thread-local variable of the library */
int lib_common_now(void);

#endif
