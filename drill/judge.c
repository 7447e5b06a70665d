/* SPDX-License-Identifier: MIT */
/*
 * What came of a fault. The server's own process, the events that crumple wrote, the oracle and the load are
 * heard; where they disagree, the worst counts.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events.h"
#include "run.h"

#define POLL_US      3000
#define FLIP_US      500000   /* a flipped bit that does anything does it soon */
#define FAULT_US     15000000 /* CRUMPLE_TIMEOUT (10 s), and some more */
#define GONE_US      2500000  /* the contained thread must have ended; 2 s are the rule */
#define REPORT_US    3000000  /* of a dead server */
#define LOAD_US      4000000  /* for the load to end after SIGTERM */
#define LAST_GASP_US 200000   /* an oracle may fail because the server is just dying */

__attribute__((format(printf, 3, 4))) static void conclude(struct drill_run *run, enum drill_outcome outcome,
                                                           const char *format, ...)
{
    size_t len = strlen(run->result->detail), room = sizeof run->result->detail;
    va_list args;

    if (len > 0 && len + 3 < room) { /* what was injected stands there */
        memcpy(run->result->detail + len, ": ", 3);
        len += 2;
    }
    run->result->outcome = outcome;
    va_start(args, format);
    vsnprintf(run->result->detail + len, room - len, format, args);
    va_end(args);
}

static void describe_end(int status, char text[static 32])
{
    if (WIFSIGNALED(status))
        snprintf(text, 32, "signal %d", WTERMSIG(status));
    else
        snprintf(text, 32, "status %d", WEXITSTATUS(status));
}

static bool is_flip(const struct drill_run *run)
{
    return run->plan->fault == DRILL_FLIP;
}

static void read_events(const struct drill_run *run, struct drill_events *events)
{
    drill_events_read(run->server.crashes, run->server.trace.pid, events);
}

