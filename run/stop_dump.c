/* SPDX-License-Identifier: MIT */
/* --stop-dump: a server that does not end after SIGTERM explains itself before the SIGKILL comes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/say.h"
#include "program_process.h"
#include "program_quit.h"
#include "server.h"
#include "watch/family.h"

#define PROCESSES_MAX 8
#define BUNDLE_MS     10000

/* Of what the server has started, only where the operator has said that the server is a Go program behind a shell. */
static bool is_to_quit(const struct server *server, pid_t pid)
{
    return (pid == server->life.pid || server->settings.go_traceback == RUN_GO_ALL) &&
           program_process_is_go(pid);
}

/* Goroutines are on the server's stderr, and in the bundle of its end. */
static void quit(pid_t pid, const char *reason)
{
    char words[PROGRAM_DUMP_WORDS];
    if (program_quit(pid, 0, words) < 0)
        say("process %d %s, and cannot be dumped: %s", (int)pid, reason, words);
    else
        say("process %d %s; SIGQUIT makes Go print its goroutines, and ends it", (int)pid, reason);
}

/* In a process of its own. The server may be a shell that waits for the program that matters. */
static _Noreturn void dump_all(const struct server *server)
{
    pid_t pids[PROCESSES_MAX];
    descriptors_close_from(STDERR_FILENO + 1);
    char words[PROGRAM_DUMP_WORDS], reason[64];
    size_t count = family_find(server->life.pid, pids, PROCESSES_MAX);
    const int64_t after_us = server->settings.stop_dump_us;
    const bool is_seconds = after_us % 1000000 == 0;
    snprintf(reason, sizeof reason, "still runs %" PRId64 " %s after SIGTERM",
             after_us / (is_seconds ? 1000000 : 1000), is_seconds ? "s" : "ms");
    for (size_t i = 0; i < count; i++) {
        if (is_to_quit(server, pids[i]))
            continue; /* afterwards: it ends */
        const struct program_dump_request request = {
            .pid = pids[i], .reason = reason, .timeout_ms = BUNDLE_MS};
        int error = program_dump(&request, words);
        if (error == 0)
            say("process %d %s; dump: %s", (int)pids[i], reason, words);
        else if (pids[i] == server->life.pid || (error != -ENOEXEC && error != -ESRCH))
            say("process %d %s, and cannot be dumped: %s", (int)pids[i], reason, words);
    }
    for (size_t i = 0; i < count; i++)
        if (is_to_quit(server, pids[i]))
            quit(pids[i], reason);
    _exit(0);
}

void server_stop_asked(struct server *server)
{
    if (server->settings.stop_dump_us && !server->life.stop_dump_us)
        server->life.stop_dump_us = clock_us() + server->settings.stop_dump_us;
}

int server_stop_dump(struct server *server)
{
    if (!server->life.stop_dump_us || server->life.dumper)
        return -1;
    int64_t left_us = server->life.stop_dump_us - clock_us();
    if (left_us > 0)
        return (int)(left_us / 1000) + 1;
    server->life.dumper = fork();
    server->life.is_dumping = server->life.dumper > 0;
    if (server->life.dumper == 0)
        dump_all(server);
    if (server->life.dumper < 0)
        say("the server still runs, and cannot be dumped: no process can be made");
    return -1;
}
