/* SPDX-License-Identifier: MIT */
/* The match loop steps all matches 20 times a second; the cleanup loop removes who is silent or was kicked.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "arena.h"

#define TICK_NS    (1000000000L / 20)
#define CLEANUP_NS (1000000000L / 5)
#define SILENT_MS  3000
#define MOST_KICKS 64
#define STOP_S     2

static struct {
    pthread_mutex_t lock;
    unsigned asked, done; /* ever */
    char names[MOST_KICKS][NAME_BYTES];
} kicks = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_bool stopping;
static pthread_t match_thread, cleanup_thread;

static void nap(long nanoseconds)
{
    struct timespec time = {.tv_nsec = nanoseconds};
    nanosleep(&time, NULL);
}

static void *match_loop(void *unused)
{
    (void)unused;
    while (!stopping) {
        world_tick();
        nap(TICK_NS);
    }
    return NULL;
}

bool loops_kick(const char *name)
{
    pthread_mutex_lock(&kicks.lock);
    bool room = kicks.asked - kicks.done < MOST_KICKS;
    if (room)
        snprintf(kicks.names[kicks.asked++ % MOST_KICKS], NAME_BYTES, "%s", name);
    pthread_mutex_unlock(&kicks.lock);
    return room;
}

static bool next_kick(char *ret_name)
{
    pthread_mutex_lock(&kicks.lock);
    bool any = kicks.done != kicks.asked;
    if (any)
        memcpy(ret_name, kicks.names[kicks.done++ % MOST_KICKS], NAME_BYTES);
    pthread_mutex_unlock(&kicks.lock);
    return any;
}

/* The player of that name; NULL: nobody has it. */
static struct player_ref *find_victim(const char *name, struct player_ref *place)
{
    return world_find(name, place) ? place : NULL;
}

/* BUG, on purpose: whoever was kicked may have left by now, or never have been here. */
static void kick_next(const char *name)
{
    struct player_ref place;
    struct player_ref victim = *find_victim(name, &place);
    world_remove(&victim);
}

static void *cleanup_loop(void *unused)
{
    char name[NAME_BYTES];
    (void)unused;
    while (!stopping) {
        world_expire(SILENT_MS);
        if (next_kick(name))
            kick_next(name);
        nap(CLEANUP_NS);
    }
    return NULL;
}

int loops_start(void)
{
    int error = pthread_create(&match_thread, NULL, match_loop, NULL);
    if (error == 0)
        error = pthread_create(&cleanup_thread, NULL, cleanup_loop, NULL);
    return error;
}

void loops_stop(void)
{
    struct timespec limit;
    stopping = true;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += STOP_S;
    pthread_timedjoin_np(match_thread, NULL, &limit);
    pthread_timedjoin_np(cleanup_thread, NULL, &limit);
}
