/* SPDX-License-Identifier: MIT */
/*
 * crumple-run: starts a server with libcrumple.so preloaded, and sees how the server ends. It is the entrypoint of a
 * container, or stands before a command at a terminal:
 *
 *   options/   the command line and the variables
 *   program/   what the command starts: which preload reaches it
 *   child/     the start, the signals that are sent on, the reaping, the end
 *   watch/     its output, its memory, the record of its life
 *   hold/      the listening sockets of a server that is dead, until it is back
 *   restart/   whether it is started again, and when
 *   ends/      what the end means, and the event that tells it
 *   tell/      who else hears of events
 *
 *   start.c -> serve.c -> finish.c; with --restart, lives.c leads from serve.c to start.c again. Beside serve.c: stop_dump.c, check_health.c, and
 *   keep_life.c and keep_logged.c in processes of their own, as tell_apart.c
 *
 * It never stands between the server and its start: what goes wrong here costs crumple's part only, with a line on stderr.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/say.h"
#include "server.h"

enum { EXIT_USAGE = 2 };

static int run(struct server *server)
{
    int refused = server_start(server);
    if (refused)
        return refused;
    do
        server_watch(server);
    while (server_goes_on(server));
    server_finish(server);
    const struct child_end *end = &server->life.facts.end;
    int status = child_end_status(end);
    if (run_options_remaps(&server->settings, status))
        return 0;
    if (end->by_signal && server->settings.by_signal)
        signals_die(&server->signals, end->status);
    return status;
}

/* A closed stdin, stdout or stderr must not become another descriptor of ours; in the server it is closed as before. */
static void fill_closed(void)
{
    int fd;
    do
        fd = open("/", O_PATH | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

int main(int argc, char **argv)
{
    static struct server server;
    fill_closed();
    int error = run_options_parse(argc, argv, &server.settings);
    if (error)
        return error > 0 ? 0 : EXIT_USAGE;
    if (server.settings.verbose)
        say_verbosely();
    return run(&server);
}