/* Wait until the process is dead or something is written about it. */
static int wait_settled(struct drill_run *run, struct drill_events *events)
{
    int64_t deadline = run->injected_us + (is_flip(run) ? FLIP_US : FAULT_US);

    while (!run->server.trace.ended && drill_now_us() < deadline) {
        read_events(run, events);
        if (events->contained)
            break;
        if (events->crash)
            deadline = run->injected_us + FAULT_US;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    if (run->server.trace.ended || events->contained)
        run->result->settled_us = drill_now_us() - run->injected_us;
    return 0;
}

/* A dead server. The writer may still be at work, as an orphan. */
static int judge_death(struct drill_run *run)
{
    int64_t deadline = drill_now_us() + REPORT_US;
    struct drill_events events;
    char end[32];

    describe_end(run->server.trace.status, end);
    for (;;) {
        read_events(run, &events);
        if (events.crash || (is_flip(run) && WIFEXITED(run->server.trace.status)) ||
            drill_now_us() > deadline)
            break;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    run->result->recovered = events.contained;
    if (events.crash || events.pending) {
        snprintf(run->result->reason, sizeof run->result->reason, "%s%.100s",
                 events.contained ? "after a containment: " : "",
                 events.crash ? events.reason : "the report is pending");
        conclude(run, DRILL_DELIBERATE, "%s, %s", run->result->reason, end);
    } else if (is_flip(run) && WIFEXITED(run->server.trace.status)) {
        conclude(run, DRILL_SILENT, "the server ended, %s", end);
    } else {
        conclude(run, DRILL_UNREPORTED, "the server died without a report, %s", end);
    }
    return 0;
}

/* The thread that was ended must be gone. Returns 1: it is, 0: it is not, or -EINTR. */
static int wait_gone(struct drill_run *run, const struct drill_events *events)
{
    int64_t deadline = run->injected_us + run->result->settled_us + GONE_US;
    char path[64];

    if (events->restarted)
        return 1;
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)run->server.trace.pid, (int)run->victim_tid);
    while (access(path, F_OK) == 0 && !run->server.trace.ended) {
        if (drill_now_us() > deadline)
            return 0;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    return 1;
}

enum answer { ANSWER_GOOD, ANSWER_BAD, ANSWER_NONE };

/* Ask the oracle. A server that was struck young may still have to become ready. Returns enum answer or
 * -EINTR. */
static int ask_oracle(struct drill_run *run)
{
    int64_t deadline = drill_now_us() + run->plan->start_us;

    while (run->server.load.pid == 0 && drill_server_is_ready(&run->server) == -EAGAIN) {
        if (drill_now_us() > deadline)
            return ANSWER_NONE;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    if (run->server.load.pid == 0 && drill_server_start_load(&run->server) < 0)
        return ANSWER_NONE;
    int error = drill_server_start_check(&run->server, run->plan->oracle);
    if (error == 0)
        error = drill_server_wait(&run->server, &run->server.check, drill_now_us() + run->plan->oracle_us);
    if (error == -EINTR)
        return error;
    if (error < 0) {
        drill_command_kill(&run->server.check, SIGKILL);
        return ANSWER_NONE;
    }
    run->result->answered_us = drill_now_us() - run->injected_us;
    if (run->server.check.status == 0)
        return ANSWER_GOOD;
    return WIFEXITED(run->server.check.status) && WEXITSTATUS(run->server.check.status) == 1 ? ANSWER_BAD
                                                                                             : ANSWER_NONE;
}

/* End the load and hear how it went. Returns 1: well, or without a word; 0: somebody was not served; -EINTR.
 */
static int hear_load(struct drill_run *run)
{
    const struct drill_command *load = &run->server.load;

    drill_command_kill(load, SIGTERM);
    if (drill_server_wait(&run->server, load, drill_now_us() + LOAD_US) == -EINTR)
        return -EINTR;
    if (load->running)
        return 0;
    return load->status == 0 || (WIFSIGNALED(load->status) && WTERMSIG(load->status) == SIGTERM) ||
           (WIFEXITED(load->status) && WEXITSTATUS(load->status) == 128 + SIGTERM);
}

/* Whether the server is dead or dying: then that is what counts. Returns 1, 0 or -EINTR. */
static int is_dying(struct drill_run *run)
{
    struct drill_events events;
    int64_t deadline = drill_now_us() + LAST_GASP_US;

    while (!run->server.trace.ended && drill_now_us() < deadline) {
        read_events(run, &events);
        if (events.crash)
            deadline = run->injected_us + FAULT_US;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    return run->server.trace.ended;
}

static void blame(struct drill_run *run, bool recovered, int answer, int gone, int served)
{
    bool is_outside = is_flip(run) && !recovered; /* no fault was raised: no handler could see it */
    char end[32];

    if (answer == ANSWER_BAD) {
        describe_end(run->server.check.status, end);
        conclude(run, is_outside ? DRILL_SILENT : DRILL_CORRUPT, "the oracle ended with %s", end);
    } else if (answer == ANSWER_NONE) {
        conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED, "the oracle got no answer");
    } else if (!gone) {
        conclude(run, DRILL_WEDGED, "the contained thread has not ended");
    } else if (!served) {
        describe_end(run->server.load.status, end);
        conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED, "the load %s%s",
                 run->server.load.running ? "does not end" : "ended with ",
                 run->server.load.running ? "" : end);
    }
}

static int judge_alive(struct drill_run *run, const struct drill_events *before)
{
    struct drill_events events = *before;
    int answer = ask_oracle(run), gone = 1, served = 1;

    if (answer == ANSWER_GOOD && before->contained)
        gone = wait_gone(run, before);
    if (answer == ANSWER_GOOD && gone == 1)
        served = hear_load(run);
    int dying = run->server.trace.ended;
    if (answer == ANSWER_BAD || answer == ANSWER_NONE || gone == 0 || served == 0)
        dying = is_dying(run);
    if (answer < 0 || gone < 0 || served < 0 || dying < 0)
        return -EINTR;
    if (dying)
        return judge_death(run);
    read_events(run, &events);
    run->result->recovered = events.contained;
    run->result->sockets = events.sockets;
    if (answer != ANSWER_GOOD || !gone || !served)
        blame(run, events.contained, answer, gone, served);
    else if (events.contained)
        conclude(run, DRILL_CONTAINED, "%s", events.contained_by);
    else
        conclude(run, DRILL_NO_EFFECT, "%s", is_flip(run) ? "no effect" : "the server handled it itself");
    return 0;
}

int drill_judge(struct drill_run *run)
{
    struct drill_events events = {0};
    int error = wait_settled(run, &events);

    if (error < 0)
        return error;
    return run->server.trace.ended ? judge_death(run) : judge_alive(run, &events);
}
