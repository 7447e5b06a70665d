/* SPDX-License-Identifier: MIT */
/*
 * A small multiplayer game server: a thread for each connection, one that steps the matches, one that cleans
 * up. An ordinary program that knows nothing of crumple, with four bugs in it: see handlers.c, matches.c,
 * loops.c.
 *
 * Text over TCP, a line for a message and a line for its answer. It greets with 'ARENA'.
 *   HELLO name      OK                       JOIN match     OK match seat
 *   MOVE dx dy      OK x y                   SCORE points   OK total
 *   TEAM number     OK                       CHEAT name n   OK
 *   SAY text        OK                       EMOTE what     OK
 *   NEWS            NEWS n text|text...      STATE          STATE tick ball players name:x:y:team:score ...
 *   KICK name       OK                       LEAVE          OK
 *   PING            PONG                     CHECK          OK n players... or WRONG ...
 *   QUIT            BYE
 * Anything else, and what cannot be done: ERR why.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

#define LINE_BYTES   256
#define ANSWER_BYTES 4096

/* One client. It lives on the stack of its thread. */
struct connection {
    int socket;
    bool over; /* to be closed after this answer */
    struct player_ref player;
    char name[NAME_BYTES];
    unsigned long news; /* seen so far */
    char input[LINE_BYTES];
    size_t input_used;
    char answer[ANSWER_BYTES];
    size_t answer_used;
};

/* connection.c: starts a thread that serves the socket, and closes it. Returns 0 or an error number. */
int connection_start(int socket);
/* Adds to the answer, as printf does. What does not fit is left out. */
void reply(struct connection *connection, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* handlers.c: answers one message. */
void handle_message(struct connection *connection, char *line);

/* loops.c: the two threads beside those of the connections. */
int loops_start(void);
void loops_stop(void);
/* Asks the cleanup thread to remove a player. False: too many are waiting for it. */
bool loops_kick(const char *name);

#endif
