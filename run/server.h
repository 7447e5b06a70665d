/* SPDX-License-Identifier: MIT */
/* The server of this crumple-run, and the steps of its lives: start.c, serve.c, lives.c, finish.c. With --restart no, it has one. */
#ifndef CRUMPLE_RUN_SERVER_H
#define CRUMPLE_RUN_SERVER_H

#include <limits.h>

#include "child/child.h"
#include "child/signals.h"
#include "ends/end.h"
#include "hold/hold.h"
#include "options/options.h"
#include "program_find.h"
#include "restart/restart.h"
#include "tell/follow.h"
#include "tell/health.h"
#include "tell/hook.h"
#include "tell/restarted.h"
#include "tell/scrape.h"
#include "watch/output.h"

/* Longer than the writer makes a line of crashes.ndjson. */
#define LINE_BYTES 65536

/* The processes of crumple-run's own that belonged to former lives; they end soon. */
#define RETIRED_MAX 64
#define TELLERS_MAX 8 /* ends that are told at a time */

/* One start of the server, until its end. All zero but what server_life_begin() fills in. */
struct server_life {
    pid_t pid;
    int64_t began_us, ended_us; /* CLOCK_MONOTONIC */
    struct output output;
    struct end_facts facts;    /* of the end, as they become known */
    struct cgo_memory c_stack; /* where facts.c_stack points */
    uint64_t
        asked_ns[END_SIGNALS]; /* as facts.sent_ns, without what the server sent to its own process group */

    pid_t keeper; /* of the life record; 0: none */
    int keeper_fd, keeper_starts;
    bool is_over;
    int logged[2]; /* watch/logged.h; -1: the output is not kept */
    pid_t logger;  /* the process that tells what the server logs of errors; 0: none */
    int logger_starts;
    int64_t look_us, look_wait_us; /* CLOCK_MONOTONIC: when to look at the program again; the time between */
    char running[PATH_MAX];        /* the program that was looked at last */
    int64_t stop_dump_us;          /* CLOCK_MONOTONIC: when to dump the server; 0: never */
    pid_t dumper;                  /* 0: none yet; it remains when it has ended: there is one dump */
    bool is_dumping;
    bool was_looked_at; /* by server_cut_short(), once: a server that lives is let alone */
    bool is_cut_short;  /* it was ended while Go's runtime printed */
};

/* A process that tells the end of a former life (tell_apart.c). */
struct server_teller {
    pid_t pid; /* 0: a free place */
    int fd;    /* takes one struct restart_note, once the next life has started; -1: it has it */
};

struct server {
    struct run_settings settings;
    struct program program;
    struct signals signals;
    bool own_group;
    bool is_followed;  /* crumple is not switched off for it */
    bool keeps_output; /* --keep-output, or a Go program */
    const char *reach; /* as in struct end_facts */
    struct cgroup cgroup;
    char run_id[HOST_NAME_MAX + 64];

    struct server_life life; /* this one, or the last one */
    struct restart_history restarts;
    struct server_teller tellers[TELLERS_MAX];
    int64_t next_tick_us; /* CLOCK_MONOTONIC: when to look for new events; 0: at first */
    pid_t retired[RETIRED_MAX];
    unsigned retired_next;
    int64_t died_us;          /* CLOCK_MONOTONIC: the last life that had begun */
    bool is_told;             /* the end of the last life, by a teller */
    bool is_at_limit;         /* it is not started again for that reason alone */
    struct restart_note note; /* of the last restart */
    int64_t note_us;          /* CLOCK_MONOTONIC: when the tellers get it; 0: there is none */

    struct follow follow, since_start; /* the second one stays as it was at the start */
    struct hook hook;
    struct http scrape;
    struct health health;
    struct hold hold;
    /* The last event of this run, and the last one of the server's own process. */
    char last_line[LINE_BYTES], last_directory[PATH_MAX];
    size_t last_size;
    bool last_is_own;
};

/** Finds and starts the command, once. Returns 0, or the exit status of crumple-run: the command could not be started, which is
 * told. */
int server_start(struct server *server);

