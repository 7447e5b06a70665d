/* SPDX-License-Identifier: MIT */
/*
 * Memory that no core may hold, though the faulting frame points to it. The secrets are put together at run
 * time, so that the executable holds none: 'KIND_s3cr3t_value_of_some_length'. secrets environment | moved |
 * dontdump | data | memfd | stack | title | long-title | plain
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int *volatile pointer;
static char in_data[3 * 4096] = {1};
extern char **environ;

__attribute__((noinline)) static void fault(const char *a, const char *b)
{
    const char *volatile first = a, *volatile second = b;
    (void)first, (void)second;
    dprintf(1, "pid=%d\ntid=%d\ntasks=%d\n", getpid(), gettid(), getpid() == gettid() ? 1 : 2);
    (void)getenv("NONE_OF_THIS_NAME"); /* what strncmp had in vector registers is gone */
    *pointer = 1;
}

static char *put(char *at, const char *kind)
{
    snprintf(at, 64, "%s_s3cr3%s", kind, "t_value_of_some_length");
    return at;
}

static char *marked(char *page, const char *kind)
{
    put(page, kind);
    if (madvise(page, 4096, MADV_DONTDUMP) < 0)
        exit(9);
    return page;
}

static char *memfd_secret_page(void)
{
    int fd = (int)syscall(447 /* memfd_secret */, 0);
    char *page = fd < 0 || ftruncate(fd, 4096) < 0 ? MAP_FAILED : mmap(0, 4096, 3, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        exit(77);
    return put(page, "MEMFD");
}

/* A program that moves its environment, to have room for a title. */
static void move_environment(void)
{
    char **copy = calloc(1000, sizeof *copy);
    for (size_t i = 0; environ[i]; i++)
        copy[i] = strdup(environ[i]);
    environ = copy;
}

static void *on_marked_stack(void *stack)
{
    char local[64];
    if (madvise(stack, 1 << 18, MADV_DONTDUMP) < 0)
        exit(9);
    fault(put(local, "STACK"), local);
    return NULL;
}

static void with_marked_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    void *stack = mmap(0, 1 << 18, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, 1 << 18);
    pthread_create(&thread, &attributes, on_marked_stack, stack);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    char *page = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);

    if (!strcmp(what, "moved"))
        move_environment();
    if (!strcmp(what, "dontdump"))
        fault(marked(page, "DONTDUMP"), page);
    if (!strcmp(what, "data"))
        fault(marked((char *)(((size_t)in_data + 4095) & ~(size_t)4095), "DATA"), in_data);
    if (!strcmp(what, "memfd"))
        fault(memfd_secret_page(), page);
    if (!strcmp(what, "stack"))
        with_marked_stack();
    if (!strcmp(what, "title"))
        memset(argv[0], 'T', room);
    if (!strcmp(what, "long-title"))
        strcpy(argv[0],
               "a title that is longer than all arguments were, and so goes on where the environment was");
    if (!strcmp(what, "plain"))
        put(page, "PLAIN");
    fault(getenv("GIVEN"), page);
    return 0;
}
