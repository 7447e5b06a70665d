/* SPDX-License-Identifier: MIT */
/* Faults while a lock of the loader or of stdio is held, here or by a neighbour (rows 35, 36 and 39). */
#include "victim.h"

#include <dlfcn.h>
#include <libgen.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int park_in_callback(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    arrive();
    sleep_for_ever();
}

static void *park_in_phdr_walk(void *unused)
{
    dl_iterate_phdr(park_in_callback, unused);
    return NULL;
}

static void phdr_neighbour(char **arguments)
{
    (void)arguments;
    start_thread_of(park_in_phdr_walk, NULL);
    await_arrivals(1);
    announce();
    write_through_null();
}

static int fault_in_callback(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    announce();
    write_through_null();
    return 0;
}

static void phdr_callback(char **arguments)
{
    (void)arguments;
    dl_iterate_phdr(fault_in_callback, NULL);
}

/* The libraries lie beside the program. Their constructors call back by name: see tests/programs/libctor.c.
 */
static void *load_beside(const char *name)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    if (length < 0)
        give_up("/proc/self/exe");
    path[length] = 0;
    char *slash = strrchr(path, '/');
    strcpy(slash + 1, name);
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        dprintf(STDERR_FILENO, "victim: %s\n", dlerror());
        _exit(70);
    }
    return library;
}

static void constructor(char **arguments)
{
    (void)arguments;
    load_beside("libctor_crash.so");
}

static void *park_in_constructor(void *unused)
{
    (void)unused;
    load_beside("libctor_park.so");
    return NULL;
}

static void dlopen_neighbour(char **arguments)
{
    (void)arguments;
    start_thread_of(park_in_constructor, NULL);
    await_arrivals(1);
    announce();
    write_through_null();
}

static ssize_t fault_in_stream(void *cookie, const char *bytes, size_t length)
{
    (void)cookie, (void)bytes;
    announce();
    write_through_null();
    return (ssize_t)length;
}

/* The stream's lock and those of stdout and stderr are held by the thread that faults. */
static void stdio_callback(char **arguments)
{
    (void)arguments;
    cookie_io_functions_t functions = {.write = fault_in_stream};
    FILE *stream = fopencookie(NULL, "w", functions);
    if (stream == NULL)
        give_up("fopencookie");
    setvbuf(stream, NULL, _IONBF, 0);
    flockfile(stdout);
    flockfile(stderr);
    fprintf(stream, "request %d\n", 1);
}

const struct verb lock_verbs[] = {
    {"phdr-neighbour", IN_WORKER, phdr_neighbour}, {"phdr-callback", IN_MAIN, phdr_callback},
    {"constructor", IN_MAIN, constructor},         {"dlopen-neighbour", IN_WORKER, dlopen_neighbour},
    {"stdio-callback", IN_WORKER, stdio_callback}, {NULL, IN_MAIN, NULL},
};
