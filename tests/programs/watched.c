/* SPDX-License-Identifier: MIT */
/*
 * A program whose variables CRUMPLE_WATCH reads. watched WAY: crash, undumpable, alone (no process can be started), exit, reopen (loads the library once more, then crashes), contained (the thread 'conn_main' faults alone), wait
 * (prints its pid, goes on until stdin ends), spin (as wait, or as contained with 'spin-contained': a thread writes g_pair meanwhile).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "watched.h"

enum stage { LOBBY, FIGHT };
struct player {
    int id;
    const char *name;
};
struct match {
    uint32_t id;
    struct match *next;
    struct player players[4];
    unsigned ready : 3, over : 1;
    enum stage stage;
};
struct login {
    const char *user, *password;
    int tries;
} g_login = {"anna", "open-sesame-2", 3};
struct context {
    long unused;
    struct match *match, *gone;
};

static struct context context;
static int *volatile nowhere;
static atomic_int ready;
struct context *g_context = &context;
uint64_t g_tick = 1234;
int8_t g_small = -5;
uint16_t g_short = 65000;
float g_rate = 2.5f;
double g_load = 0.1;
bool g_on = true;
char g_letter = 'x';
const char *g_version = "1.42";
char g_title[16] = "arena of doom";
const char *g_nothing;
const char *g_line = "login user=anna password=sesame";
char *g_token = (char *)"open-sesame";
int g_numbers[5] = {10, 11, 12, 13, 14};
char *g_hidden;
_Alignas(8) volatile uint64_t g_pair;
volatile uint64_t *g_shared; /* in memory that no frame leads to */
__thread int player_id = 7;
__thread const char *player_name = "nobody";
static int (*use_opened)(int);
static void *opened_library;

static void *play(void *number)
{
    player_id = 100 + (int)(long)number;
    player_name = "somebody";
    if ((long)number != 2)
        use_opened(1000 + (int)(long)number);
    lib_use(2000 + (int)(long)number);
    atomic_fetch_add(&ready, 1);
    for (;;)
        pause();
    return NULL;
}

static void *spin(void *unused)
{
    for (uint64_t i = 1;; i++)
        *g_shared = g_pair = (i & 0xffffffff) << 32 | (i & 0xffffffff);
    return unused;
}

__attribute__((noinline)) static void fault(void)
{
    *nowhere = 1;
}

static void *conn_main(void *unused)
{
    fault();
    return unused;
}

static void prepare(const char *opened)
{
    void *library = opened_library = dlopen(opened, RTLD_NOW | RTLD_LOCAL);
    pthread_t thread;
    if (!library)
        _exit(99);
    use_opened = (int (*)(int))dlsym(library, "lib_use");
    context.match = calloc(1, sizeof *context.match);
    *context.match =
        (struct match){.id = 42, .players = {{1, "anna"}, {2, "bob"}}, .ready = 5, .over = 1, .stage = FIGHT};
    context.gone = (struct match *)0x1234;
    lib_common = 77;
    g_hidden = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(g_hidden, "hidden text");
    madvise(g_hidden, 4096, MADV_DONTDUMP);
    g_shared = malloc(1 << 20);
    *g_shared = 99;
    for (long i = 0; i < 3; i++)
        pthread_create(&thread, NULL, play, (void *)i);
    while (atomic_load(&ready) < 3)
        usleep(1000);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    char opened[4096];
    const struct rlimit none = {0, 0};
    pthread_t thread;
    char byte;
    snprintf(opened, sizeof opened, "%s/libopened.so", getenv("WATCHED_FOLDER"));
    prepare(opened);
    if (strncmp(way, "spin", 4) == 0 && pthread_create(&thread, NULL, spin, NULL) == 0)
        while (*g_shared == 99)
            usleep(100);
    if (strcmp(way, "reopen") == 0) {
        dlclose(opened_library);
        if (dlopen(opened, RTLD_NOW | RTLD_NOLOAD))
            return 98; /* it was not unloaded */
        opened_library = dlopen(opened, RTLD_NOW | RTLD_LOCAL);
        ((int (*)(int))dlsym(opened_library, "lib_use"))(3000);
    }
    if (strcmp(way, "undumpable") == 0)
        prctl(PR_SET_DUMPABLE, 0);
    if (strcmp(way, "alone") == 0 &&
        (setrlimit(RLIMIT_NPROC, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0))
        return 99;
    if (strcmp(way, "crash") == 0 || strcmp(way, "spin-crash") == 0 || strcmp(way, "reopen") == 0 ||
        strcmp(way, "undumpable") == 0 || strcmp(way, "alone") == 0)
        fault();
    if (strcmp(way, "exit") == 0)
        exit(lib_common_now() == 77 ? 3 : 4);
    if (strcmp(way, "contained") == 0 || strcmp(way, "spin-contained") == 0) {
        for (int i = argc > 2 ? atoi(argv[2]) : 1; i > 0; i--) {
            pthread_create(&thread, NULL, conn_main, NULL);
            pthread_join(thread, NULL);
        }
        return 0;
    }
    printf("%d\n", (int)getpid());
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
