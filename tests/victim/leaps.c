/* SPDX-License-Identifier: MIT */
/*
 * Stack overflows by one large frame (rows 26, 27 and 29): the stack pointer has left the stack before
 * anything of the frame is touched.
 *
 *   victim leap STACK GUARD_KIB STEP
 *
 * STACK: main, thread, coroutine (makecontext, guard by mprotect), hidden (a coroutine, guard by
 * MADV_GUARD_INSTALL), raw (a thread by clone alone), near (a thread whose alternate stack lies right below
 * its guard, with a handler that aborts, as Rust's). STEP: small (about 1 KiB, again and again), array (3
 * MiB), alloca (3 MiB). Main's steps are of 12 MiB: its stack may grow to 8.
 */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17 */
#endif

enum {
    MIB = 1 << 20,
    STACK_BYTES = 256 << 10,
    ALTERNATE_BYTES = 64 << 10,
    CALLS = 12,
    HOLE_BYTES = 4 * MIB,
    TRIES = 64
};

static size_t guard_bytes;
static const char *step, *where;

/* The first instruction behind the prologue faults, before the stack protector or a probe has touched the
 * frame. */
static NOINLINE int step_small(int n)
{
    volatile char frame[1100];
    frame[0] = (char)n;
    return step_small(n + 1) + frame[0];
}

static NOINLINE int step_array(int n)
{
    volatile char frame[3 * MIB];
    frame[0] = (char)n;
    return frame[0] + n;
}

static NOINLINE int step_array_of_main(int n)
{
    volatile char frame[12 * MIB];
    frame[0] = (char)n;
    return frame[0] + n;
}

static NOINLINE int step_alloca(size_t bytes)
{
    volatile char *room = __builtin_alloca(bytes);
    room[0] = 1;
    return room[0];
}

static NOINLINE int step_down(int calls)
{
    const int is_main = strcmp(where, "main") == 0;
    volatile int kept = calls;
    if (calls > 0)
        return step_down(calls - 1) + kept;
    announce();
    if (strcmp(step, "small") == 0)
        return step_small(0) + kept;
    if (strcmp(step, "alloca") == 0)
        return step_alloca(is_main ? 12 * MIB : 3 * MIB) + kept;
    return (is_main ? step_array_of_main(kept) : step_array(kept)) + kept;
}

/* Whether nothing is mapped in the 4 MiB below 'end': else a frame of 3 MiB may end in somebody's memory. */
static int is_hole_below(char *end)
{
    char *hole = mmap(end - HOLE_BYTES, HOLE_BYTES, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (hole != MAP_FAILED)
        munmap(hole, HOLE_BYTES);
    return hole == end - HOLE_BYTES;
}

/* Readable memory above a hole. What has none below stays, so that the next one lies elsewhere. */
static char *map_above_hole(size_t bytes)
{
    for (int i = 0; i < TRIES; i++) {
        char *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED)
            give_up("mmap");
        if (is_hole_below(start))
            return start;
    }
    give_up("no hole in the address space");
    return NULL;
}

/* A stack with what is below it, which is returned: 'below' bytes, then the guard. */
static char *make_stack(size_t below, size_t guard)
{
    char *start = map_above_hole(below + guard + STACK_BYTES);
    if (strcmp(where, "hidden") == 0 && madvise(start + below, guard, MADV_GUARD_INSTALL) == 0)
        return start;
    if (guard && mprotect(start + below, guard, PROT_NONE) != 0)
        give_up("mprotect");
    return start;
}

static void take_alternate_stack(char *start)
{
    const stack_t alternate = {.ss_sp = start, .ss_size = ALTERNATE_BYTES};
    if (sigaltstack(&alternate, NULL) != 0)
        give_up("sigaltstack");
}

static void aborting_handler(int sig)
{
    (void)sig;
    abort();
}

static int has_hole_below(void)
{
    pthread_attr_t attributes;
    void *start = NULL;
    size_t bytes, guard = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        give_up("pthread_getattr_np");
    pthread_attr_getstack(&attributes, &start, &bytes);
    pthread_attr_getguardsize(&attributes, &guard);
    pthread_attr_destroy(&attributes);
    return is_hole_below((char *)start - guard);
}

static volatile int has_found_no_hole;

static void *thread_main(void *alternate)
{
    if (!alternate && !has_hole_below()) {
        has_found_no_hole = 1;
        return NULL;
    }
    if (alternate) {
        const struct sigaction action = {.sa_handler = aborting_handler, .sa_flags = SA_ONSTACK};
        take_alternate_stack(alternate);
        if (sigaction(SIGSEGV, &action, NULL) != 0)
            give_up("sigaction");
    }
    step_down(CALLS);
    return NULL;
}

/* A thread that found no hole is not joined: glibc would give its stack to the next one. */
static void leap_in_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    char *alternate = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setguardsize(&attributes, guard_bytes);
    if (strcmp(where, "near") == 0) {
        alternate = make_stack(ALTERNATE_BYTES, guard_bytes);
        pthread_attr_setstack(&attributes, alternate + ALTERNATE_BYTES + guard_bytes, STACK_BYTES);
    }
    for (int i = 0; i < TRIES; i++) {
        has_found_no_hole = 0;
        errno = pthread_create(&thread, &attributes, thread_main, alternate);
        if (errno != 0)
            give_up("pthread_create");
        while (!has_found_no_hole || count_tasks() > 1) /* it is still there while it ends */
            usleep(1000);
    }
    give_up("no hole in the address space");
}

static void coroutine_main(void)
{
    step_down(CALLS);
}

static void leap_in_coroutine(void)
{
    static ucontext_t here, there;
    getcontext(&there);
    there.uc_stack.ss_sp = make_stack(0, guard_bytes) + guard_bytes;
    there.uc_stack.ss_size = STACK_BYTES;
    there.uc_link = &here;
    makecontext(&there, coroutine_main, 0);
    swapcontext(&here, &there);
}

/* It shares its maker's thread pointer; the maker sleeps. */
static int raw_main(void *alternate)
{
    take_alternate_stack(alternate);
    step_down(CALLS);
    return 0;
}

static void leap_in_raw_thread(void)
{
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    char *stack = make_stack(ALTERNATE_BYTES, guard_bytes);
    if (clone(raw_main, stack + ALTERNATE_BYTES + guard_bytes + STACK_BYTES, flags, stack) < 0)
        give_up("clone");
    sleep_for_ever();
}

static void leap(char **arguments)
{
    where = arguments[0];
    guard_bytes = strtoul(arguments[1], NULL, 10) << 10;
    step = arguments[2];
    if (strcmp(where, "main") == 0)
        step_down(CALLS);
    else if (strcmp(where, "coroutine") == 0 || strcmp(where, "hidden") == 0)
        leap_in_coroutine();
    else if (strcmp(where, "raw") == 0)
        leap_in_raw_thread();
    else
        leap_in_thread();
}

const struct verb leap_verbs[] = {
    {"leap", IN_MAIN, leap},
    {NULL, IN_MAIN, NULL},
};
