/* SPDX-License-Identifier: MIT */
/*
 * Threads made by the clone system call itself (rows 49 and 73): no start routine that anybody has seen, no
 * descriptor of libc's, and in one case no thread pointer at all. They may run nothing that uses TLS.
 */
#include "victim.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    STACK_BYTES = 65536,
    THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
};

static volatile unsigned bare_threads_running;

static NOINLINE void bare_thread_sleeps(void)
{
    __atomic_fetch_add(&bare_threads_running, 1, __ATOMIC_SEQ_CST);
    sleep_for_ever();
}

static int bare_thread_main(void *unused)
{
    (void)unused;
    bare_thread_sleeps();
    return 0;
}

static void start_bare_thread(int more_flags)
{
    char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        give_up("mmap");
    unsigned before = bare_threads_running;
    int tid =
        clone(bare_thread_main, stack + STACK_BYTES, THREAD_FLAGS | more_flags, NULL, NULL, (void *)0, NULL);
    if (tid < 0)
        give_up("clone");
    fact("bare_tid", "%d", tid);
    while (bare_threads_running == before)
        sched_yield();
}

/* The new thread shares the thread pointer of the one that made it. */
static void clone_thread(char **arguments)
{
    (void)arguments;
    start_bare_thread(0);
    announce();
    write_through_null();
}

static void clone_thread_without_tls(char **arguments)
{
    (void)arguments;
    start_bare_thread(CLONE_SETTLS);
    announce();
    write_through_null();
}

const struct verb bare_thread_verbs[] = {
    {"clone-thread", IN_WORKER, clone_thread},
    {"clone-thread-without-tls", IN_WORKER, clone_thread_without_tls},
    {NULL, IN_MAIN, NULL},
};
