/* SPDX-License-Identifier: MIT */
/* The matches: seats, moves, scores and news, each match behind its own lock, which is held for short. */
#include <stdio.h>
#include <string.h>

#include "world_inside.h"

enum world_error match_sit_down(int match, int player, struct player_ref *ref)
{
    enum world_error error = WORLD_FULL;
    struct match *at = &world.match[match];
    ref->match = ref->seat = -1;
    pthread_mutex_lock(&at->lock);
    for (int i = 0; i < WORLD_SEATS; i++) {
        struct seat *seat = &at->seats[i];
        if (seat->player >= 0)
            continue;
        *seat =
            (struct seat){.player = player, .ticket = ref->ticket, .x = WORLD_SIZE / 2, .y = WORLD_SIZE / 2};
        memcpy(seat->name, world.player[player].name, sizeof seat->name);
        at->players++;
        ref->match = match;
        ref->seat = i;
        error = WORLD_OK;
        break;
    }
    pthread_mutex_unlock(&at->lock);
    return error;
}

void match_stand_up(int match, int seat)
{
    struct match *at = &world.match[match];
    pthread_mutex_lock(&at->lock);
    at->seats[seat].player = -1;
    at->total -= at->seats[seat].score;
    at->players--;
    pthread_mutex_unlock(&at->lock);
}

/* With the match's lock held. NULL: the seat is another's by now, or nobody's. */
static struct seat *seat_of(const struct player_ref *ref)
{
    struct seat *seat = &world.match[ref->match].seats[ref->seat];
    return seat->player == ref->player && seat->ticket == ref->ticket ? seat : NULL;
}

/* Locks the player's match. Returns its seat; NULL, with nothing locked, when it has none any more. */
static struct seat *lock_seat(const struct player_ref *ref)
{
    if (ref->match < 0)
        return NULL;
    pthread_mutex_lock(&world.match[ref->match].lock);
    struct seat *seat = seat_of(ref);
    if (seat == NULL)
        pthread_mutex_unlock(&world.match[ref->match].lock);
    return seat;
}

static void unlock_match(const struct player_ref *ref)
{
    pthread_mutex_unlock(&world.match[ref->match].lock);
}

static int within(int value)
{
    return value < 0 ? 0 : value >= WORLD_SIZE ? WORLD_SIZE - 1 : value;
}

enum world_error world_move(const struct player_ref *ref, int dx, int dy, int *ret_x, int *ret_y)
{
    struct seat *seat = lock_seat(ref);
    if (seat == NULL)
        return WORLD_GONE;
    *ret_x = seat->x = within(seat->x + dx);
    *ret_y = seat->y = within(seat->y + dy);
    unlock_match(ref);
    return WORLD_OK;
}

enum world_error world_score(const struct player_ref *ref, long points, long *ret_total)
{
    struct seat *seat = lock_seat(ref);
    if (seat == NULL)
        return WORLD_GONE;
    *ret_total = seat->score += points;
    world.match[ref->match].total += points;
    unlock_match(ref);
    return WORLD_OK;
}

enum world_error world_team(const struct player_ref *ref, int team)
{
    struct seat *seat = lock_seat(ref);
    if (seat == NULL)
        return WORLD_GONE;
    seat->team = team;
    unlock_match(ref);
    return WORLD_OK;
}

static struct seat *seat_named(struct match *match, const char *name)
{
    for (int i = 0; i < WORLD_SEATS; i++) {
        if (match->seats[i].player >= 0 && strcmp(match->seats[i].name, name) == 0)
            return &match->seats[i];
    }
    return NULL;
}

/*
 * BUG, on purpose: nobody of that name need be there. The lock of the match is held when it turns out, so
 * ending only this thread would stop the match for ever.
 */
enum world_error world_cheat(const struct player_ref *ref, const char *name, long points)
{
    if (lock_seat(ref) == NULL)
        return WORLD_GONE;
    struct match *match = &world.match[ref->match];
    struct seat *other = seat_named(match, name);
    other->score += points;
    match->total += points;
    unlock_match(ref);
    return WORLD_OK;
}

enum world_error world_say(const struct player_ref *ref, const char *text)
{
    const struct seat *seat = lock_seat(ref);
    if (seat == NULL)
        return WORLD_GONE;
    struct match *match = &world.match[ref->match];
    char *said = match->news[match->said++ % WORLD_NEWS];
    memcpy(said, text, strnlen(text, TEXT_BYTES - 1) + 1);
    said[TEXT_BYTES - 1] = '\0';
    unlock_match(ref);
    return WORLD_OK;
}

enum world_error world_state(const struct player_ref *ref, struct match_view *ret_view)
{
    if (lock_seat(ref) == NULL)
        return WORLD_GONE;
    const struct match *match = &world.match[ref->match];
    ret_view->tick = match->tick;
    ret_view->ball_x = match->ball_x;
    ret_view->ball_y = match->ball_y;
    ret_view->players = 0;
    for (int i = 0; i < WORLD_SEATS && ret_view->players < match->players; i++) {
        const struct seat *seat = &match->seats[i];
        if (seat->player < 0)
            continue;
        struct seat_view *view = &ret_view->seats[ret_view->players++];
        memcpy(view->name, seat->name, sizeof view->name);
        view->x = seat->x;
        view->y = seat->y;
        view->team = seat->team;
        view->score = seat->score;
    }
    unlock_match(ref);
    return WORLD_OK;
}

enum world_error world_news(const struct player_ref *ref, unsigned long *last, struct news_view *ret_view)
{
    if (lock_seat(ref) == NULL)
        return WORLD_GONE;
    const struct match *match = &world.match[ref->match];
    unsigned long next = match->said > WORLD_NEWS ? match->said - WORLD_NEWS : 0;
    if (next < *last)
        next = *last < match->said ? *last : match->said;
    ret_view->count = 0;
    while (next < match->said)
        memcpy(ret_view->texts[ret_view->count++], match->news[next++ % WORLD_NEWS], TEXT_BYTES);
    *last = match->said;
    unlock_match(ref);
    return WORLD_OK;
}

static void roll(int *position, int *step)
{
    *position += *step;
    if (*position != within(*position)) {
        *position = within(*position);
        *step = -*step;
    }
}

void world_tick(void)
{
    for (int i = 0; i < world.matches; i++) {
        struct match *match = &world.match[i];
        pthread_mutex_lock(&match->lock);
        match->tick++;
        roll(&match->ball_x, &match->ball_dx);
        roll(&match->ball_y, &match->ball_dy);
        pthread_mutex_unlock(&match->lock);
    }
}
