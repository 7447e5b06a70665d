/* SPDX-License-Identifier: MIT */
/* The little of HTTP that --metrics-addr and --health need: a listening socket, and a process of its own for each request. */
#ifndef CRUMPLE_RUN_TELL_HTTP_H
#define CRUMPLE_RUN_TELL_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_ANSWERS_MAX   8 /* at a time */
#define HTTP_REQUEST_BYTES 4096

struct http {
    int fd;                /* that listens; -1: none */
    unsigned limit_s;      /* for one answer */
    unsigned answers_most; /* at a time; HTTP_ANSWERS_MAX at most */
    unsigned patience_ms;  /* with others: who is silent for longer gives way to those that wait; 0: never */
    pid_t pids[HTTP_ANSWERS_MAX];
    int64_t begun_us[HTTP_ANSWERS_MAX]; /* CLOCK_MONOTONIC */
    int64_t rests_until_us;             /* CLOCK_MONOTONIC: no connection could be taken */
};

/** Listens on ADDR:PORT, as 0.0.0.0:9100, [::1]:9100 or :9100 (all addresses). Returns 0 or a negative errno: fd is -1. */
int http_begin(struct http *ret, const char *address, unsigned limit_s, unsigned answers_most);
/** What was wrong, in words. */
const char *http_error_words(int error);

/**
 * Takes one connection, if there is one; while as many as possible are being answered, it waits in the kernel. A process of its own calls answer with the head of the request, which is ended by NUL; fd is its only
 * descriptor beside stdin and stderr. The process ends with the time limit, or when answer returns.
 */
void http_accept(struct http *http, void (*answer)(int fd, const char *request, const void *context),
                 const void *context);

/** Milliseconds until connections are taken again: poll would return at once for those that wait. -1: they are taken. */
int http_rest(const struct http *http);

/** True if the process that has ended had answered one. */
bool http_reaped(struct http *http, pid_t pid);

#endif
