/* SPDX-License-Identifier: MIT */
/* Clients that connect anew for each request, and whoever kills their server: what they see of its deaths. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CLIENTS_MAX 1024
#define DEATHS_MAX  128
#define SIGNALS_MAX 8

struct target {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_un un;
    } address;
    socklen_t bytes;
    uint32_t
        source; /* of the first client, in host order; the others have the following ones. 0: the kernel chooses */
    const char *request, *answer; /* what is sent, and how the answer begins */
    int request_bytes, answer_bytes;
};

/* Of one attempt: a connection, a request and its answer. Times in us of CLOCK_MONOTONIC. */
struct client {
    int fd; /* -1: none is open */
    int64_t began, may_begin;
    int tries;                /* attempts for the request that is not answered yet */
    bool is_connected, waits; /* for room in a queue of AF_UNIX */
};

struct counts {
    unsigned long ok, refused, reset_before, reset_gap, timeouts, wrong, errors, most_tries;
    int64_t slowest_us, first_refused, last_ok, last_begun_ok; /* the last three: when; 0: never */
};

/* The server's death that goes on now, if there is one. */
struct death {
    enum { ALIVE, STRUCK, GAP, SETTLING } phase;
    int64_t struck, gap, answered,
        next; /* when: the signal was sent; nothing is accepted any more; it answers again; the next one */
    int64_t slowest_us;
    int pid, left; /* deaths that are still to come */
};

struct told {
    int pid;
    int64_t restart_us, slowest_us;
};

int64_t now_us(void);

/* What the clients do by the clock: begin, give up. */
void clients_tick(struct client *clients, int count, int64_t now);
/* epoll says that client NUMBER can go on. */
void client_step(struct client *clients, int number, uint32_t events);
/* Whether a connection that began then began while nobody served. */
bool death_has_gap_at(int64_t began);
/* An answer to a request that began then. */
void death_answered(int64_t began, int64_t now);
/* 1: more is to come, 0: all deaths are done, -1: the server does not come back. */
int deaths_tick(int64_t now);

extern struct target target;
extern struct counts counts;
extern struct death death;
extern struct told told[DEATHS_MAX];
extern int told_count, epoll, signals[SIGNALS_MAX], signal_count, every_ms, run_pid, think_us;

#endif
