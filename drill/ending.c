/* SPDX-License-Identifier: MIT */
/*
 * The end of a server that lives after its faults: drill_judge_end of judge.h. A thread that was ended may have owed
 * something to the others: a slot of a table, or the count that the server waits for before it ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "checks.h"
#include "judge.h"

#define STOP_LEAST_US  5000000
#define STOP_TIMES     3
#define CAPACITY_TRIES 4
#define CAPACITY_US    500000 /* between them: connections of the load may still be closing */

/* Returns 1: all clients were served, or the matter is concluded; -EINTR. */
static int hear_load(struct drill_run *run)
{
    struct drill_server *server = &run->server;
    const struct drill_innocents *said = &run->result->innocents;
    int served = drill_checks_load(server, &run->result->innocents), dying = 0;
    bool is_outside = drill_judge_is_outside(run);
    char end[32];

    if (served == 0)
        dying = drill_judge_is_dying(run);
    if (served < 0 || dying < 0)
        return -EINTR;
    if (dying)
        return drill_judge_death(run) < 0 ? -EINTR : 1;
    if (served)
        return 1;
    drill_checks_describe(server->load.status, end);
    if (server->load.running)
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED, "the load does not end");
    else if (said->wrong > 0)
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_CORRUPT, "clients got %llu wrong answers",
                             (unsigned long long)said->wrong);
    else if (said->hung > 0)
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED,
                             "clients got no answer %llu times", (unsigned long long)said->hung);
    else
        drill_judge_conclude(run, is_outside ? DRILL_SILENT : DRILL_WEDGED, "the load ended with %s", end);
    return 1;
}

static int count_slots(struct drill_run *run)
{
    int64_t healthy = run->plan->healthy.capacity, *found = &run->result->capacity;

    for (int i = 0; i < CAPACITY_TRIES && *found < healthy; i++)
        if ((i > 0 && drill_server_sleep(&run->server, CAPACITY_US) < 0) ||
            drill_checks_capacity(&run->server, found) < 0)
            return -EINTR;
    if (*found < healthy)
        drill_judge_conclude(run, DRILL_SLOTS_LEAK, "it serves %lld clients at a time, a healthy server %lld",
                             (long long)*found, (long long)healthy);
    return 0;
}

/* A signal of a fault: the server crashed while it was ending. */
static bool is_crash(int status)
{
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

    for (size_t i = 0; WIFSIGNALED(status) && i < sizeof signals / sizeof signals[0]; i++)
        if (WTERMSIG(status) == signals[i])
            return true;
    return false;
}

static int stop(struct drill_run *run)
{
    const struct drill_healthy *healthy = &run->plan->healthy;
    int64_t limit =
        healthy->stop_us * STOP_TIMES > STOP_LEAST_US ? healthy->stop_us * STOP_TIMES : STOP_LEAST_US;
    int stopped =
        healthy->stop_us < 0 ? -ENODATA : drill_checks_stop(&run->server, limit, &run->result->stop_us);

    if (stopped < 0)
        return stopped == -EINTR ? stopped : 0;
    if (stopped == 0) {
        drill_judge_conclude(run, DRILL_DOES_NOT_STOP,
                             "it lives %.1f s after SIGTERM, a healthy server %.1f s", (double)limit / 1e6,
                             (double)healthy->stop_us / 1e6);
        return 0;
    }
    run->result->stop_status = run->server.trace.status;
    run->result->stopped_otherwise = run->server.trace.status != healthy->stop_status;
    return is_crash(run->server.trace.status) && run->result->stopped_otherwise ? drill_judge_death(run) : 0;
}

int drill_judge_end(struct drill_run *run)
{
    const struct drill_result *result = run->result;
    int error = 0;

    if (run->server.trace.ended && result->outcome == DRILL_CONTAINED && !result->later[0])
        return drill_judge_death(run); /* between two faults */
    if (run->server.trace.ended || (result->outcome != DRILL_CONTAINED && result->outcome != DRILL_NO_EFFECT))
        return 0;
    if (hear_load(run) < 0)
        return -EINTR;
    if (result->outcome == DRILL_CONTAINED && !run->server.trace.ended)
        error = count_slots(run);
    if (error == 0 && result->outcome == DRILL_CONTAINED && !run->server.trace.ended)
        error = stop(run);
    return error;
}
