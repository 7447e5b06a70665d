/* SPDX-License-Identifier: MIT */
/*
 * The healthy server: see healthy.h. What fails here would fail in every run, and each would be counted as the server's
 * fault, or dropped as one that no thread reached.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "checks.h"
#include "healthy.h"
#include "innocents.h"
#include "sites/maps.h"
#include "sockets.h"

#define LOAD_US     1000000  /* of load before the oracle is asked */
#define CONNECT_US  10000000 /* for the load's first connection */
#define STOP_US     30000000 /* a server that takes longer is said not to stop */
#define SHORT_BYTES 200      /* of a command, of a line of output */

struct request {
    const struct drill_plan *plan;
    const struct drill_pool *pool;
};

struct answer {
    int error;
    struct drill_healthy healthy;
    char message[DRILL_MESSAGE_BYTES];
};

__attribute__((format(printf, 2, 3))) static int refuse(char *message, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(message, DRILL_MESSAGE_BYTES, format, args);
    va_end(args);
    return -EPROTO;
}

/* what: "the load", which ... */
static int blame(char *message, const char *what, const char *does, const char *command, const char *log)
{
    char words[SHORT_BYTES];

    drill_innocents_last_words(log, words, sizeof words);
    return refuse(message, "%s %s, though nothing was injected: '%.*s'; %s%s", what, does, SHORT_BYTES,
                  command, words[0] ? "its output ends: " : "it printed nothing", words);
}

static int blame_status(char *message, const char *what, int status, const char *command, const char *log)
{
    char end[32], does[64];

    drill_checks_describe(status, end);
    snprintf(does, sizeof does, "ended with %s", end);
    return blame(message, what, does, command, log);
}

static void resume(struct drill_trace *trace, struct drill_task *task, enum drill_stop stop, uint64_t address)
{
    (void)trace, (void)stop, (void)address;
    drill_trace_resume(task, PTRACE_CONT);
}

/* Until the load has run for a while, and has connected where it must. */
static int watch_load(struct drill_server *server, char *message)
{
    const char *load = server->plan->load;
    int64_t begin = drill_now_us();

    for (;;) {
        bool is_avoided = drill_sockets_is_avoided(server->trace.pid, server->port);
        int64_t passed = drill_now_us() - begin;

        if (!server->load.running && server->load.status != 0)
            return blame_status(message, "the load", server->load.status, load, server->load_log);
        if (server->trace.ended)
            return blame_status(message, "the server", server->trace.status, server->plan->server[0],
                                server->log);
        if (is_avoided && passed > (server->load.running ? CONNECT_US : 0))
            return blame(message, "the load", "never connects to the server's port", load, server->load_log);
        if (passed > LOAD_US && !is_avoided)
            return 0;
        if (drill_server_sleep(server, 20000) < 0)
            return -EINTR;
    }
}

static int ask_oracle(struct drill_server *server, char *message)
{
    const char *oracle = server->plan->oracle;
    int error = drill_server_start_check(server, oracle, server->log);

    if (error == 0)
        error = drill_server_wait(server, &server->check, drill_now_us() + server->plan->oracle_us);
    if (error == -EINTR)
        return error;
    if (error < 0)
        return blame(message, "the oracle", "does not end in time", oracle, server->log);
    return server->check.status == 0
               ? 0
               : blame_status(message, "the oracle", server->check.status, oracle, server->log);
}

static int hear_load(struct drill_server *server, struct drill_healthy *healthy, char *message)
{
    struct drill_innocents innocents;
    const char *load = server->plan->load;
    int served = drill_checks_load(server, &innocents);

    if (served < 0)
        return served;
    if (server->load.running)
        return blame(message, "the load", "does not end on SIGTERM", load, server->load_log);
    if (served == 0 && server->load.status != 0)
        return blame_status(message, "the load", server->load.status, load, server->load_log);
    if (served == 0 || (innocents.told && innocents.requests == 0))
        return blame(message, "the load", served ? "made no request" : "got wrong answers or none", load,
                     server->load_log);
    healthy->longest_ms = innocents.told ? (int64_t)innocents.longest_ms : -1;
    return 0;
}

/* A pool of another server would be drawn to its end without one thread coming by. */
static int compare_pool(const struct drill_server *server, const struct drill_pool *pool, char *message)
{
    struct drill_maps maps = {0};
    bool found = pool->routine_count == 0 || drill_maps_read(server->trace.pid, &maps) < 0;

    for (size_t i = 0; i < pool->routine_count && !found; i++) {
        const struct drill_routine *routine = &pool->routines[i];

        found = drill_maps_find(&maps, pool->modules[routine->module].path, routine->offset) != NULL;
    }
    drill_maps_clear(&maps);
    if (found)
        return 0;
    return refuse(
        message,
        "the pool '%.*s' is of another server: its threads begin in '%.*s', which this one has not mapped",
        SHORT_BYTES, server->plan->pool, SHORT_BYTES, pool->modules[pool->routines[0].module].path);
}

static int measure(struct drill_server *server, const struct request *request, struct answer *answer)
{
    char *message = answer->message;
    int error = drill_server_begin(server, request->plan, "healthy", resume, NULL, message);

    if (error == 0)
        error = drill_server_release(server);
    if (error == 0)
        error = drill_server_start_load(server);
    if (error == 0)
        error = watch_load(server, message);
    if (error == 0)
        error = ask_oracle(server, message);
    if (error == 0 && request->pool)
        error = compare_pool(server, request->pool, message);
    if (error == 0)
        error = hear_load(server, &answer->healthy, message);
    if (error == 0)
        error = drill_checks_capacity(server, &answer->healthy.capacity);
    if (error == 0 && answer->healthy.capacity == 0)
        error = blame(message, "the capacity command", "gives no number", request->plan->capacity,
                      server->capacity_log);
    if (error == 0)
        error = drill_checks_stop(server, STOP_US, &answer->healthy.stop_us);
    answer->healthy.stop_status = server->trace.status;
    return error < 0 ? error : 0;
}

static void work(const void *request, void *ret)
{
    struct answer *answer = ret;
    struct drill_server server = {0};

    answer->error = measure(&server, request, answer);
    drill_server_end(&server);
}

int drill_healthy_measure(const struct drill_plan *plan, const struct drill_pool *pool,
                          struct drill_healthy *ret_healthy, char ret_message[static DRILL_MESSAGE_BYTES])
{
    const struct request request = {plan, pool};
    struct answer answer = {0};
    int error = drill_children_ask(work, &request, &answer, sizeof answer);

    if (error == 0)
        error = answer.error;
    if (error == 0)
        *ret_healthy = answer.healthy;
    else
        snprintf(ret_message, DRILL_MESSAGE_BYTES, "%s",
                 answer.message[0] ? answer.message : strerror(-error));
    return error;
}
