/* SPDX-License-Identifier: MIT */
/*
 * A run: see run.h. The server is traced from its start, so that each thread is known by the entry of
 * its routine; at the site a breakpoint stops the first thread of the wanted routine that comes by, or a
 * later one: always taking the first would only ever strike young servers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>

#include "judge.h"
#include "sites/random.h"
#include "run.h"

#define ACTIVATE_US 2000000 /* wait for a thread to come by */
#define LINGER_US   300000  /* from the first pass: who comes then is taken */
#define SETTLE_US   150000  /* a load that has ended may have left work */
#define SKIP_MAX    15

static const char *module_path(const struct drill_run *run, uint32_t module)
{
    return run->pool->modules[module].path;
}

/* The live address of a site, or 0 while its module is not mapped. */
static uint64_t live_address(const struct drill_run *run, uint32_t module, uint64_t offset)
{
    const struct drill_map *map = drill_maps_find(&run->maps, module_path(run, module), offset);

    return map ? offset + map->bias : 0;
}

/* Plant what is wanted and not there yet. */
static void plant(struct drill_run *run, struct drill_task *task)
{
    bool whole = run->address != 0 || !run->armed;

    for (size_t i = 0; whole && i < run->pool->routine_count; i++)
        whole = run->entries[i] != 0;
    if (whole || drill_maps_read(run->server.trace.pid, &run->maps) < 0)
        return;
    for (size_t i = 0; i < run->pool->routine_count; i++) {
        const struct drill_routine *routine = &run->pool->routines[i];
        uint64_t address = live_address(run, routine->module, routine->offset);

        if (!run->entries[i] && address && drill_trace_plant(&run->server.trace, task, address) == 0)
            run->entries[i] = address;
    }
    if (run->armed && !run->address) {
        uint64_t address = live_address(run, run->site->module, run->site->offset);

        if (address && drill_trace_plant(&run->server.trace, task, address) == 0)
            run->address = address;
    }
}

/* Whether this pass is the one. */
static bool is_taken(struct drill_run *run)
{
    int64_t now = drill_now_us();

    if (run->result->passes == 0)
        run->first_us = now;
    if (run->result->passes < run->skip && now - run->first_us < LINGER_US) {
        run->result->passes++;
        return false;
    }
    return true;
}

static void remember(struct drill_run *run, pid_t tid, uint32_t routine)
{
    size_t at = run->known_count++ % DRILL_KNOWN_MAX;

    run->known[at].tid = tid;
    run->known[at].routine = routine;
}

/* Of a thread that began before it was traced. */
static uint32_t recall(const struct drill_run *run, pid_t tid)
{
    size_t count = run->known_count < DRILL_KNOWN_MAX ? run->known_count : DRILL_KNOWN_MAX;

    for (size_t i = 0; i < count; i++) {
        size_t at = (run->known_count - 1 - i) % DRILL_KNOWN_MAX;

        if (run->known[at].tid == tid)
            return run->known[at].routine;
    }
    return DRILL_NO_ROUTINE;
}

static void on_hit(struct drill_run *run, struct drill_task *task, uint64_t address)
{
    for (size_t i = 0; i < run->pool->routine_count; i++)
        if (run->entries[i] == address) {
            task->routine = (uint32_t)i;
            remember(run, task->tid, task->routine);
        }
    if (task->routine == DRILL_NO_ROUTINE)
        task->routine = recall(run, task->tid);
    if (run->armed && address == run->address && !run->victim && task->tid != run->server.trace.pid &&
        task->routine == run->site->routine && is_taken(run)) {
        run->victim = task;
        run->victim_tid = task->tid;
        run->server.trace.halting = true;
        return;
    }
    drill_trace_step_over(&run->server.trace, task, address);
}

