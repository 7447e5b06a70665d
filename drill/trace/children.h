/* SPDX-License-Identifier: MIT */
/*
 * The children of a process that drills: one loop waits for all of them, traced or not, and whatever a server
 * leaves behind becomes a child too and is ended.
 */
#ifndef CRUMPLE_DRILL_TRACE_CHILDREN_H
#define CRUMPLE_DRILL_TRACE_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Microseconds of CLOCK_MONOTONIC. */
int64_t drill_now_us(void);

/* A command run by sh in its own process group. */
struct drill_command {
    pid_t pid; /* 0: never started */
    bool running;
    int status; /* of wait, where it is not running any more */
};

/** Fork a process that drills: it dies with its parent, adopts orphans, notes interruptions. Returns as fork
 * does, or a negative errno. */
pid_t drill_children_fork(void);

/** Called in a child: fills the answer, and ends what it started. */
typedef void drill_work(const void *request, void *answer);

/** Have a forked process that drills do some work. answer: of size bytes, at most PIPE_BUF, zero before. Returns 0,
 * -EINTR (the drill is to end), -ECHILD (the child died) or another negative errno. */
int drill_children_ask(drill_work *work, const void *request, void *answer, size_t size);

/* The longest wait. A signal that arrives just before a wait does not end the wait; the next look sees it. */
#define DRILL_LOOK_MS 250

/** Note SIGINT, SIGTERM and SIGHUP from now on instead of ending by them. */
void drill_children_note_interrupts(void);
bool drill_children_interrupted(void);

/** Wait for a change of any child. Returns 0, -ETIMEDOUT, or -EINTR: the drill is to end. */
int drill_children_wait(int64_t deadline_us, pid_t *ret_pid, int *ret_status);

/** In a forked child, before exec: the dispositions, the mask and the output of a program to be run; it dies
 * with its parent. */
void drill_children_settle(const char *log);

/** Start 'sh -c text', its output appended to log. Returns 0 or a negative errno. */
int drill_command_start(struct drill_command *command, const char *text, const char *log);
/** Hand in what drill_children_wait found. Returns whether it was this command's. */
bool drill_command_take(struct drill_command *command, pid_t pid, int status);
/** Send a signal to its process group. */
void drill_command_kill(const struct drill_command *command, int signal);

/** End everything that is a child of this process, adopted ones too. */
void drill_children_end_all(void);

#endif
