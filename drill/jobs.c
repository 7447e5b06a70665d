/* SPDX-License-Identifier: MIT */
/*
 * Workers: see jobs.h. Each is a process, because a tracer is a thread's parent by its process, and
 * what a server leaves behind must belong to one run. The parent hands out one site at a time over a socket
 * pair.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/children.h"
#include "jobs.h"
#include "run.h"

#define JOBS_MAX 64

struct worker {
    pid_t pid;
    int fd; /* -1: it has gone */
    bool busy;
};

struct jobs {
    const struct drill_plan *plan;
    const struct drill_pool *pool;
    struct worker workers[JOBS_MAX];
    size_t count;
    bool repeat_one, stopped;
    size_t next, activated, busy, tried;
};

struct order {
    uint32_t site, repeat;
};

static void work(const struct jobs *jobs, unsigned slot, int fd)
{
    struct order order;

    while (recv(fd, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        struct drill_result result = {.site = order.site, .repeat = order.repeat};

        if (drill_run(jobs->plan, jobs->pool, slot, &result) < 0)
            break;
        if (send(fd, &result, sizeof result, MSG_NOSIGNAL) < 0)
            break;
    }
    drill_children_end_all();
    _exit(0);
}

static int start_worker(struct jobs *jobs, unsigned slot)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pid_t pid = drill_children_fork();
    if (pid == 0) {
        close(ends[0]);
        for (size_t i = 0; i < jobs->count; i++)
            close(jobs->workers[i].fd); /* else no worker would see the parent close its end */
        work(jobs, slot, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return (int)pid;
    }
    jobs->workers[jobs->count++] = (struct worker){.pid = pid, .fd = ends[0]};
    return 0;
}

/* What to do next; false: nothing, for now or at all. */
static bool draw(struct jobs *jobs, struct order *order)
{
    size_t limit = jobs->plan->runs;

    if (jobs->stopped || jobs->activated + jobs->busy >= limit)
        return false;
    if (jobs->repeat_one) { /* a site that no thread reaches is not tried forever */
        if (jobs->tried >= limit * 2 || jobs->pool->count == 0)
            return false;
        *order = (struct order){0, (uint32_t)jobs->tried};
    } else {
        if (jobs->next == jobs->pool->count)
            return false;
        *order = (struct order){(uint32_t)jobs->next++, 0};
    }
    jobs->tried++;
    return true;
}

static void hand_out(struct jobs *jobs)
{
    struct order order;

    for (size_t i = 0; i < jobs->count; i++) {
        struct worker *worker = &jobs->workers[i];

        if (worker->fd < 0 || worker->busy || !draw(jobs, &order))
            continue;
        worker->busy = send(worker->fd, &order, sizeof order, MSG_NOSIGNAL) == (ssize_t)sizeof order;
        jobs->busy += worker->busy;
    }
}

static int take_result(struct jobs *jobs, struct worker *worker, drill_listener *listener, void *context)
{
    struct drill_result result;

    if (recv(worker->fd, &result, sizeof result, 0) != (ssize_t)sizeof result) {
        close(worker->fd);
        worker->fd = -1;
        jobs->busy -= worker->busy;
        return drill_children_interrupted() ? -EINTR : -ECHILD;
    }
    worker->busy = false;
    jobs->busy--;
    jobs->activated += drill_is_activated(result.outcome);
    if (!listener(&result, context))
        jobs->stopped = true;
    return 0;
}

static int follow(struct jobs *jobs, drill_listener *listener, void *context)
{
    int error = 0;

    for (hand_out(jobs); jobs->busy > 0 && error == 0; hand_out(jobs)) {
        struct pollfd polls[JOBS_MAX];

        for (size_t i = 0; i < jobs->count; i++)
            polls[i] = (struct pollfd){.fd = jobs->workers[i].fd, .events = POLLIN};
        if (poll(polls, jobs->count, DRILL_LOOK_MS) < 0 && errno != EINTR)
            error = -errno;
        else if (drill_children_interrupted()) /* also where the signal came just before poll() */
            error = -EINTR;
        else
            for (size_t i = 0; i < jobs->count && error == 0; i++)
                if (polls[i].revents)
                    error = take_result(jobs, &jobs->workers[i], listener, context);
    }
    return error;
}

int drill_jobs(const struct drill_plan *plan, const struct drill_pool *pool, bool repeat_one,
               drill_listener *listener, void *context)
{
    struct jobs jobs = {.plan = plan, .pool = pool, .repeat_one = repeat_one};
    int error = 0;

    for (unsigned slot = 0; slot < plan->jobs && slot < JOBS_MAX && error == 0; slot++)
        error = start_worker(&jobs, slot);
    if (error == 0)
        error = follow(&jobs, listener, context);
    for (size_t i = 0; i < jobs.count; i++) {
        if (error < 0)
            kill(jobs.workers[i].pid, SIGTERM);
        if (jobs.workers[i].fd >= 0)
            close(jobs.workers[i].fd);
    }
    for (size_t i = 0; i < jobs.count; i++)
        while (waitpid(jobs.workers[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    return error;
}