static void on_stop(struct drill_trace *trace, struct drill_task *task, enum drill_stop stop,
                    uint64_t address)
{
    struct drill_run *run = trace->context;

    if (stop == DRILL_STOP_HIT) {
        on_hit(run, task, address);
        return;
    }
    if (stop == DRILL_STOP_NEW || stop == DRILL_STOP_ASKED)
        plant(run, task);
    drill_trace_resume(task, PTRACE_CONT);
}

/* Have the site planted, now or when its module comes. */
static void arm(struct drill_run *run)
{
    struct drill_trace *trace = &run->server.trace;

    run->armed = true;
    for (size_t i = 0; i < trace->count && !run->address; i++)
        if (trace->tasks[i]->thread && !trace->tasks[i]->stopped) {
            drill_trace_interrupt(trace->tasks[i]);
            return;
        }
}

__attribute__((format(printf, 3, 4))) static int conclude(struct drill_run *run, enum drill_outcome outcome,
                                                          const char *format, ...)
{
    va_list args;

    run->result->outcome = outcome;
    va_start(args, format);
    vsnprintf(run->result->detail, sizeof run->result->detail, format, args);
    va_end(args);
    return 0;
}

/* Until the server is ready, or a thread was taken before that. Returns 0, -EINTR, or -ECANCELED: concluded.
 */
static int wait_ready(struct drill_run *run)
{
    int64_t deadline = drill_now_us() + run->plan->start_us;
    int error;

    while (!run->victim && (error = drill_server_is_ready(&run->server)) < 0) {
        if (error != -EAGAIN || drill_now_us() > deadline) {
            conclude(run, DRILL_FAILED, "%s",
                     error == -EAGAIN ? "the server is not ready in time"
                                      : "the server ended before it was ready");
            return -ECANCELED;
        }
        if (drill_server_sleep(&run->server, 3000) < 0)
            return -EINTR;
    }
    return 0;
}

/* Until a thread is taken. Returns 0, -ETIMEDOUT: none came by, -ESRCH: the server ended, or -EINTR. */
static int wait_victim(struct drill_run *run)
{
    int64_t deadline = drill_now_us() + ACTIVATE_US, again = 0;
    bool is_over = false;

    while (!run->victim && drill_now_us() < deadline && !run->server.trace.ended) {
        if (!run->address && drill_now_us() > again) {
            arm(run);
            again = drill_now_us() + 50000;
        }
        if (drill_server_pump(&run->server, drill_now_us() + 5000) == -EINTR)
            return -EINTR;
        if (!run->server.load.running && !is_over) {
            is_over = true;
            deadline = drill_now_us() + SETTLE_US;
        }
    }
    return run->victim ? 0 : run->server.trace.ended ? -ESRCH : -ETIMEDOUT;
}

/* The first fault. Returns 0, -EINTR, or -ECANCELED: concluded. */
static int strike_first(struct drill_run *run)
{
    int error = wait_ready(run);

    if (error == 0 && !run->victim) {
        arm(run);
        error = drill_server_start_load(&run->server);
        if (error == 0)
            error = wait_victim(run);
        if (error == -ETIMEDOUT)
            conclude(run, DRILL_NOT_ACTIVATED, "%s",
                     run->address ? "no thread reached the site" : "not mapped");
        else if (error == -ESRCH)
            conclude(run, DRILL_FAILED, "the server ended before the fault (wait status 0x%x)",
                     (unsigned)run->server.trace.status);
        if (error == -ETIMEDOUT || error == -ESRCH)
            return -ECANCELED;
    }
    if (error == 0)
        error = drill_inject(run);
    if (error == -EACCES)
        conclude(run, DRILL_MASKED, "the thread blocks every signal there");
    else if (error < 0 && error != -EINTR && error != -ECANCELED)
        conclude(run, DRILL_FAILED, "cannot inject: %s", strerror(-error));
    if (error == 0)
        return drill_judge(run);
    return error == -EINTR ? error : -ECANCELED;
}

