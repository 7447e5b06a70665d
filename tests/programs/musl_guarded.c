/* SPDX-License-Identifier: MIT */
/*
 * A thread of musl that is left in each way: by crumple_guard(), pthread_exit, cancellation, and what an uncaught C++
 * exception does.
 *
 *   musl_guarded faults|exits|cancelled|throws|throws-over
 *   musl_guarded once            faults in what pthread_once runs; then another thread comes there
 *   musl_guarded deep BYTES      faults with so many bytes of its stack in use
 */
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "crumple.h"

static int *volatile nowhere;

static void tell(void *what)
{
    puts(what);
}

static void fault(void *unused)
{
    (void)unused;
    pthread_cleanup_push(tell, "never");
    *nowhere = 1;
    pthread_cleanup_pop(0);
}

static void *faults(void *unused)
{
    (void)unused;
    printf("guard=%d\n", crumple_guard(fault, NULL));
    pthread_cleanup_push(tell, "outer");
    printf("guard=%d\n", crumple_guard(fault, NULL));
    pthread_exit((void *)7);
    pthread_cleanup_pop(0);
}

static void exit_thread(void *unused)
{
    (void)unused;
    pthread_cleanup_push(tell, "inner");
    pthread_exit((void *)5);
    pthread_cleanup_pop(0);
}

static void wait_for_end(void *unused)
{
    (void)unused;
    pthread_cleanup_push(tell, "inner");
    pthread_cancel(pthread_self());
    pause();
    pthread_cleanup_pop(0);
}

static void *ends(void *function)
{
    pthread_cleanup_push(tell, "outer");
    crumple_guard((void (*)(void *))function, NULL);
    pthread_cleanup_pop(0);
    return NULL;
}

/* As __cxa_throw of libstdc++ does it: what nobody catches is the end of the process. */
static __attribute__((noinline)) void throw(void)
{
    static struct {
        char header[112]; /* of libstdc++, before the unwinder's */
        struct _Unwind_Exception exception;
        char object[16];
    } thrown;
    thrown.exception.exception_class = 0x474e5543432b2b00; /* "GNUCC++\0" */
    _Unwind_RaiseException(&thrown.exception);
    abort();
}

static void *throws(void *unused)
{
    throw();
    return unused;
}

static void *throws_over(void *unused)
{
    pthread_cleanup_push(tell, "handler");
    throw();
    pthread_cleanup_pop(0);
    return unused;
}

static void init(void)
{
    static bool is_second;
    if (!is_second) {
        is_second = true;
        *nowhere = 1;
    }
    puts("init");
}

static void *once(void *unused)
{
    static pthread_once_t control = PTHREAD_ONCE_INIT;
    pthread_once(&control, init);
    return unused;
}

static void *deep(void *bytes)
{
    volatile char *used = __builtin_alloca((size_t)bytes);
    for (size_t i = (size_t)bytes; i > 0; i--)
        used[i - 1] = 1;
    *nowhere = 1;
    return NULL;
}

/* The unwinder of Debian's gcc asks glibc (dlfcn.h; libgcc, unwind-dw2-fde-dip.c). That of Alpine's asks musl. */
struct found {
    unsigned long long flags;
    void *start, *end, *map, *eh_frame;
    unsigned long long reserved[7];
};

struct search {
    uintptr_t address;
    struct found *found;
};

static int look(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    bool is_inside = false;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        is_inside |=
            info->dlpi_phdr[i].p_type == PT_LOAD && search->address - start < info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
            search->found->eh_frame = (void *)start;
    }
    return is_inside;
}

int _dl_find_object(void *address, struct found *ret);
int _dl_find_object(void *address, struct found *ret)
{
    struct search search = {(uintptr_t)address, ret};
    return dl_iterate_phdr(look, &search) ? 0 : -1;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    void *(*routine)(void *) = strcmp(verb, "faults") == 0        ? faults
                               : strcmp(verb, "deep") == 0        ? deep
                               : strcmp(verb, "once") == 0        ? once
                               : strcmp(verb, "throws") == 0      ? throws
                               : strcmp(verb, "throws-over") == 0 ? throws_over
                                                                  : ends;
    void *argument = argc > 2                     ? (void *)atol(argv[2])
                     : strcmp(verb, "exits") == 0 ? (void *)exit_thread
                                                  : (void *)wait_for_end;
    void *value;
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pthread_create(&thread, NULL, routine, argument) != 0 || pthread_join(thread, &value) != 0)
        return 1;
    printf("joined=%d\n", (int)(long)value);
    if (routine == once &&
        (pthread_create(&thread, NULL, once, NULL) != 0 || pthread_join(thread, NULL) != 0))
        return 1;
    return 0;
}
