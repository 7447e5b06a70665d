/* SPDX-License-Identifier: MIT */
/* The files of crumple that a program is to run with, and whether a user can. */
#ifndef CRUMPLE_CLI_FACTS_SHIM_H
#define CRUMPLE_CLI_FACTS_SHIM_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "facts/user.h"
#include "facts/verdict.h"

struct shim_facts {
    char object[PATH_MAX];          /* libcrumple.so; "" no name is known */
    char writer[PATH_MAX];          /* crumple-writer: beside the object, or in the folder above */
    char refuses[PATH_MAX];         /* the folder above one of them that the user may not search; "" none */
    bool is_preloaded;              /* LD_PRELOAD, or /etc/ld.so.preload, names the object */
    bool is_relative;               /* by a path that does not begin with '/' */
    int object_error, writer_error; /* negative errno of stat, or of what the user may do with the file */
    bool is_for_musl;               /* the program is of musl, not of glibc */
    bool is_of_other_libc;          /* the object is for the other one; set by who reads its tables */
    bool is_no_exec;                /* the object is on a file system that is mounted noexec */
    bool is_untrusted;              /* others can change the writer: the shim will not run it */
};

/** The word of an LD_PRELOAD list that is libcrumple.so, in ret; false: it has none. */
bool shim_in_list(const char *list, char ret[PATH_MAX]);

/** Fills the rest for an object whose path is in ret->object. writer: CRUMPLE_WRITER, or "". */
void shim_read(int root, const struct user *user, const char *writer, struct shim_facts *ret);

/** Says what is wrong with the files, or nothing but ok. */
void shim_judge(const struct shim_facts *facts, const struct user *user, struct verdicts *ret);

#endif
