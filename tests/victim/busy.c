/* SPDX-License-Identifier: MIT */
/* What other threads may be doing when one faults: running, sleeping deeply, being made (rows 44 and 46-49).
 */
#include "victim.h"

#include <aio.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void commit(void)
{
    announce();
    write_through_null();
}

static NOINLINE void *run_hot(void *unused)
{
    (void)unused;
    arrive();
    for (volatile unsigned long turns = 0;; turns++)
        ;
    return NULL;
}

/* hot-neighbours N: that many threads run and never call the kernel. */
static void hot_neighbours(char **arguments)
{
    unsigned count = (unsigned)strtoul(arguments[0], NULL, 10);
    for (unsigned i = 0; i < count; i++)
        start_thread_of(run_hot, NULL);
    await_arrivals(count);
    commit();
}

/* A parent of vfork sleeps where no signal but SIGKILL ends it (kernel/fork.c, wait_for_vfork_done). */
static void *sleep_deeply(void *unused)
{
    (void)unused;
    arrive();
    if (vfork() == 0) {
        const struct timespec long_time = {20, 0};
        syscall(SYS_close_range, 0, ~0u, 0); /* nobody waits for this child's descriptors */
        syscall(SYS_nanosleep, &long_time, NULL);
        syscall(SYS_exit_group, 0);
    }
    return NULL;
}

static void deep_sleeper(char **arguments)
{
    const struct timespec moment = {0, 200000000};
    (void)arguments;
    start_thread_of(sleep_deeply, NULL);
    await_arrivals(1);
    nanosleep(&moment, NULL);
    commit();
}

/* io-uring: a request that waits for ever makes the kernel start a worker, which is a task of this process.
 */
static void io_uring_worker(char **arguments)
{
    struct io_uring_params parameters = {0};
    static char byte;
    int pipe_fds[2];
    (void)arguments;
    int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0 || pipe(pipe_fds) != 0) {
        fact("no_io_uring", "1");
        _exit(0);
    }
    struct io_uring_sqe *entries = mmap(NULL, parameters.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE,
                                        MAP_SHARED, ring, IORING_OFF_SQES);
    size_t bytes = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    char *queue = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    if (entries == MAP_FAILED || queue == MAP_FAILED)
        give_up("io_uring");
    entries[0] = (struct io_uring_sqe){.opcode = IORING_OP_READ,
                                       .flags = IOSQE_ASYNC,
                                       .fd = pipe_fds[0],
                                       .addr = (unsigned long)&byte,
                                       .len = 1};
    *(unsigned *)(queue + parameters.sq_off.array) = 0;
    atomic_store((_Atomic unsigned *)(queue + parameters.sq_off.tail), 1);
    if (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) != 1)
        give_up("io_uring_enter");
    while (count_tasks() < 3)
        ;
    commit();
}

static void *end_at_once(void *unused)
{
    return unused;
}

static void *make_threads(void *unused)
{
    (void)unused;
    arrive();
    for (;;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return NULL;
}

/* churn: threads come and go while this one faults. */
static void churn(char **arguments)
{
    const struct timespec moment = {0, 20000000};
    (void)arguments;
    for (int i = 0; i < 3; i++)
        start_thread_of(make_threads, NULL);
    await_arrivals(3);
    nanosleep(&moment, NULL);
    commit();
}

static void *ask_the_time(void *unused)
{
    struct timespec now;
    (void)unused;
    arrive();
    for (;;)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return NULL;
}

/* A call that was interrupted once and goes on: restart_syscall(2). */
static void *sleep_restarted(void *unused)
{
    const struct timespec long_time = {1000, 0};
    (void)unused;
    arrive();
    nanosleep(&long_time, NULL);
    return NULL;
}

static void in_vdso(char **arguments)
{
    (void)arguments;
    start_thread_of(ask_the_time, NULL);
    start_thread_of(sleep_restarted, NULL);
    await_arrivals(2);
    commit();
}

/* aio: libc's helper thread of asynchronous I/O, made past pthread_create. */
static void aio_thread(char **arguments)
{
    static struct aiocb request;
    static char byte;
    int pipe_fds[2];
    (void)arguments;
    if (pipe(pipe_fds) != 0)
        give_up("pipe");
    request = (struct aiocb){.aio_fildes = pipe_fds[0], .aio_buf = &byte, .aio_nbytes = 1};
    if (aio_read(&request) != 0)
        give_up("aio_read");
    while (count_tasks() < 3)
        ;
    commit();
}

const struct verb busy_verbs[] = {
    {"hot-neighbours", IN_WORKER, hot_neighbours},
    {"deep-sleeper", IN_WORKER, deep_sleeper},
    {"io-uring", IN_WORKER, io_uring_worker},
    {"churn", IN_WORKER, churn},
    {"in-vdso", IN_WORKER, in_vdso},
    {"aio", IN_WORKER, aio_thread},
    {NULL, IN_MAIN, NULL},
};
