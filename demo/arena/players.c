/* SPDX-License-Identifier: MIT */
/* The table of players: who is there, and who has been silent for too long. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "world_inside.h"

struct world world = {.lock = PTHREAD_RWLOCK_INITIALIZER};

void world_prepare(int matches)
{
    world.matches = matches;
    for (int i = 0; i < WORLD_PLAYERS; i++)
        world.player[i].match = world.player[i].seat = -1;
    for (int i = 0; i < matches; i++) {
        pthread_mutex_init(&world.match[i].lock, NULL);
        world.match[i].ball_dx = 7 + i % 5;
        world.match[i].ball_dy = 3 + i % 7;
        for (int seat = 0; seat < WORLD_SEATS; seat++)
            world.match[i].seats[seat].player = -1;
    }
}

int world_matches(void)
{
    return world.matches;
}

int64_t world_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* With the lock held. Returns its slot or -1. */
static int slot_of(const char *name)
{
    for (int i = 0; i < WORLD_PLAYERS; i++) {
        if (world.player[i].in_use && strcmp(world.player[i].name, name) == 0)
            return i;
    }
    return -1;
}

static int free_slot(void)
{
    for (int i = 0; i < WORLD_PLAYERS; i++) {
        if (!world.player[i].in_use)
            return i;
    }
    return -1;
}

/* With the lock held. NULL: the slot is another's by now, or nobody's. */
static struct player *player_of(const struct player_ref *ref)
{
    if (ref->player < 0)
        return NULL;
    struct player *player = &world.player[ref->player];
    return player->in_use && player->ticket == ref->ticket ? player : NULL;
}

enum world_error world_register(const char *name, struct player_ref *ret_ref)
{
    enum world_error error = WORLD_OK;
    pthread_rwlock_wrlock(&world.lock);
    int slot = free_slot();
    if (slot_of(name) >= 0) {
        error = WORLD_TAKEN;
    } else if (slot < 0) {
        error = WORLD_FULL;
    } else {
        struct player *player = &world.player[slot];
        player->in_use = true;
        player->ticket++;
        snprintf(player->name, sizeof player->name, "%s", name);
        player->seen_ms = world_now();
        world.players++;
        *ret_ref = (struct player_ref){slot, player->ticket, -1, -1};
    }
    pthread_rwlock_unlock(&world.lock);
    return error;
}

/* With the lock held for writing. */
static void leave(struct player *player)
{
    if (player->match >= 0)
        match_stand_up(player->match, player->seat);
    player->match = player->seat = -1;
}

static void remove_player(struct player *player)
{
    leave(player);
    player->in_use = false;
    world.players--;
}

void world_remove(struct player_ref *ref)
{
    pthread_rwlock_wrlock(&world.lock);
    struct player *player = player_of(ref);
    if (player != NULL)
        remove_player(player);
    pthread_rwlock_unlock(&world.lock);
    *ref = (struct player_ref){-1, 0, -1, -1};
}

void world_seen(const struct player_ref *ref)
{
    /* Without the lock, as every message comes by here. If the slot changes hands between the two steps, its
     * new player counts as seen too. */
    if (ref->player >= 0 && world.player[ref->player].ticket == ref->ticket)
        world.player[ref->player].seen_ms = world_now();
}

bool world_find(const char *name, struct player_ref *ret_ref)
{
    pthread_rwlock_rdlock(&world.lock);
    int slot = slot_of(name);
    if (slot >= 0) {
        const struct player *player = &world.player[slot];
        *ret_ref = (struct player_ref){slot, player->ticket, player->match, player->seat};
    }
    pthread_rwlock_unlock(&world.lock);
    return slot >= 0;
}

enum world_error world_join(struct player_ref *ref, int match)
{
    if (match < 0 || match >= world.matches)
        return WORLD_NO_MATCH;
    enum world_error error = WORLD_GONE;
    pthread_rwlock_wrlock(&world.lock);
    struct player *player = player_of(ref);
    if (player != NULL) {
        leave(player);
        error = match_sit_down(match, ref->player, ref);
        player->match = ref->match;
        player->seat = ref->seat;
    }
    pthread_rwlock_unlock(&world.lock);
    return error;
}

enum world_error world_leave(struct player_ref *ref)
{
    pthread_rwlock_wrlock(&world.lock);
    struct player *player = player_of(ref);
    if (player != NULL)
        leave(player);
    pthread_rwlock_unlock(&world.lock);
    ref->match = ref->seat = -1;
    return player != NULL ? WORLD_OK : WORLD_GONE;
}

int world_expire(int64_t silent_ms)
{
    int64_t limit = world_now() - silent_ms;
    int removed = 0;
    pthread_rwlock_wrlock(&world.lock);
    for (int i = 0; i < WORLD_PLAYERS; i++) {
        struct player *player = &world.player[i];
        if (player->in_use && player->seen_ms < limit) {
            remove_player(player);
            removed++;
        }
    }
    pthread_rwlock_unlock(&world.lock);
    return removed;
}
