/* SPDX-License-Identifier: MIT */
/* The load client of arena: players who play and check every answer, and an attacker who sends one bad
 * message. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_BYTES   8192
#define MOST_CLIENTS   512
#define ANSWER_LIMIT_S 2 /* an answer that takes longer is a failed request */

struct options {
    const char *address, *source; /* source NULL: the system chooses */
    int port;
    int clients;
    double seconds, rate; /* rate: messages a second of each player, or of all attackers together */
    int matches;
    const char *message; /* of the attacker */
    bool json;
};

/* link.c: a connection and its lines. */
struct link {
    int socket;
    size_t used;
    char buffer[ANSWER_BYTES];
};

enum link_result { LINK_OK = 0, LINK_EOF, LINK_TIMEOUT, LINK_ERROR };

/* Connects; does not wait for the greeting. */
enum link_result link_open(struct link *link, const struct options *options);
enum link_result link_send(struct link *link, const char *line);
/* One line without its end, cut off if it is longer than 'size'. */
enum link_result link_receive(struct link *link, char *ret_line, size_t size);
void link_close(struct link *link);

/* Nanoseconds of CLOCK_MONOTONIC, and sleeping until then. */
int64_t now_ns(void);
void sleep_until(int64_t when_ns);

/* Each returns the exit status of the program. */
int play(const struct options *options);                             /* players.c */
int visit(const struct options *options);                            /* players.c */
int attack(const struct options *options);                           /* attack.c */
int talk(const struct options *options, char **lines, size_t count); /* talk.c */

#endif
