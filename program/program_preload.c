/* SPDX-License-Identifier: MIT */
#include "program_preload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define OBJECT    "libcrumple.so"
#define MUSL      "musl/" OBJECT
#define VARIABLE  "LD_PRELOAD"
#define GO        "Go program: its panics and its end are seen, not who calls os.Exit"
#define SEPARATOR " :" /* ld.so(8) */

#define GLIBC_LOADER "/lib64/ld-linux-x86-64.so.2"
#define MUSL_LOADER  "/lib/ld-musl-x86_64.so.1"

const char *program_preload_words(const struct program *program)
{
    if (program->is_privileged)
        return "setuid or with capabilities: no preload reaches it, only its end is seen";
    switch (program->facts.kind) {
    case PROGRAM_GLIBC:
    case PROGRAM_MUSL:
        return program->facts.is_go ? "a " GO : "";
    case PROGRAM_STATIC:
        return program->facts.is_go ? "a static " GO : "a static program: only its end is seen";
    case PROGRAM_FOREIGN:
        return "not a program of x86-64 Linux with glibc or musl: only its end is seen";
    case PROGRAM_SCRIPT:
    case PROGRAM_UNKNOWN:
        break;
    }
    return "its file cannot be read as a program: what is seen of it is not known";
}

static bool is_listed(const char *list, const char *path)
{
    const size_t length = strlen(path);
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, SEPARATOR);
        if (n == length && memcmp(at, path, n) == 0)
            return true;
        at += n + strspn(at + n, SEPARATOR);
    }
    return false;
}

int program_preload_add(const char *path)
{
    const char *list = getenv(VARIABLE);
    char *longer;
    if (strpbrk(path, SEPARATOR))
        return -EINVAL;
    if (!list || !*list)
        return setenv(VARIABLE, path, 1) < 0 ? -errno : 0;
    if (is_listed(list, path))
        return 0;
    if (asprintf(&longer, "%s:%s", list, path) < 0)
        return -ENOMEM;
    int error = setenv(VARIABLE, longer, 1) < 0 ? -errno : 0;
    free(longer);
    return error;
}

/* Where /proc is not mounted: the path that execve was given (getauxval(3)). */
static bool own_path(char *ret_path, size_t bytes)
{
    ssize_t n = readlink("/proc/self/exe", ret_path, bytes);
    if (n > 0 && (size_t)n < bytes) {
        ret_path[n] = '\0';
        return true;
    }
    const char *given = (const char *)getauxval(AT_EXECFN);
    char *path = given ? realpath(given, NULL) : NULL;
    bool fits = path && snprintf(ret_path, bytes, "%s", path) < (int)bytes;
    free(path);
    return fits;
}

bool program_beside(const char *name, char *ret_path, size_t bytes)
{
    if (!own_path(ret_path, bytes))
        return false;
    char *slash = strrchr(ret_path, '/');
    size_t used = slash ? (size_t)(slash - ret_path) + 1 : 0;
    return slash && snprintf(ret_path + used, bytes - used, "%s", name) < (int)(bytes - used);
}

/* What a static program starts, a shell for example, is of the libc whose loader is there. */
static bool is_musl(const struct program *program)
{
    return program->facts.kind == PROGRAM_MUSL ||
           (program->facts.kind != PROGRAM_GLIBC && access(GLIBC_LOADER, F_OK) < 0 &&
            access(MUSL_LOADER, F_OK) == 0);
}

const char *program_preload_name(const struct program *program)
{
    return is_musl(program) ? MUSL : OBJECT;
}

bool program_preload_find(const struct program *program, char *ret_path, size_t bytes)
{
    return program_beside(program_preload_name(program), ret_path, bytes);
}
