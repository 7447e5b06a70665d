/* SPDX-License-Identifier: MIT */
/*
 * One function for each message. They parse without a lock, ask the world, which locks for as long as it
 * takes to copy or change a few numbers, and word the answer without a lock again.
 *
 * Two of the bugs are here: EMOTE without an argument, and TEAM with a number that there is not.
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define FARTHEST_MOVE 50
#define MOST_POINTS   1000

/* Cuts the next word off. NULL: there is none. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    if (*word == '\0')
        return NULL;
    char *end = word + strcspn(word, " \t");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static bool next_number(char **rest, long least, long most, long *ret_number)
{
    const char *word = next_word(rest);
    if (word == NULL)
        return false;
    char *end;
    long number = strtol(word, &end, 10);
    if (*end != '\0' || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

static bool is_name(const char *word)
{
    size_t length = word == NULL ? 0 : strlen(word);
    if (length == 0 || length >= NAME_BYTES)
        return false;
    for (; *word != '\0'; word++) {
        if (!isalnum((unsigned char)*word) && *word != '-' && *word != '_')
            return false;
    }
    return true;
}

static void answer(struct connection *connection, enum world_error error)
{
    static const char *const texts[] = {
        [WORLD_OK] = "OK",
        [WORLD_GONE] = "ERR you are in no match",
        [WORLD_FULL] = "ERR full",
        [WORLD_TAKEN] = "ERR the name is taken",
        [WORLD_NO_MATCH] = "ERR no such match",
    };
    reply(connection, "%s", texts[error]);
}

static void handle_hello(struct connection *connection, char *rest)
{
    const char *name = next_word(&rest);
    if (!is_name(name)) {
        reply(connection, "ERR a name of letters and digits, please");
        return;
    }
    world_remove(&connection->player);
    memcpy(connection->name, name, strlen(name) + 1);
    answer(connection, world_register(name, &connection->player));
}

static void handle_join(struct connection *connection, char *rest)
{
    long match;
    if (!next_number(&rest, 0, world_matches() - 1, &match)) {
        answer(connection, WORLD_NO_MATCH);
        return;
    }
    enum world_error error = world_join(&connection->player, (int)match);
    connection->news = 0;
    if (error == WORLD_OK)
        reply(connection, "OK %ld %d", match, connection->player.seat);
    else
        reply(connection, "ERR %s", error == WORLD_FULL ? "the match is full" : "say HELLO first");
}

static void handle_leave(struct connection *connection, char *rest)
{
    (void)rest;
    answer(connection, world_leave(&connection->player));
}

static void handle_move(struct connection *connection, char *rest)
{
    long dx, dy;
    int x, y;
    if (!next_number(&rest, -FARTHEST_MOVE, FARTHEST_MOVE, &dx) ||
        !next_number(&rest, -FARTHEST_MOVE, FARTHEST_MOVE, &dy)) {
        reply(connection, "ERR two numbers up to %d, please", FARTHEST_MOVE);
        return;
    }
    enum world_error error = world_move(&connection->player, (int)dx, (int)dy, &x, &y);
    if (error == WORLD_OK)
        reply(connection, "OK %d %d", x, y);
    else
        answer(connection, error);
}

static void handle_score(struct connection *connection, char *rest)
{
    long points, total;
    if (!next_number(&rest, 0, MOST_POINTS, &points)) {
        reply(connection, "ERR a number up to %d, please", MOST_POINTS);
        return;
    }
    enum world_error error = world_score(&connection->player, points, &total);
    if (error == WORLD_OK)
        reply(connection, "OK %ld", total);
    else
        answer(connection, error);
}

/* BUG, on purpose: the client is believed to send the number of a team that there is. */
static void handle_team(struct connection *connection, char *rest)
{
    const char *word = next_word(&rest);
    int team = word != NULL ? atoi(word) : 0;
    assert(team >= 0 && team < WORLD_TEAMS);
    answer(connection, world_team(&connection->player, team));
}

