/* SPDX-License-Identifier: MIT */
/* The one server that this crumple-run has started, and the steps of its life: start.c, serve.c, finish.c. */
#ifndef CRUMPLE_RUN_SERVER_H
#define CRUMPLE_RUN_SERVER_H

#include <limits.h>

#include "child/child.h"
#include "child/signals.h"
#include "ends/end.h"
#include "options/options.h"
#include "program_find.h"
#include "tell/follow.h"
#include "tell/hook.h"
#include "tell/scrape.h"
#include "watch/output.h"

/* Longer than the writer makes a line of crashes.ndjson. */
#define LINE_BYTES 65536

struct server {
    struct run_settings settings;
    struct program program;
    struct signals signals;
    pid_t pid;
    bool own_group;
    bool is_followed;  /* crumple is not switched off for it */
    bool keeps_output; /* --keep-output, or a Go program */

    struct output output;
    struct cgroup cgroup;
    struct end_facts facts;    /* of the end, as they become known */
    struct cgo_memory c_stack; /* where facts.c_stack points */
    char run_id[HOST_NAME_MAX + 64];

    struct follow follow;
    struct hook hook;
    struct scrape scrape;
    /* The last event of this run, and the last one of the server's own process. */
    char last_line[LINE_BYTES], last_directory[PATH_MAX];
    size_t last_size;
    bool last_is_own;

    pid_t keeper; /* of the life record; 0: none */
    int keeper_fd, keeper_starts;
    bool is_life_over;
    int logged[2]; /* watch/logged.h; -1: the output is not kept */
    pid_t logger;  /* the process that tells what the server logs of errors; 0: none */
    int logger_starts;
    int64_t look_us, look_wait_us; /* CLOCK_MONOTONIC: when to look at the program again; the time between */
    int64_t stop_dump_us;          /* CLOCK_MONOTONIC: when to dump the server; 0: never */
    pid_t dumper;                  /* 0: none yet; it remains when it has ended: there is one dump */
    bool is_dumping;
    bool was_looked_at; /* by server_cut_short(), once: a server that lives is let alone */
    bool is_cut_short;  /* it was ended while Go's runtime printed */
};

/** Finds and starts the command. Returns 0, or the exit status of crumple-run: the command could not be started, which is
 * told. */
int server_start(struct server *server);

/** Serves the server until it ends: signals, orphans, the record of its life. Then facts.end is known. */
void server_watch(struct server *server);

/** After the end: the event, the message, the operator's command. */
void server_finish(struct server *server);

/** Reads what Go's linker has put into the program, where there is something. With --go-traceback=all the command may be a shell that
 * becomes the program by exec: then looks again from time to time. Returns the milliseconds until then; -1: never. */
int server_look_at_build(struct server *server);

/** Starts the process that keeps the server's life record, and that tells of records which were found open. */
void server_keep_life(struct server *server);

/** True if the process that has ended was the keeper. One that was killed is replaced. */
bool server_keeper_ended(struct server *server, pid_t pid, bool is_killed);

/** The end is known: the keeper removes the record, and ends. */
void server_end_life(struct server *server);

/** What a guard has found of logged errors can be received from it, and nobody does; -1: somebody does, or nothing is looked for. */
int server_logged_fd(const struct server *server);

/** Starts the process that tells what the server logs of errors. */
void server_keep_logged(struct server *server);

/** True if the process that has ended was that one. */
bool server_logger_ended(struct server *server, pid_t pid);

/** The server has ended, and its output has passed: that process tells the rest, and ends. */
void server_end_logged(struct server *server);

/** The server was asked to end, by SIGTERM: the time of --stop-dump begins. */
void server_stop_asked(struct server *server);

/** Dumps the server if the time has come. Returns the milliseconds until then; -1: it never comes. */
int server_stop_dump(struct server *server);

/** What Go's runtime prints takes longer than a death may: ends the server, if it has nothing left but to print. */
void server_cut_short(struct server *server);

/** The server has ended: the end that it would have had. */
void server_end_of_cut(struct server *server);

/** Reads the new events of this run. */
void server_follow(struct server *server);

/** A process that has ended: one of crumple-run's own? */
bool server_helper_ended(void *server, pid_t pid, int wait_status);

#endif
