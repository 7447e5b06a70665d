/* SPDX-License-Identifier: MIT */
/* Whether the crash directory will take a user's bundles: the rules of the shim (preload/out/dir.c), applied beforehand. */
#ifndef CRUMPLE_CLI_FACTS_DIRECTORY_H
#define CRUMPLE_CLI_FACTS_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "facts/user.h"
#include "facts/verdict.h"

#define DIRECTORY_PATH_BYTES 1100

/* A path that may not exist. */
struct directory_entry {
    int error; /* a negative errno of stat; 0: it is there */
    struct stat status;
};

struct directory_facts {
    char base[DIRECTORY_PATH_BYTES];     /* CRUMPLE_DIR, or the default */
    char fallback[DIRECTORY_PATH_BYTES]; /* ${TMPDIR:-/tmp} */
    char refuses[DIRECTORY_PATH_BYTES];  /* the folder above base that the user may not search; "" none */
    bool is_asked;                       /* CRUMPLE_DIR is set */
    bool is_read_only; /* base, or what it would be made in, is on a file system that is mounted so */
    bool is_remote, is_memory,
        is_layer;          /* kind of its file system: NFS and the like; tmpfs; a container's own layer */
    unsigned free_percent; /* of its file system, for users other than root */
    unsigned keep_free_percent;                      /* what CRUMPLE_KEEP leaves free */
    struct directory_entry entry, above;             /* base; the nearest folder above it that exists */
    struct directory_entry own;                      /* base/UID */
    struct directory_entry temporary, temporary_own; /* the fallback; fallback/crumple-UID */
};

enum directory_answer {
    DIRECTORY_READY, /* base/UID is there, or can be made */
    DIRECTORY_NO_SEARCH,
    DIRECTORY_READ_ONLY,
    DIRECTORY_NO_FOLDER, /* a file lies there */
    DIRECTORY_FOREIGN,   /* base belongs to another user than root */
    DIRECTORY_OPEN,      /* others may replace names in it */
    DIRECTORY_NO_WRITE,  /* base/UID is missing, and the user cannot make it */
    DIRECTORY_OWN_BAD    /* base/UID is another's, or others write to it */
};

/** Gathers the facts below root: of CRUMPLE_DIR's value ("" not set) and TMPDIR's (NULL: not set). */
void directory_read(int root, const struct user *user, const char *dir, const char *tmpdir,
                    struct directory_facts *ret);

/** Judges the base. */
enum directory_answer directory_answer(const struct directory_facts *facts, const struct user *user);

/** Says it, and where bundles go instead. */
void directory_judge(const struct directory_facts *facts, const struct user *user, struct verdicts *ret);

#endif