/** Starts the command for its next life. Returns 0; or a negative errno, which life.facts tells as an end. */
int server_start_again(struct server *server);

/** The status of a command that could not be started. */
int server_start_status(int error);

/** Serves the server until it ends: signals, orphans, the record of its life. Then life.facts.end is known. */
void server_watch(struct server *server);

/** What crumple-run does beside the life of its server: commands, new events, held sockets. Returns the milliseconds until more is due;
 * -1: nothing is. */
int server_step(struct server *server);

/** The sooner of two waits; -1 is none. */
int server_sooner(int a_ms, int b_ms);

/** Waits for signals and for whoever asks, so long at most (-1: without an end), and answers those who ask. */
void server_wait(struct server *server, int wait_ms);

/** Answers health checks, with --health. server_is_up(): a life has started, or was adopted; server_is_down(): it has ended. */
void server_begin_health(struct server *server);
void server_is_up(struct server *server);
void server_is_down(struct server *server);

/** How a life has ended, in words that follow a name: "was ended by signal 9 (Killed)". */
void server_name_end(const struct server_life *life, char *ret, size_t bytes);

/** The server has ended: notes when. */
void server_has_ended(struct server *server);

/** One turn while no server runs: what is due, signals, orphans; waits so long at most. True: the end was asked for. */
bool server_idle(struct server *server, int wait_ms);

/** After the end of a life: starts the next one if there is to be one. False: it was the last one. */
bool server_goes_on(struct server *server);

/** Before the first start: children that this process has already are none of the server's. */
void server_note_earlier(struct server *server);

/** The server has become a daemon: its first process has ended with status 0, and another one goes on. Watches that one from now on.
 * False: there is none. */
bool server_adopt(struct server *server);

/** Other processes that the server has left: asks them to end, and kills them a second later. Returns the milliseconds until the next
 * look; -1: all are gone, or were waited for long enough. since_us: of the death, CLOCK_MONOTONIC. */
int server_end_leftovers(struct server *server, int64_t since_us);

/** Tells the end of the life that is over: its last output, errors logged, the event. */
void server_tell_life(struct server *server);

/** Lets processes of crumple-run's own end, as long as is_busy says so, but not beyond the deadline (CLOCK_MONOTONIC). step_ms: what
 * hook_step() has returned. */
void server_wait_for_helpers(struct server *server, int64_t deadline_us,
                             bool (*is_busy)(const struct server *server, int step_ms));

/** Tells the end in a process of its own, and then the restart. The caller goes on at once; but without a process, it tells the end by itself.
 * Then leaves the life. */
void server_tell_apart(struct server *server);

/** Releases what this process has of a life that is over: its teller, if there is one, has a copy. */
void server_leave_life(struct server *server);

/** Sends the tellers what they wait for: a life has started (note), or (NULL) none will. */
void server_note_restart(struct server *server, const struct restart_note *note);

/** Tells what comes of the last restart, half a second after it or (is_due) now. Returns as server_step() does. */
int server_step_note(struct server *server, bool is_due);

/** The limit of restarts is reached: an event, in a process of its own. */
void server_tell_limit(struct server *server);

/** A place for one; NULL: all are taken. */
struct server_teller *server_teller_place(struct server *server);

/** True if ends are still being told. all: there is no place for another one. */
bool server_has_tellers(const struct server *server, bool all);

/** Remembers a process of a life that is over, as none that was an orphan. */
void server_retire(struct server *server, pid_t pid);

/** True if the process that has ended was a teller, or of a former life. */
bool server_teller_ended(struct server *server, pid_t pid);

/** After the last end: the event, the message, the operator's command. */
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

/** The same, and this process has no more to do with it. */
void server_leave_keeper(struct server *server);

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

/** An event of this run, for struct follow: the operator's command, and what the message of the end may be. */
void server_hear(void *server, const char *directory, const struct line *line);

/** Reads the new events of this run. */
void server_follow(struct server *server);

/** A process that has ended: one of crumple-run's own? */
bool server_helper_ended(void *server, pid_t pid, int wait_status);

#endif
