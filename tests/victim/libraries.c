/* SPDX-License-Identifier: MIT */
/* Shared objects: more of them than usual, and files that change while they run. */
#include "victim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void *open_library(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL) {
        errno = ELIBACC;
        give_up(dlerror());
    }
    return handle;
}

static void copy(const char *from, int target)
{
    struct stat status;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0 || target < 0 || fstat(source, &status) != 0 ||
        sendfile(target, source, NULL, (size_t)status.st_size) != status.st_size)
        give_up(from);
    close(source);
    close(target);
}

static NOINLINE int descend(int levels)
{
    volatile int level = levels;
    if (levels == 0)
        park(NULL);
    else
        descend(levels - 1);
    return level;
}

static void *park_deep(void *unused)
{
    descend(24);
    return unused;
}

/* many-libraries LIBRARY COUNT: copies of it, one object each, in the working directory; ten threads, 24 calls deep. */
static void many_libraries(char **arguments)
{
    for (long i = strtol(arguments[1], NULL, 10); i > 0; i--) {
        char path[64];
        snprintf(path, sizeof path, "./copy%ld.so", i);
        copy(arguments[0], open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
        open_library(path);
    }
    for (int i = 0; i < 10; i++)
        start_thread_of(park_deep, NULL);
    await_arrivals(10);
    announce();
    write_through_null();
}

const struct verb library_verbs[] = {
    {"many-libraries", IN_WORKER, many_libraries},
    {NULL, IN_MAIN, NULL},
};
