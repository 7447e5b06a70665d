/* SPDX-License-Identifier: MIT */
/*
 * Sampling. Looking at running threads from time to time finds them asleep in system calls; where they
 * execute is found by executing. So every thread is single-stepped from its first instruction on for a while,
 * and then in windows that begin when it comes back from a system call, or at random where it makes none.
 * What counts is which instructions are executed at all, not how often. A thread's routine is the first code
 * it executes that belongs neither to libc, the loader or the shim, nor to libstdc++'s wrapper of
 * std::thread.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "trace/children.h"
#include "sites/maps.h"
#include "sites/pool.h"
#include "sites/random.h"
#include "sample.h"
#include "server.h"
#include "sites/steps.h"

#define BIRTH_STEPS  20000 /* of a new thread, in one go */
#define WINDOW_STEPS 3000  /* after a system call */
#define TICK_US      20000 /* between looks at threads that make no system call */
/* So many instructions without a new one: that was all. */
#define IDLE_STEPS 150000

struct sampler {
    struct drill_server server;
    struct drill_maps maps;
    struct drill_pool *pool;
    struct drill_steps *steps;
    uint64_t random;
    uint64_t last_new; /* step at which a new site was seen last */
    size_t threads;
    cpu_set_t here;
};

/* Code in which a thread has not yet come to its own routine. */
static bool is_plumbing(const char *path)
{
    static const char *const names[] = {"libc.so",   "libc-",      "ld-linux",   "ld-2",         "ld-musl",
                                        "libc.musl", "libpthread", "libcrumple", "libstdc++.so", "libc++.so"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static const struct drill_map *look_up(struct sampler *sampler, uint64_t pc)
{
    const struct drill_map *map = drill_maps_at(&sampler->maps, pc);

    if (!map && drill_maps_read(sampler->server.trace.pid, &sampler->maps) == 0)
        map = drill_maps_at(&sampler->maps, pc);
    return map;
}

/* The routine that begins at pc, a new one if it has not been seen. */
static uint32_t find_routine(struct sampler *sampler, const struct drill_map *map, uint64_t pc)
{
    struct drill_pool *pool = sampler->pool;
    struct drill_routine *routine = &pool->routines[pool->routine_count];
    int module = drill_pool_module(pool, map->path);
    char name[DRILL_DETAIL_BYTES];

    for (size_t i = 0; i < pool->routine_count; i++)
        if (pool->routines[i].module == (uint32_t)module && pool->routines[i].offset == pc - map->bias)
            return (uint32_t)i;
    if (module < 0 || pool->routine_count == DRILL_ROUTINES_MAX)
        return DRILL_NO_ROUTINE;
    drill_maps_name(map->path, pc - map->bias, name, sizeof name);
    *routine = (struct drill_routine){strdup(name), (uint32_t)module, pc - map->bias};
    return (uint32_t)pool->routine_count++;
}

static uint64_t program_counter(const struct drill_task *task)
{
    return (uint64_t)ptrace(PTRACE_PEEKUSER, task->tid, (void *)offsetof(struct user_regs_struct, rip), NULL);
}

static void take_step(struct sampler *sampler, struct drill_task *task)
{
    uint64_t pc = program_counter(task);

    if (task->routine == DRILL_NO_ROUTINE) {
        const struct drill_map *map = look_up(sampler, pc);

        if (map && !is_plumbing(map->path))
            task->routine = find_routine(sampler, map, pc);
    }
    sampler->pool->steps++;
    if (task->routine != DRILL_NO_ROUTINE && drill_steps_add(sampler->steps, pc, task->routine))
        sampler->last_new = sampler->pool->steps;
    if (task->budget > 0)
        task->budget--;
    drill_trace_resume(task, task->budget > 0 ? PTRACE_SINGLESTEP : PTRACE_SYSCALL);
}

static void begin_window(struct drill_task *task, uint32_t steps)
{
    task->budget = steps;
    drill_trace_resume(task, PTRACE_SINGLESTEP);
}

/* Every second return from a system call begins a window, so that what happens between two of them is seen as
 * a whole and the load still makes progress. */
static void take_syscall(struct sampler *sampler, struct drill_task *task)
{
    struct __ptrace_syscall_info info = {0};
    long n = ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, (void *)sizeof info, &info);

    if (n > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT && drill_random(&sampler->random) % 2 == 0)
        begin_window(task, WINDOW_STEPS);
    else
        drill_trace_resume(task, PTRACE_SYSCALL);
}

static void on_stop(struct drill_trace *trace, struct drill_task *task, enum drill_stop stop,
                    uint64_t address)
{
    struct sampler *sampler = trace->context;

    (void)address;
    switch (stop) {
    case DRILL_STOP_NEW:
        sampler->threads++;
        /* the tracer's processor: a step is then a switch, and no interrupt of another processor */
        (void)sched_setaffinity(task->tid, sizeof sampler->here, &sampler->here);
        begin_window(task, BIRTH_STEPS);
        break;
    case DRILL_STOP_STEP:
        take_step(sampler, task);
        break;
    case DRILL_STOP_SYSCALL:
        take_syscall(sampler, task);
        break;
    case DRILL_STOP_ASKED:
        begin_window(task, WINDOW_STEPS);
        break;
    default:
        drill_trace_resume(task, PTRACE_CONT);
        break;
    }
}

/* Start a window in a thread that runs without system calls: one picked at random is as good as any. */
static void wake_one(struct sampler *sampler)
{
    struct drill_trace *trace = &sampler->server.trace;

    if (trace->count == 0)
        return;
    struct drill_task *task = trace->tasks[drill_random(&sampler->random) % trace->count];
    if (task->thread && task->tid != trace->pid && !task->stopped && !task->asked &&
        task->request == PTRACE_SYSCALL)
        drill_trace_interrupt(task);
}

/* The load is started again where it ends before enough was seen. */
static int follow_load(struct sampler *sampler, char *message)
{
    int64_t deadline = drill_now_us() + sampler->server.plan->sample_us, tick = 0;
    struct drill_server *server = &sampler->server;
    int error = 0;

    while (error == 0 && drill_now_us() < deadline && !server->trace.ended) {
        if (!server->load.running)
            error = drill_server_start_load(server);
        if (error == 0)
            error = drill_server_pump(server, drill_now_us() + TICK_US);
        if (error == -ETIMEDOUT)
            error = 0;
        if (drill_now_us() >= tick) {
            wake_one(sampler);
            tick = drill_now_us() + TICK_US;
        }
        if (sampler->pool->steps - sampler->last_new > IDLE_STEPS)
            break;
    }
    if (error == 0 && server->trace.ended) {
        snprintf(message, DRILL_MESSAGE_BYTES,
                 "the server ended under the load (wait status 0x%x); kept in %s",
                 (unsigned)server->trace.status, server->dir);
        return -ECONNABORTED;
    }
    return error;
}

/* Where the steps were, by file: what no file holds (vDSO, code made at run time) is left out. */
static int fill_pool(struct sampler *sampler)
{
    size_t at = 0;
    struct drill_step step;

    (void)drill_maps_read(sampler->server.trace.pid, &sampler->maps);
    while (drill_steps_next(sampler->steps, &at, &step)) {
        const struct drill_map *map = drill_maps_at(&sampler->maps, step.pc);
        int module = map ? drill_pool_module(sampler->pool, map->path) : -1;

        if (module >= 0 && drill_pool_add(sampler->pool, (struct drill_site){step.routine, (uint32_t)module,
                                                                             step.pc - map->bias}) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int sample(struct sampler *sampler, const char *to, char *message)
{
    const struct drill_plan *plan = sampler->server.plan;
    int error = drill_server_begin(&sampler->server, plan, "sample", on_stop, sampler, message);

    if (error == 0)
        error = follow_load(sampler, message);
    if (error == 0)
        error = fill_pool(sampler);
    if (error == 0 && sampler->threads == 0) {
        snprintf(message, DRILL_MESSAGE_BYTES,
                 "no thread to inject into: the server created none while drill watched");
        error = -ENOENT;
    }
    return error < 0 ? error : drill_pool_save(sampler->pool, to);
}

static int run_child(const struct drill_plan *plan, const char *to, char *message)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    int error = -ENOMEM, cpu = sched_getcpu();

    if (sampler && (sampler->pool = drill_pool_new()) != NULL &&
        (sampler->steps = drill_steps_new()) != NULL) {
        CPU_SET(cpu < 0 ? 0 : (size_t)cpu, &sampler->here);
        (void)sched_setaffinity(0, sizeof sampler->here, &sampler->here);
        sampler->server.plan = plan;
        sampler->random = plan->seed;
        error = sample(sampler, to, message);
        drill_server_end(&sampler->server);
    }
    return error;
}

struct answer {
    int error;
    char message[DRILL_MESSAGE_BYTES];
};

struct request {
    const struct drill_plan *plan;
    char to[PATH_MAX];
};

static void answer_request(const void *given, void *ret)
{
    const struct request *request = given;
    struct answer *answer = ret;

    answer->error = run_child(request->plan, request->to, answer->message);
}

int drill_sample(const struct drill_plan *plan, struct drill_pool **ret_pool,
                 char ret_message[static DRILL_MESSAGE_BYTES])
{
    struct answer answer = {0};
    struct request request = {.plan = plan};

    snprintf(request.to, sizeof request.to, "%s/pool.json", plan->dir);
    int error = drill_children_ask(answer_request, &request, &answer, sizeof answer);
    if (error == 0)
        error = answer.error;
    if (error < 0) {
        snprintf(ret_message, DRILL_MESSAGE_BYTES, "%s",
                 answer.message[0] ? answer.message : strerror(-error));
        return error;
    }
    return drill_pool_load(request.to, ret_pool);
}
