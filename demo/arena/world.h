/* SPDX-License-Identifier: MIT */
/*
 * The state of the arena: a table of players behind a rwlock, and matches behind a mutex each. A lock of a
 * match may be taken while the table's is held, never the other way round. Nothing here blocks while holding
 * a lock.
 *
 * Nothing is allocated either: a player whose connection has gone without a word is a slot in use until
 * world_expire() finds it silent.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_PLAYERS 1024
#define WORLD_MATCHES 64
#define WORLD_SEATS   64
#define WORLD_SIZE    1000 /* coordinates are 0 to WORLD_SIZE - 1 */
#define WORLD_TEAMS   4
#define WORLD_NEWS    8 /* messages that a match remembers */
#define NAME_BYTES    24
#define TEXT_BYTES    96

/* A player, as a connection knows it. Stale once the player was removed: then every call says WORLD_GONE. */
struct player_ref {
    int player;      /* -1: not yet introduced */
    unsigned ticket; /* of the slot's use */
    int match, seat; /* -1: in no match */
};

/* One player in a match, as seen from outside. */
struct seat_view {
    char name[NAME_BYTES];
    int x, y, team;
    long score;
};

struct match_view {
    unsigned long tick;
    int ball_x, ball_y;
    int players;
    struct seat_view seats[WORLD_SEATS]; /* the first 'players' of them */
};

struct news_view {
    int count;
    char texts[WORLD_NEWS][TEXT_BYTES];
};

enum world_error { WORLD_OK = 0, WORLD_GONE, WORLD_FULL, WORLD_TAKEN, WORLD_NO_MATCH };

void world_prepare(int matches);
int world_matches(void);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t world_now(void);

/* Players. */
enum world_error world_register(const char *name, struct player_ref *ret_ref);
void world_remove(struct player_ref *ref); /* leaves its match too; nothing to do if it has gone */
void world_seen(const struct player_ref *ref);
bool world_find(const char *name, struct player_ref *ret_ref);
/* Removes the players who were silent for so long. Returns their number. */
int world_expire(int64_t silent_ms);

/* Matches. */
enum world_error world_join(struct player_ref *ref, int match);
enum world_error world_leave(struct player_ref *ref);
enum world_error world_move(const struct player_ref *ref, int dx, int dy, int *ret_x, int *ret_y);
enum world_error world_score(const struct player_ref *ref, long points, long *ret_total);
enum world_error world_team(const struct player_ref *ref, int team);
enum world_error world_cheat(const struct player_ref *ref, const char *name, long points);
enum world_error world_say(const struct player_ref *ref, const char *text);
enum world_error world_state(const struct player_ref *ref, struct match_view *ret_view);
/* The messages after number *last, which is moved on. */
enum world_error world_news(const struct player_ref *ref, unsigned long *last, struct news_view *ret_view);
/* One step of every match: the ball rolls on. */
void world_tick(void);

/* True: every lock can be had within a second and all numbers agree. Else ret_text says what is wrong. */
bool world_check(char *ret_text, size_t size);

#endif
