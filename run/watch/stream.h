/* SPDX-License-Identifier: MIT */
/*
 * What the server gets as stdout or stderr when its output is kept: the same kind of thing that crumple-run has there,
 * so that isatty(3), fstat(2) and the size of a pipe say what they would say.
 */
#ifndef CRUMPLE_RUN_WATCH_STREAM_H
#define CRUMPLE_RUN_WATCH_STREAM_H

#include <stdbool.h>

enum stream_kind {
    STREAM_LEFT, /* closed, or nothing could be made: the server gets what is there, and nothing is kept */
    STREAM_FILE, /* a regular file: the server gets it, and it is read afterwards */
    STREAM_PIPE, /* also for a device that is no terminal, as /dev/null */
    STREAM_SOCKET,
    STREAM_TERMINAL
};

struct stream {
    enum stream_kind kind;
    int ours;   /* the end that is read: of a terminal its master; -1: none */
    int theirs; /* the end that the server gets; -1: none */
};

/** Makes the ends for the descriptor, whatever it is. Returns 0, or a negative errno: then the kind is STREAM_LEFT. */
int stream_make(int fd, struct stream *ret);

/** True if both are the same pipe, socket, terminal or file: then the order of lines between them matters. */
bool stream_is_same(int a, int b);

/** Gives the server's terminal the size of the one at fd. */
void stream_resize(const struct stream *stream, int fd);

#endif
