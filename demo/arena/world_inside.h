/* SPDX-License-Identifier: MIT */
/* What the files of the world share with each other only. */
#ifndef WORLD_INSIDE_H
#define WORLD_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "world.h"

struct player {
    bool in_use;
    atomic_uint ticket; /* one more for every use of the slot */
    char name[NAME_BYTES];
    atomic_llong seen_ms; /* last message */
    int match, seat;      /* -1: none */
};

struct seat {
    int player; /* -1: free */
    unsigned ticket;
    char name[NAME_BYTES];
    int x, y, team;
    long score;
};

struct match {
    pthread_mutex_t lock;
    unsigned long tick;
    int ball_x, ball_y, ball_dx, ball_dy;
    int players;
    long total; /* of the scores of those who play */
    struct seat seats[WORLD_SEATS];
    unsigned long said; /* messages ever */
    char news[WORLD_NEWS][TEXT_BYTES];
};

struct world {
    pthread_rwlock_t lock; /* of the players; their matches and seats too */
    int players;
    struct player player[WORLD_PLAYERS];
    int matches;
    struct match match[WORLD_MATCHES];
};

extern struct world world;

/* With the table's lock held for writing. */
enum world_error match_sit_down(int match, int player, struct player_ref *ref);
void match_stand_up(int match, int seat);

#endif
