/* SPDX-License-Identifier: MIT */
/*
 * The errors that a server only logs, found in a stream while a guard passes it on (golang/log_line.h says which). A guard must
 * never wait for this: what it finds goes by datagrams to the process that tells it (run/keep_logged.c), and is counted where
 * that one does not keep up.
 */
#ifndef CRUMPLE_RUN_WATCH_LOGGED_H
#define CRUMPLE_RUN_WATCH_LOGGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGGED_BYTES 32768 /* of a line, and of a line with the stack behind it; the rest is cut */

/* A datagram: this, then bytes of the text. */
struct logged_head {
    uint32_t text;  /* the number of the text in its stream */
    uint8_t stream; /* 1, 2 */
    bool is_first;  /* the text begins here; else these bytes follow those before */
    bool is_last;   /* nothing of the text follows */
    bool is_end;    /* no text: nobody sends any more */
};

struct logged_message {
    struct logged_head head;
    char bytes[LOGGED_BYTES];
};

/** In a guard: what is found from now on goes to the socket; -1: nothing is looked for. */
void logged_begin(int socket, int stream);

/** In a guard: the next bytes of the stream. Never waits, and changes nothing. */
void logged_feed(const char *bytes, size_t size);

/** Makes the ends of the socket: [0] receives. Returns 0 or a negative errno. Call it before the guards are started. */
int logged_open(int ret_ends[2]);

/** How many texts the guards have found so far, and could not send. */
uint32_t logged_missed(void);

/** Says that nobody sends any more. False: it could not be said now. */
bool logged_send_end(int socket);

#endif
