/* SPDX-License-Identifier: MIT */
/* Does the world still hold together? Every lock can be had, and what is counted twice agrees. */
#include <stdio.h>
#include <time.h>

#include "world_inside.h"

#define PATIENCE_S 1

static struct timespec in_a_moment(void)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    return limit;
}

/* With the table's lock held. Returns the number of seats in use; -1 and a text when something is wrong. */
static int check_seats(int number, const struct match *match, char *ret_text, size_t size)
{
    int used = 0;
    long total = 0;
    for (int i = 0; i < WORLD_SEATS; i++) {
        const struct seat *seat = &match->seats[i];
        if (seat->player < 0)
            continue;
        const struct player *player = &world.player[seat->player];
        if (!player->in_use || player->match != number || player->seat != i ||
            player->ticket != seat->ticket) {
            snprintf(ret_text, size, "match %d, seat %d: its player sits elsewhere", number, i);
            return -1;
        }
        used++;
        total += seat->score;
    }
    if (used != match->players) {
        snprintf(ret_text, size, "match %d: %d seats in use, %d players", number, used, match->players);
        return -1;
    }
    if (total != match->total) {
        snprintf(ret_text, size, "match %d: the scores are %ld, the total %ld", number, total, match->total);
        return -1;
    }
    return used;
}

static int check_match(int number, char *ret_text, size_t size)
{
    struct match *match = &world.match[number];
    struct timespec limit = in_a_moment();
    if (pthread_mutex_timedlock(&match->lock, &limit) != 0) {
        snprintf(ret_text, size, "match %d: its lock cannot be had", number);
        return -1;
    }
    int used = check_seats(number, match, ret_text, size);
    pthread_mutex_unlock(&match->lock);
    return used;
}

/* With the table's lock held. */
static bool check_world(char *ret_text, size_t size)
{
    int seats = 0, players = 0, playing = 0;
    for (int i = 0; i < world.matches; i++) {
        int used = check_match(i, ret_text, size);
        if (used < 0)
            return false;
        seats += used;
    }
    for (int i = 0; i < WORLD_PLAYERS; i++) {
        players += world.player[i].in_use;
        playing += world.player[i].in_use && world.player[i].match >= 0;
    }
    if (players != world.players || playing != seats) {
        snprintf(ret_text, size, "%d players of %d, %d playing in %d seats", players, world.players, playing,
                 seats);
        return false;
    }
    snprintf(ret_text, size, "%d players, %d seats", players, seats);
    return true;
}

bool world_check(char *ret_text, size_t size)
{
    struct timespec limit = in_a_moment();
    if (pthread_rwlock_timedrdlock(&world.lock, &limit) != 0) {
        snprintf(ret_text, size, "the lock of the players cannot be had");
        return false;
    }
    bool right = check_world(ret_text, size);
    pthread_rwlock_unlock(&world.lock);
    return right;
}
