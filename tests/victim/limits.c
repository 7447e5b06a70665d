/* SPDX-License-Identifier: MIT */
/* At the limits of the machine: memory, descriptors, processes, processor time, crash directories (rows 25,
 * 56, 67, 72). */
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} limits[] = {
    {"as", RLIMIT_AS},       {"data", RLIMIT_DATA},
    {"nproc", RLIMIT_NPROC}, {"nofile", RLIMIT_NOFILE},
    {"fsize", RLIMIT_FSIZE}, {"cpu", RLIMIT_CPU},
    {"core", RLIMIT_CORE},   {"memlock", RLIMIT_MEMLOCK},
    {"stack", RLIMIT_STACK}, {"sigpending", RLIMIT_SIGPENDING},
};

static int limit_named(const char *name)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(limits[i].name, name) == 0)
            return limits[i].number;
    }
    errno = EINVAL;
    give_up(name);
}

static rlim_t value_of(const char *text)
{
    return strcmp(text, "unlimited") == 0 ? RLIM_INFINITY : (rlim_t)strtoull(text, NULL, 10);
}

static void start_neighbours(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        start_thread_of(park, NULL);
    await_arrivals(count);
}

/* limited NAME SOFT HARD [NAME SOFT HARD...]: sets the limits, then faults. */
static void limited(char **arguments)
{
    start_neighbours(3);
    announce();
    for (; arguments[0] != NULL; arguments += 3) {
        struct rlimit limit = {value_of(arguments[1]), value_of(arguments[2])};
        if (setrlimit(limit_named(arguments[0]), &limit) != 0)
            give_up(arguments[0]);
    }
    write_through_null();
}

/* no-address-space THREADS: every page is taken that the limit (set from outside) allows. */
static void no_address_space(char **arguments)
{
    start_neighbours((unsigned)atoi(arguments[0]));
    announce();
    struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        give_up("RLIMIT_AS");
    write_through_null();
}

/* no-descriptors: all that the limit allows are open. */
static void no_descriptors(char **arguments)
{
    (void)arguments;
    start_neighbours(3);
    announce();
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    if (errno != EMFILE)
        give_up("open");
    write_through_null();
}

/* all-locked: everything is in memory and stays there, also what is mapped later. */
static void all_locked(char **arguments)
{
    (void)arguments;
    start_neighbours(3);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        give_up("mlockall");
    announce();
    struct rlimit limit = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        give_up("RLIMIT_MEMLOCK");
    write_through_null();
}

static NOINLINE void burn(void)
{
    for (volatile unsigned long i = 0;; i++)
        ;
}

/* cpu-limit: spins until the kernel's SIGXCPU. */
static void cpu_limit(char **arguments)
{
    (void)arguments;
    struct rlimit limit = {1, 5};
    if (setrlimit(RLIMIT_CPU, &limit) != 0)
        give_up("RLIMIT_CPU");
    announce();
    burn();
}

static void *fault_behind(void *unused)
{
    (void)unused;
    write_through_null();
    return NULL;
}

static void on_cpu_time(int number)
{
    (void)number;
    fault_behind(NULL);
}

/* cpu-spent: the processor time is used up when it faults. */
static void cpu_spent(char **arguments)
{
    (void)arguments;
    struct rlimit limit = {1, 2};
    signal(SIGXCPU, on_cpu_time);
    if (setrlimit(RLIMIT_CPU, &limit) != 0)
        give_up("RLIMIT_CPU");
    announce();
    burn();
}

/* file-limit FILE [soft]: writes more than it may, until the kernel's SIGXFSZ. */
static void file_limit(char **arguments)
{
    static const char bytes[4096];
    struct rlimit limit = {1000, arguments[1] ? RLIM_INFINITY : 1000};
    int file = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        give_up("RLIMIT_FSIZE");
    announce();
    while (write(file, bytes, sizeof bytes) > 0)
        ;
    give_up("no SIGXFSZ");
}

static void become(int policy)
{
    struct sched_param parameter = {.sched_priority = policy == SCHED_FIFO ? 50 : 0};
    int error = pthread_setschedparam(pthread_self(), policy, &parameter);
    if (error != 0) {
        errno = error;
        give_up("pthread_setschedparam");
    }
}

static void on_one_processor(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        give_up("sched_setaffinity");
}

static void *real_time_spin(void *unused)
{
    (void)unused;
    arrive(); /* behind a spinning thread of its own priority it would never come to it */
    become(SCHED_FIFO);
    burn();
    return NULL;
}

/* real-time SPINNERS: a SCHED_FIFO thread faults on the one processor that it shares with as many spinning
 * ones. */
static void real_time(char **arguments)
{
    unsigned spinners = (unsigned)atoi(arguments[0]);
    on_one_processor();
    become(SCHED_FIFO);
    struct sched_param first = {.sched_priority = 60};
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
    for (unsigned i = 0; i < spinners; i++)
        start_thread_of(real_time_spin, NULL);
    await_arrivals(spinners);
    announce();
    write_through_null();
}

/* idle-priority: everything else on the machine goes first. */
static void idle_priority(char **arguments)
{
    (void)arguments;
    start_neighbours(3);
    become(SCHED_IDLE);
    announce();
    write_through_null();
}

/* full-memory BYTES: so many are in use, touched, when it faults (the limit is the cgroup's). */
static void full_memory(char **arguments)
{
    size_t bytes = (size_t)strtoull(arguments[0], NULL, 10);
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        give_up("mmap");
    start_neighbours(3);
    memset(memory, 1, bytes);
    announce();
    write_through_null();
}

/* What happens to a crash directory, and to the subdirectory of this user in it, while the server runs. */
static int turn(const char *what, const char *base, const char *own)
{
    if (strcmp(what, "removed") == 0)
        return rmdir(own);
    if (strcmp(what, "base-removed") == 0)
        return rmdir(own) + rmdir(base);
    if (strcmp(what, "file") == 0)
        return rmdir(own) + mknod(own, S_IFREG | 0600, 0);
    if (strcmp(what, "link") == 0)
        return rmdir(own) + symlink("../elsewhere", own);
    if (strcmp(what, "foreign") == 0)
        return chown(own, 65534, 65534);
    if (strcmp(what, "open") == 0)
        return chmod(own, 0777);
    if (strcmp(what, "readonly") == 0)
        return mount(NULL, base, NULL, MS_REMOUNT | MS_RDONLY, NULL);
    errno = EINVAL;
    return -1;
}

/* directory-turns WHAT BASE: and then it faults. Without crumple there is no such directory. */
static void directory_turns(char **arguments)
{
    char own[4096];
    snprintf(own, sizeof own, "%s/%u", arguments[1], (unsigned)geteuid());
    start_neighbours(1);
    announce();
    if (access(own, F_OK) == 0 && turn(arguments[0], arguments[1], own) != 0)
        give_up(arguments[0]);
    write_through_null();
}

const struct verb limit_verbs[] = {
    {"limited", IN_WORKER, limited},
    {"no-address-space", IN_WORKER, no_address_space},
    {"no-descriptors", IN_WORKER, no_descriptors},
    {"all-locked", IN_WORKER, all_locked},
    {"cpu-limit", IN_MAIN, cpu_limit},
    {"cpu-spent", IN_MAIN, cpu_spent},
    {"file-limit", IN_MAIN, file_limit},
    {"real-time", IN_WORKER, real_time},
    {"idle-priority", IN_WORKER, idle_priority},
    {"full-memory", IN_WORKER, full_memory},
    {"directory-turns", IN_WORKER, directory_turns},
    {NULL, IN_MAIN, NULL},
};
