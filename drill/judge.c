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

#include "checks.h"
#include "events.h"
#include "judge.h"
#include "lock_name.h"

#define POLL_US      3000
#define FLIP_US      500000   /* a flipped bit that does anything does it soon */
#define FAULT_US     15000000 /* CRUMPLE_TIMEOUT (10 s), and some more */
#define GONE_US      2500000  /* the contained thread must have ended; 2 s are the rule */
#define REPORT_US    3000000  /* of a dead server */
#define LAST_GASP_US 200000   /* an oracle may fail because the server is just dying */

void drill_judge_conclude(struct drill_run *run, enum drill_outcome outcome, const char *format, ...)
{
    size_t len = strlen(run->result->detail), room = sizeof run->result->detail;
    va_list args;

    if (len > 0 && len + 3 < room) { /* what was injected stands there */
        memcpy(run->result->detail + len, ": ", 3);
        len += 2;
    }
    if (run->result->faults > 1 && drill_is_fatal(outcome) && len + 40 < room)
        len +=
            (size_t)snprintf(run->result->detail + len, room - len, "after %u faults: ", run->result->faults);
    run->result->outcome = outcome;
    va_start(args, format);
    vsnprintf(run->result->detail + len, room - len, format, args);
    va_end(args);
}

static bool is_flip(const struct drill_run *run)
{
    return run->plan->fault == DRILL_FLIP;
}

static void read_events(const struct drill_run *run, struct drill_events *events)
{
    drill_events_read(run->server.crashes, run->server.trace.pid, events);
}

/* Wait until the process is dead, or the latest fault is reported as contained. */
static int wait_settled(struct drill_run *run, struct drill_events *events)
{
    int64_t deadline = run->injected_us + (is_flip(run) ? FLIP_US : FAULT_US);

    while (!run->server.trace.ended && drill_now_us() < deadline) {
        read_events(run, events);
        if (events->contained > run->result->contained)
            break;
        if (events->crash)
            deadline = run->injected_us + FAULT_US;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    run->settled_us = drill_now_us();
    if (run->result->settled_us < 0 && (run->server.trace.ended || events->contained > 0))
        run->result->settled_us = run->settled_us - run->injected_us;
    return 0;
}

/* A dead server. The writer may still be at work, as an orphan. */
int drill_judge_death(struct drill_run *run)
{
    int64_t deadline = drill_now_us() + REPORT_US;
    struct drill_events events;
    char end[32];

    drill_checks_describe(run->server.trace.status, end);
    for (;;) {
        read_events(run, &events);
        if (events.crash || (is_flip(run) && WIFEXITED(run->server.trace.status)) ||
            drill_now_us() > deadline)
            break;
        if (drill_server_sleep(&run->server, POLL_US) < 0)
            return -EINTR;
    }
    bool is_refused = events.contained < run->result->faults;
    const char *reason = events.crash ? events.reason : "the report is pending";
    run->result->recovered = events.contained > 0;
    if ((events.crash || events.pending) && is_refused && events.contained > 0) {
        snprintf(run->result->later, sizeof run->result->later, "%.100s",
                 reason); /* the first one was contained */
    } else if (events.crash || events.pending) {
        snprintf(run->result->reason, sizeof run->result->reason, "%s%.100s",
                 is_refused ? "" : "after a containment: ", reason);
        drill_lock_name(events.bundle, run->result->lock, sizeof run->result->lock);
        drill_judge_conclude(run, DRILL_DELIBERATE, "%s, %s", run->result->reason, end);
    } else if (is_flip(run) && WIFEXITED(run->server.trace.status)) {
        drill_judge_conclude(run, DRILL_SILENT, "the server ended, %s", end);
    } else {
        drill_judge_conclude(run, DRILL_UNREPORTED, "the server died without a report, %s", end);
    }
    return 0;
}

/* The thread that was ended must be gone. Returns 1: it is, 0: it is not, or -EINTR. */
static int wait_gone(struct drill_run *run, const struct drill_events *events)
{
    int64_t deadline = run->settled_us + GONE_US;
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
    int error = drill_server_start_check(&run->server, run->plan->oracle, run->server.log);
    if (error == 0)
        error = drill_server_wait(&run->server, &run->server.check, drill_now_us() + run->plan->oracle_us);
    if (error == -EINTR)
        return error;
    if (error < 0) {
        drill_command_kill(&run->server.check, SIGKILL);
        return ANSWER_NONE;
    }
    int64_t answered_us = drill_now_us() - run->injected_us;
    if (answered_us > run->result->answered_us)
        run->result->answered_us = answered_us;
    if (run->server.check.status == 0)
        return ANSWER_GOOD;
    return WIFEXITED(run->server.check.status) && WEXITSTATUS(run->server.check.status) == 1 ? ANSWER_BAD
                                                                                             : ANSWER_NONE;
}

int drill_judge_is_dying(struct drill_run *run)
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

static void blame(struct drill_run *run, int answer)
{
    bool is_outside = drill_judge_is_outside(run);
    char end[32];

    if (answer == ANSWER_BAD) {
        drill_checks_describe(run->server.check.status, end);
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_CORRUPT, "the oracle ended with %s", end);
    } else if (answer == ANSWER_NONE) {
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED, "the oracle got no answer");
    } else {
        drill_judge_conclude(run, DRILL_WEDGED, "the contained thread has not ended");
    }
}

bool drill_judge_is_outside(const struct drill_run *run)
{
    return is_flip(run) && !run->result->recovered;
}

static int judge_alive(struct drill_run *run, const struct drill_events *before)
{
    struct drill_events events = *before;
    int answer = ask_oracle(run), gone = 1;
    bool is_contained = before->contained > run->result->contained;

    if (answer == ANSWER_GOOD && is_contained)
        gone = wait_gone(run, before);
    int dying = run->server.trace.ended;
    if (answer == ANSWER_BAD || answer == ANSWER_NONE || gone == 0)
        dying = drill_judge_is_dying(run);
    if (answer < 0 || gone < 0 || dying < 0)
        return -EINTR;
    if (dying)
        return drill_judge_death(run);
    read_events(run, &events);
    is_contained = events.contained > run->result->contained;
    run->result->recovered = events.contained > 0;
    run->result->contained = events.contained;
    run->result->sockets = events.sockets;
    if (answer != ANSWER_GOOD || !gone)
        blame(run, answer);
    else if (is_contained)
        drill_judge_conclude(run, DRILL_CONTAINED, "%s", events.contained_by);
    else if (run->result->faults == 1)
        drill_judge_conclude(run, DRILL_NO_EFFECT, "%s",
                             is_flip(run) ? "no effect" : "the server handled it itself");
    return 0;
}

int drill_judge(struct drill_run *run)
{
    struct drill_events events = {0};

    if (run->result->faults > 1)
        run->result->detail[0] = '\0';
    int error = wait_settled(run, &events);

    if (error < 0)
        return error;
    return run->server.trace.ended ? drill_judge_death(run) : judge_alive(run, &events);
}
