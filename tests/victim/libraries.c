/* SPDX-License-Identifier: MIT */
/* Shared objects: more of them than usual, and files that change while they run. */
#include "victim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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

static NOINLINE void enter(void *handle)
{
    void (*function)(int *) = (void (*)(int *))(uintptr_t)dlsym(handle, "inner_enter");
    if (function == NULL)
        give_up("inner_enter");
    announce();
    function(NULL);
    __asm__ volatile("");
}

/* replaced-library LIBRARY [USER]: an upgrade replaces a library in use; the process may be another user's by then. */
static void replaced_library(char **arguments)
{
    copy(arguments[0], open("inner.so", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
    void *handle = open_library("./inner.so");
    copy("/proc/self/exe", open("new.so", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
    if (rename("new.so", "inner.so") != 0)
        give_up("rename");
    if (arguments[1] != NULL && setuid((uid_t)strtoul(arguments[1], NULL, 10)) != 0)
        give_up("setuid");
    enter(handle);
}

/* memory-library LIBRARY: one that never had a path. */
static void memory_library(char **arguments)
{
    char path[64];
    int memory = memfd_create("inner", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    copy(arguments[0], memory < 0 ? -1 : dup(memory));
    void *handle = open_library(path);
    close(memory);
    enter(handle);
}

static NOINLINE void memory_write(int *pointer)
{
    *(volatile int *)pointer = 1;
    __asm__ volatile("");
}

/* memory-program USER: the program itself, run from a memory file; then it is the user's. */
static void memory_program(char **arguments)
{
    char *again[] = {(char *)"server", (char *)"memory-program", arguments[0], (char *)"again", NULL};
    if (arguments[1] != NULL) {
        if (setuid((uid_t)strtoul(arguments[0], NULL, 10)) != 0)
            give_up("setuid");
        announce();
        memory_write(NULL);
        return;
    }
    int memory = memfd_create("server", MFD_CLOEXEC);
    copy("/proc/self/exe", memory < 0 ? -1 : dup(memory));
    fexecve(memory, again, environ);
    give_up("fexecve");
}

/* moved-code: the pages of this function are copied to memory without a file, as servers do for huge pages. */
static void moved_code(char **unused)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)memory_write & ~(page - 1);
    char *copy = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)unused;
    if (copy == MAP_FAILED)
        give_up("mmap");
    memcpy(copy, (void *)start, 2 * page);
    if (mprotect(copy, 2 * page, PROT_READ | PROT_EXEC) != 0 ||
        mremap(copy, 2 * page, 2 * page, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED)
        give_up("mremap");
    announce();
    memory_write(NULL);
}

const struct verb library_verbs[] = {
    {"replaced-library", IN_WORKER, replaced_library}, {"memory-library", IN_WORKER, memory_library},
    {"memory-program", IN_MAIN, memory_program},       {"moved-code", IN_WORKER, moved_code},
    {"many-libraries", IN_WORKER, many_libraries},     {NULL, IN_MAIN, NULL},
};
