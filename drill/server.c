/* SPDX-License-Identifier: MIT */
/* Starting and ending a server: see server.h. */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"
#include "sockets.h"

#define READY_LOOK_US 5000
#define HALT_US       2000000 /* to stop all tasks */

/* A copy of a word with %p as the port and %% as %. */
static char *fill_in(const char *word, int port)
{
    size_t room = strlen(word) * 6 + 1, len = 0;
    char *filled = malloc(room);

    for (; filled && *word; word++) {
        if (word[0] == '%' && word[1] == 'p')
            len += (size_t)snprintf(filled + len, room - len, "%d", port);
        else
            filled[len++] = *word;
        if (word[0] == '%' && (word[1] == 'p' || word[1] == '%'))
            word++;
    }
    if (filled)
        filled[len] = '\0';
    return filled;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* Whether an entry of the environment is one that the drill sets. */
static bool is_ours(const char *entry)
{
    return strncmp(entry, "LD_PRELOAD=", 11) == 0 || strncmp(entry, "CRUMPLE_DIR=", 12) == 0 ||
           strncmp(entry, "CRUMPLE_RECOVER=", 16) == 0 || strncmp(entry, "CRUMPLE=", 8) == 0;
}

/* NAME=VALUE, or NULL where memory is short. */
static char *make_entry(const char *name, const char *value, const char *more)
{
    char *entry;

    return asprintf(&entry, "%s=%s%s%s", name, value, more ? " " : "", more ? more : "") < 0 ? NULL : entry;
}

static char **make_environment(const struct drill_server *server)
{
    size_t count = 0, room = 8;
    char **made;

    for (char **entry = environ; *entry; entry++)
        room++;
    made = calloc(room, sizeof *made);
    if (!made)
        return NULL;
    for (char **entry = environ; *entry; entry++)
        if (!is_ours(*entry))
            made[count++] = strdup(*entry);
    made[count++] = make_entry("LD_PRELOAD", server->plan->shim, getenv("LD_PRELOAD"));
    made[count++] = make_entry("CRUMPLE_DIR", server->crashes, NULL);
    made[count++] = make_entry("CRUMPLE_RECOVER", server->plan->recover, NULL);
    return made;
}

static char **make_words(const struct drill_server *server)
{
    char **words = calloc(server->plan->server_count + 1, sizeof *words);

    for (size_t i = 0; words && i < server->plan->server_count; i++)
        words[i] = fill_in(server->plan->server[i], server->port);
    return words;
}

/* A server may give up root before it crashes: it must reach its crash directory then. */
static int make_dirs(struct drill_server *server, const char *name)
{
    snprintf(server->dir, sizeof server->dir, "%s/%s", server->plan->dir, name);
    snprintf(server->crashes, sizeof server->crashes, "%s/crashes", server->dir);
    snprintf(server->log, sizeof server->log, "%s/log", server->dir);
    snprintf(server->load_log, sizeof server->load_log, "%s/load", server->dir);
    snprintf(server->capacity_log, sizeof server->capacity_log, "%s/capacity", server->dir);
    if (mkdir(server->dir, 0755) < 0 || mkdir(server->crashes, 0700) < 0)
        return -errno;
    return chmod(server->dir, 0755) < 0 || chmod(server->crashes, 01777) < 0 ? -errno : 0;
}

int drill_server_start(struct drill_server *server, const struct drill_plan *plan, const char *name,
                       unsigned slot, drill_handler *handler, void *context)
{
    *server = (struct drill_server){.plan = plan, .trace = {.handler = handler, .context = context}};
    int error = make_dirs(server, name);
    server->port = error < 0 ? error : drill_sockets_choose_port(slot);
    if (server->port < 0)
        return server->port;
    char **words = make_words(server);
    char **environment = make_environment(server);
    if (words && environment)
        error = drill_trace_start(&server->trace, words, environment, server->log);
    else
        error = -ENOMEM;
    free_words(words);
    free_words(environment);
    return error;
}

int drill_server_pump(struct drill_server *server, int64_t deadline_us)
{
    int status;
    pid_t pid;

    drill_trace_tick(&server->trace);
    int error = drill_children_wait(deadline_us, &pid, &status);
    if (error == 0 && !drill_command_take(&server->load, pid, status) &&
        !drill_command_take(&server->check, pid, status))
        (void)drill_trace_take(&server->trace, pid, status);
    return error;
}

int drill_server_sleep(struct drill_server *server, int64_t us)
{
    int64_t deadline = drill_now_us() + us;
    int error;

    do
        error = drill_server_pump(server, deadline);
    while (error == 0 && drill_now_us() < deadline);
    return error == -EINTR ? error : 0;
}

static int start_command(const struct drill_server *server, struct drill_command *command, const char *text,
                         const char *log)
{
    char *filled = fill_in(text, server->port);
    int error = filled ? drill_command_start(command, filled, log) : -ENOMEM;

    free(filled);
    return error;
}

/* A shell that waits for its command must not be ended before it: the status is what the load has to say. */
int drill_server_start_load(struct drill_server *server)
{
    char *text;

    if (asprintf(&text, "trap 'exit $?' TERM; %s", server->plan->load) < 0)
        return -ENOMEM;
    int error = start_command(server, &server->load, text, server->load_log);
    free(text);
    return error;
}

int drill_server_start_check(struct drill_server *server, const char *command, const char *log)
{
    return start_command(server, &server->check, command, log);
}

int drill_server_is_ready(struct drill_server *server)
{
    if (server->trace.ended)
        return -ESRCH;
    if (!server->plan->ready)
        return drill_sockets_is_listening(server->trace.pid, server->port) ? 0 : -EAGAIN;
    if (server->check.running)
        return -EAGAIN;
    if (server->check.pid > 0 && server->check.status == 0)
        return 0;
    return drill_server_start_check(server, server->plan->ready, server->log) < 0 ? -ESRCH : -EAGAIN;
}

int drill_server_wait(struct drill_server *server, const struct drill_command *command, int64_t deadline_us)
{
    int error = 0;

    while (command->running && error == 0)
        error = drill_server_pump(server, deadline_us);
    return command->running ? error : 0;
}

int drill_server_begin(struct drill_server *server, const struct drill_plan *plan, const char *name,
                       drill_handler *handler, void *context, char message[static DRILL_MESSAGE_BYTES])
{
    int error = drill_server_start(server, plan, name, 0, handler, context);

    if (error < 0) {
        snprintf(message, DRILL_MESSAGE_BYTES, "cannot start '%s': %s", plan->server[0], strerror(-error));
        return error;
    }
    int64_t deadline = drill_now_us() + plan->start_us;
    while ((error = drill_server_is_ready(server)) == -EAGAIN) {
        if (drill_now_us() > deadline) {
            snprintf(message, DRILL_MESSAGE_BYTES, "the server is not ready after %lld s",
                     (long long)(plan->start_us / 1000000));
            return -ETIMEDOUT;
        }
        if (drill_server_sleep(server, READY_LOOK_US) < 0)
            return -EINTR;
    }
    if (error < 0)
        snprintf(message, DRILL_MESSAGE_BYTES, "the server ended before it was ready (wait status 0x%x)",
                 (unsigned)server->trace.status);
    return error;
}

static bool is_halted(const struct drill_trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        if (!trace->tasks[i]->stopped)
            return false;
    return true;
}

int drill_server_halt(struct drill_server *server, pid_t victim)
{
    struct drill_trace *trace = &server->trace;
    int64_t deadline = drill_now_us() + HALT_US;

    trace->halting = true;
    while (!is_halted(trace)) {
        for (size_t i = 0; i < trace->count; i++)
            if (!trace->tasks[i]->stopped && !trace->tasks[i]->asked)
                drill_trace_interrupt(trace->tasks[i]);
        if (drill_server_pump(server, drill_now_us() + 10000) == -EINTR)
            return -EINTR;
        if (drill_now_us() > deadline)
            return -ETIMEDOUT;
        if (trace->ended || (victim && !drill_trace_task(trace, victim)))
            return -ESRCH;
    }
    return 0;
}

int drill_server_release(struct drill_server *server)
{
    int error = drill_server_halt(server, 0);

    if (error < 0 || server->trace.count == 0)
        return error < 0 ? error : -ESRCH;
    drill_trace_unplant_all(&server->trace, server->trace.tasks[0]);
    drill_trace_detach_others(&server->trace, NULL);
    drill_trace_detach_last(&server->trace, NULL, 0);
    return 0;
}

void drill_server_end(struct drill_server *server)
{
    if (server->trace.pid > 0 && !server->trace.ended) {
        kill(-server->trace.pid, SIGKILL);
        kill(server->trace.pid, SIGKILL);
    }
    drill_command_kill(&server->load, SIGKILL);
    drill_command_kill(&server->check, SIGKILL);
    drill_children_end_all();
    drill_trace_clear(&server->trace);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

void drill_server_remove(const char *dir)
{
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
