/* SPDX-License-Identifier: MIT */
/* A user, and what the bits of a file allow it. Access lists and capabilities are not looked at; user 0 may everything. */
#ifndef CRUMPLE_CLI_FACTS_USER_H
#define CRUMPLE_CLI_FACTS_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define USER_GROUPS_MAX 64
#define USER_NAME_BYTES 40

struct user {
    uid_t uid;
    gid_t groups[USER_GROUPS_MAX];
    size_t group_count;
    char name[USER_NAME_BYTES]; /* "" if /etc/passwd has none */
};

/** Finds a user by name or number in ROOT/etc/passwd and ROOT/etc/group. Returns 0, or -ENOENT: no such name (a number
 * needs no entry). */
int user_find(int root, const char *who, struct user *ret);

/** This process's own. */
void user_self(int root, struct user *ret);

/** Adds the name from ROOT/etc/passwd. */
void user_add_name(int root, struct user *user);

/** Whether the user may read (4), write (2), execute or search (1): the sum of what is asked. */
bool user_may(const struct user *user, const struct stat *status, unsigned rights);

/**
 * Whether the user can come to the path, that is, search all folders above it. Returns 0 or a negative errno: -EACCES,
 * -ENOENT ..., and then in ret_path the folder that refuses.
 */
int user_reaches(int root, const struct user *user, const char *path, char ret_path[], size_t size);

#endif
