/* SPDX-License-Identifier: MIT */
/* A root of files for a test: /proc, /sys and /etc as the doctor is to find them. */
#ifndef CRUMPLE_TESTS_UNIT_CLI_DOCTOR_TREE_H
#define CRUMPLE_TESTS_UNIT_CLI_DOCTOR_TREE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* A new folder, open; its name in ret_path. */
static inline int tree_new(char ret_path[64])
{
    strcpy(ret_path, "/tmp/crumple-tree-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(ret_path));
    ck_assert_int_eq(chmod(ret_path, 0755), 0);
    int fd = open(ret_path, O_PATH | O_DIRECTORY);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* Makes a file with its folders. path begins without '/'. */
static inline void tree_add(int root, const char *path, const char *text, size_t size)
{
    char folder[512];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        (void)mkdirat(root, folder, 0755);
    }
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), size);
    close(fd);
}

static inline void tree_add_text(int root, const char *path, const char *text)
{
    tree_add(root, path, text, strlen(text));
}

static inline void tree_remove(int root, const char *path)
{
    char command[128];
    close(root);
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    ck_assert_int_eq(system(command), 0);
}

#endif
