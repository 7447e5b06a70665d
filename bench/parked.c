/* SPDX-License-Identifier: MIT */
/*
 * The benchmark's victim: parked equal|diverse THREADS STACKS_FILE
 *
 * All threads but the main one make some calls and park. The bytes of their live stacks go to STACKS_FILE,
 * 'ready' goes to stdout, and when stdin is closed the main thread makes its calls too, and faults.
 *
 * equal:    25 frames of one function, as in a server whose workers are all idle.
 * diverse:  50 paths through 30 libraries, 8 to 64 KiB of live stack, filled with what locals look like.
 */
#include "parked.h"
#include "crumple.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EQUAL_FRAMES = 22, THREAD_STACK_BYTES = 128 * 1024 };

/* What bench/context has in CRUMPLE_WATCH. */
uint64_t bench_tick = 1234;
const char *bench_version = "1.42";
struct bench_match {
    long unused;
    unsigned id;
} * bench_match;
__thread int bench_player;
__thread uint64_t bench_seen = 77;

static atomic_uint parked_threads;
static int stacks_file;
static step paths[PATHS][STEPS_MAX];

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "parked: %s: %s\n", what, strerror(errno));
    exit(70);
}

static __attribute__((noinline)) void park(struct trip *trip)
{
    static const unsigned never;
    trip->stack_now = __builtin_frame_address(0);
    atomic_fetch_add(&parked_threads, 1);
    for (;;)
        syscall(SYS_futex, &never, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void add_stack(const struct trip *trip)
{
    size_t bytes = (size_t)(trip->stack_top - trip->stack_now);
    if (write(stacks_file, trip->stack_now, bytes) != (ssize_t)bytes)
        give_up("the file of stacks");
}

static __attribute__((noinline)) void fault(struct trip *trip)
{
    trip->stack_now = __builtin_frame_address(0);
    add_stack(trip);
    *(volatile char **)NULL = trip->stack_top;
}

static __attribute__((noinline)) void equal_step(struct trip *trip)
{
    step next = *trip->path++;
    next(trip);
    __asm__ volatile("" : : : "memory"); /* no tail call */
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t r = *state;
    r ^= r << 13, r ^= r >> 7, r ^= r << 17;
    return *state = r;
}

/* The libraries lie beside the program. */
static const step *load_library(const char *program, int number)
{
    char path[4096];
    const char *slash = strrchr(program, '/');
    snprintf(path, sizeof path, "%.*s/libpath%d.so", (int)(slash - program), program, number);
    void *library = dlopen(path, RTLD_NOW);
    const step *steps = library != NULL ? dlsym(library, "library_steps") : NULL;
    if (steps == NULL) {
        fprintf(stderr, "parked: %s\n", dlerror());
        exit(70);
    }
    return steps;
}

/* The last step of each path is left open: to park, or to fault. */
static int lay_paths(const char *program, bool diverse)
{
    const step *libraries[LIBRARIES];
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);

    for (int i = 0; diverse && i < LIBRARIES; i++)
        libraries[i] = load_library(program, i);
    for (int path = 0; path < PATHS; path++) {
        for (int i = 0; i < EQUAL_FRAMES; i++) {
            uint64_t r = next_random(&random) >> 20;
            paths[path][i] = diverse ? libraries[r % LIBRARIES][(r >> 10) % STEPS_PER_LIBRARY] : equal_step;
        }
    }
    return EQUAL_FRAMES;
}

static __attribute__((noinline)) void travel(struct trip *trip, int path, int length, step last)
{
    step own_path[STEPS_MAX];
    memcpy(own_path, paths[path], sizeof own_path);
    own_path[length] = last;
    trip->path = own_path;
    trip->stack_top = (char *)__builtin_frame_address(0) + 16;
    step first = *trip->path++;
    first(trip);
    __asm__ volatile("" : : "r"(own_path) : "memory");
}

static void *thread_main(void *argument)
{
    struct trip *trip = argument;
    bench_player = (int)(trip->random % 10000);
    if (getenv("BENCH_TAGS")) {
        (void)crumple_tag("match_id", "%d", bench_player / 8);
        (void)crumple_tag("player", "%d", bench_player);
    }
    travel(trip, (int)(trip->random % PATHS), EQUAL_FRAMES, park);
    return NULL;
}

static void start_thread(struct trip *trip)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    errno = pthread_create(&thread, &attributes, thread_main, trip);
    if (errno != 0)
        give_up("pthread_create");
    pthread_attr_destroy(&attributes);
}

static void prepare_trip(struct trip *trip, uint64_t number, bool diverse)
{
    trip->random = number * UINT64_C(0xd1342543de82ef95) + 12345;
    next_random(&trip->random);
    /* 8 to 60 KiB over all frames, beside the fixed locals */
    trip->frame_bytes = diverse ? 250 + (trip->random >> 33) % 2300 : 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: parked equal|diverse THREADS STACKS_FILE\n");
        return 2;
    }
    bench_match = calloc(1, sizeof *bench_match);
    bool diverse = strcmp(argv[1], "diverse") == 0;
    unsigned others = (unsigned)strtoul(argv[2], NULL, 10) - 1;
    struct trip *trips = calloc(others + 1, sizeof *trips);
    int length = lay_paths(argv[0], diverse);

    for (unsigned i = 0; i < others; i++) {
        prepare_trip(&trips[i], i + 1, diverse);
        start_thread(&trips[i]);
    }
    while (atomic_load(&parked_threads) < others)
        usleep(1000);
    stacks_file = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (stacks_file < 0)
        give_up(argv[3]);
    for (unsigned i = 0; i < others; i++)
        add_stack(&trips[i]);

    puts("ready");
    fflush(stdout);
    char byte;
    if (read(STDIN_FILENO, &byte, 1) < 0)
        give_up("stdin");
    prepare_trip(&trips[others], 7, diverse);
    travel(&trips[others], 0, length, fault);
    return 0;
}