static void handle_cheat(struct connection *connection, char *rest)
{
    const char *name = next_word(&rest);
    long points;
    if (name == NULL || !next_number(&rest, 0, MOST_POINTS, &points)) {
        reply(connection, "ERR a name and a number, please");
        return;
    }
    answer(connection, world_cheat(&connection->player, name, points));
}

/* Tells the others in the match, under the player's name. */
static void tell(struct connection *connection, const char *separator, const char *what)
{
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "%s%s%s", connection->name, separator, what);
    for (char *at = text; *at != '\0'; at++) {
        if (!isprint((unsigned char)*at) || *at == '|')
            *at = '?';
    }
    answer(connection, world_say(&connection->player, text));
}

static void handle_say(struct connection *connection, char *rest)
{
    tell(connection, ": ", rest);
}

/* BUG, on purpose: 'EMOTE' alone has no next word. */
static void handle_emote(struct connection *connection, char *rest)
{
    static const char *const emotes[] = {"waves", "laughs", "bows", "dances"};
    const char *emote = next_word(&rest);
    if (emote[0] == ':')
        emote++;
    for (size_t i = 0; i < sizeof emotes / sizeof *emotes; i++) {
        if (strcmp(emotes[i], emote) == 0) {
            tell(connection, " ", emotes[i]);
            return;
        }
    }
    reply(connection, "ERR nobody does that here");
}

static void handle_news(struct connection *connection, char *rest)
{
    struct news_view view;
    (void)rest;
    enum world_error error = world_news(&connection->player, &connection->news, &view);
    if (error != WORLD_OK) {
        answer(connection, error);
        return;
    }
    reply(connection, "NEWS %d", view.count);
    for (int i = 0; i < view.count; i++)
        reply(connection, "%c%s", i == 0 ? ' ' : '|', view.texts[i]);
}

static void handle_state(struct connection *connection, char *rest)
{
    struct match_view view;
    (void)rest;
    enum world_error error = world_state(&connection->player, &view);
    if (error != WORLD_OK) {
        answer(connection, error);
        return;
    }
    reply(connection, "STATE %lu %d:%d %d", view.tick, view.ball_x, view.ball_y, view.players);
    for (int i = 0; i < view.players; i++) {
        const struct seat_view *seat = &view.seats[i];
        reply(connection, " %s:%d:%d:%d:%ld", seat->name, seat->x, seat->y, seat->team, seat->score);
    }
}

static void handle_kick(struct connection *connection, char *rest)
{
    const char *name = next_word(&rest);
    if (!is_name(name))
        reply(connection, "ERR a name, please");
    else
        reply(connection, "%s", loops_kick(name) ? "OK" : "ERR too many are waiting");
}

static void handle_ping(struct connection *connection, char *rest)
{
    (void)rest;
    reply(connection, "PONG");
}

static void handle_check(struct connection *connection, char *rest)
{
    char text[TEXT_BYTES];
    (void)rest;
    bool right = world_check(text, sizeof text);
    reply(connection, "%s %s", right ? "OK" : "WRONG", text);
}

static void handle_quit(struct connection *connection, char *rest)
{
    (void)rest;
    reply(connection, "BYE");
    connection->over = true;
}

void handle_message(struct connection *connection, char *line)
{
    static const struct {
        const char *word;
        void (*handle)(struct connection *, char *);
    } messages[] = {
        {"MOVE", handle_move},   {"STATE", handle_state}, {"SCORE", handle_score}, {"PING", handle_ping},
        {"SAY", handle_say},     {"NEWS", handle_news},   {"EMOTE", handle_emote}, {"TEAM", handle_team},
        {"CHEAT", handle_cheat}, {"HELLO", handle_hello}, {"JOIN", handle_join},   {"LEAVE", handle_leave},
        {"CHECK", handle_check}, {"KICK", handle_kick},   {"QUIT", handle_quit},
    };
    char *rest = line;
    const char *word = next_word(&rest);
    for (size_t i = 0; word != NULL && i < sizeof messages / sizeof *messages; i++) {
        if (strcmp(messages[i].word, word) == 0) {
            messages[i].handle(connection, rest);
            return;
        }
    }
    reply(connection, "ERR what?");
}