/* Code of the shim runs in processes of its own too, which share the server's memory: a breakpoint there would kill those
 * that began while nobody traced. */
static bool is_in_shim(const struct drill_run *run)
{
    return strcmp(module_path(run, run->site->module), run->plan->shim) == 0;
}

/* Another fault at the same site, in a server that is alive after the one before. Returns 1: injected and judged, 0: no
 * thread came by; or a negative errno: unless the server has ended, it is in no state to be asked more. */
static int strike_again(struct drill_run *run)
{
    int error = drill_trace_attach(&run->server.trace);

    if (error < 0)
        return error;
    run->address = 0;
    run->victim_tid = 0;
    run->skip = 0;
    memset(run->entries, 0, sizeof run->entries);
    if (!run->server.load.running && run->server.load.status == 0)
        error = drill_server_start_load(&run->server);
    if (error == 0)
        error = wait_victim(run);
    if (error == -ETIMEDOUT)
        return drill_server_release(&run->server);
    if (error == 0)
        error = drill_inject(run);
    if (error == -EACCES) {
        drill_trace_detach_others(&run->server.trace, NULL);
        drill_trace_detach_last(&run->server.trace, NULL, 0);
        return 0;
    }
    if (error == 0)
        error = drill_judge(run);
    return error < 0 ? error : 1;
}

/* One server. early: armed from its start, for sites that only young servers pass. */
static int attempt(struct drill_run *run, const char *name, unsigned slot, bool early)
{
    int error = drill_server_start(&run->server, run->plan, name, slot, on_stop, run);

    if (error < 0)
        return conclude(run, DRILL_FAILED, "cannot start '%s': %s", run->plan->server[0], strerror(-error));
    run->armed = early;
    error = strike_first(run);
    if (error < 0)
        return error == -EINTR ? error : 0;
    bool is_more = !early && !is_in_shim(run);
    while (is_more && run->result->outcome == DRILL_CONTAINED && !run->server.trace.ended &&
           run->result->contained < run->plan->faults) {
        error = strike_again(run);
        is_more = error > 0;
    }
    if (error == -EINTR)
        return error;
    if (error < 0 && !run->server.trace.ended)
        return conclude(run, DRILL_FAILED, "cannot inject another fault: %s", strerror(-error));
    return drill_judge_end(run);
}

/* The name of a run's directory. */
static void name_run(const struct drill_result *result, int turn, char *name, size_t size)
{
    snprintf(name, size, "run-%u-%u-%d", result->site, result->repeat, turn);
}

int drill_run(const struct drill_plan *plan, const struct drill_pool *pool, unsigned slot,
              struct drill_result *result)
{
    int error = 0;

    for (int turn = 0; turn < 2; turn++) {
        struct drill_run run = {.plan = plan, .pool = pool, .site = &pool->sites[result->site]};
        char name[64];

        *result = (struct drill_result){.site = result->site,
                                        .repeat = result->repeat,
                                        .settled_us = -1,
                                        .answered_us = -1,
                                        .stop_status = -1,
                                        .stop_us = -1,
                                        .capacity = -1};
        run.result = result;
        run.random = drill_pool_seed(pool, result->site, plan->seed, result->repeat);
        run.skip = drill_random(&run.random) % 2 ? (uint32_t)(drill_random(&run.random) % SKIP_MAX) + 1 : 0;
        if (turn > 0)
            run.skip = 0;
        name_run(result, turn, name, sizeof name);
        error = attempt(&run, name, slot, turn > 0);
        drill_server_end(&run.server);
        drill_maps_clear(&run.maps);
        if (error == 0 && drill_is_fatal(result->outcome))
            snprintf(result->evidence, sizeof result->evidence, "%s", run.server.dir);
        else
            drill_server_remove(run.server.dir);
        if (error < 0 || (result->outcome != DRILL_NOT_ACTIVATED && result->outcome != DRILL_FAILED))
            break;
    }
    return error;
}
