/* SPDX-License-Identifier: MIT */
#include "program_find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SEARCH_DEFAULT   "/bin:/usr/bin" /* glibc's execvp without PATH */
#define INTERPRETERS_MAX 4               /* fs/exec.c: BINPRM_MAX_RECURSION */

/* Whether execve would take the file, as far as rights and kinds go. */
static int try_file(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EACCES;
    return access(path, X_OK) < 0 ? -errno : 0;
}

/* As execvp(3): a file that may not be executed is passed over, and remembered. */
static int search_path(const char *command, const char *search, char ret_path[PATH_MAX])
{
    int error = -ENOENT;
    for (const char *at = search, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, ':');
        int n = end == at ? snprintf(ret_path, PATH_MAX, "./%s", command)
                          : snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)(end - at), at, command);
        int result = n < PATH_MAX ? try_file(ret_path) : -ENAMETOOLONG;
        if (result == 0)
            return 0;
        if (result == -EACCES)
            error = -EACCES;
    }
    return error;
}

static bool is_privileged(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & (S_ISUID | S_ISGID)))
        return (st.st_mode & S_ISUID && st.st_uid != geteuid()) ||
               (st.st_mode & S_ISGID && st.st_gid != getegid());
    return geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* Reads 'loaded'. Returns 0 or a negative errno. */
static int look(struct program *program)
{
    int fd = open(program->loaded, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int error = program_file_read(fd, &program->facts);
    program->is_privileged = is_privileged(fd);
    (void)close(fd);
    return error;
}

int program_find(const char *command, const char *search, struct program *ret)
{
    *ret = (struct program){.facts = {.kind = PROGRAM_UNKNOWN}};
    int error = -ENOENT;
    if (strchr(command, '/')) {
        error = snprintf(ret->path, sizeof ret->path, "%s", command) < PATH_MAX ? try_file(command)
                                                                                : -ENAMETOOLONG;
    } else if (*command) {
        error = search_path(command, search ? search : SEARCH_DEFAULT, ret->path);
    }
    if (error)
        return error;
    snprintf(ret->loaded, sizeof ret->loaded, "%s", ret->path);
    (void)look(ret);
    for (int i = 0; i < INTERPRETERS_MAX && ret->facts.kind == PROGRAM_SCRIPT; i++) {
        ret->is_script = true;
        snprintf(ret->loaded, sizeof ret->loaded, "%s", ret->facts.interpreter);
        if (look(ret) < 0)
            ret->facts.kind = PROGRAM_UNKNOWN;
    }
    return 0;
}
