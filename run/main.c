/* SPDX-License-Identifier: MIT */
/*
 * crumple-run: starts a server with libcrumple.so preloaded, and sees how the server ends. It is the entrypoint of a
 * container, or stands before a command at a terminal:
 *
 *   options/   the command line and the variables
 *   program/   what the command starts: which preload reaches it
 *   child/     the start, the signals that are sent on, the reaping, the end
 *   watch/     its output and its memory while it runs
 *   ends/      what the end means, and the event that tells it
 *
 * It never stands between the server and its start: what goes wrong here costs crumple's part only, with a line on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/say.h"
#include "child/child.h"
#include "child/signals.h"
#include "child/wait.h"
#include "ends/end.h"
#include "options/options.h"
#include "program_find.h"
#include "program_preload.h"
#include "watch/output.h"

enum { EXIT_USAGE = 2, EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

struct server {
    struct run_settings settings;
    struct program program;
    struct signals signals;
    struct output output;
    struct cgroup cgroup;
    struct end_facts facts; /* of the end, as they become known */
    pid_t pid;
    bool own_group;
};

static void prepare_preload(struct server *server)
{
    char path[PATH_MAX];
    bool preloads;
    const char *words = program_preload_words(&server->program, &preloads);
    server->facts.reach =
        server->settings.no_preload ? "--no-preload was given: only its end is seen" : words;
    if (server->settings.no_preload)
        return;
    if (*words)
        say("%s is %s", server->program.loaded, words);
    if (!preloads)
        return;
    int error = program_preload_find(path, sizeof path)
                    ? access(path, R_OK) < 0 ? -errno : program_preload_add(path)
                    : -ENOENT;
    if (error == -EINVAL)
        say("'%s' cannot be preloaded: ld.so takes no path with a blank or a colon; only the end is seen",
            path);
    else if (error)
        say("'%s' cannot be preloaded: %s; only the end is seen", path, strerror(-error));
}

/* Of the kernel, for this process. */
static void prepare_process(const struct server *server)
{
    if (server->settings.parent_death)
        (void)prctl(PR_SET_PDEATHSIG, server->settings.parent_death);
    if (server->settings.subreaper && getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void forward(struct server *server, const struct signalfd_siginfo *info)
{
    const int signo = (int)info->ssi_signo;
    if (signo < END_SIGNALS && info->ssi_pid != (uint32_t)getpid())
        server->facts.sent_ns[signo] = end_clock();
    pid_t to = server->settings.group ? -server->pid : server->pid;
    /* The server may have heard of it from the terminal, before its own had the new size. */
    bool is_again = signo == SIGWINCH && output_resize(&server->output);
    if (!is_again && !signals_is_for_child(info, server->own_group))
        return;
    if (kill(to, signo) < 0 && errno != ESRCH)
        say("signal %d cannot be sent to %d: %s", signo, (int)to, strerror(errno));
    else
        say_more("signal %d sent on to %d", signo, (int)to);
}

/* The shell that waits for this process must see it stopped; who continues it continues the server. */
static void stop_with_server(const struct server *server)
{
    if (getpid() == 1)
        return;
    (void)kill(getpid(), SIGSTOP);
    (void)kill(server->settings.group ? -server->pid : server->pid, SIGCONT);
}

static bool helper_ended(void *context, pid_t pid, int wait_status)
{
    struct server *server = context;
    return output_reaped(&server->output, pid, wait_status);
}

static struct child_end watch(struct server *server)
{
    const struct wait_helpers helpers = {helper_ended, server};
    struct child_end end = {0};
    struct pollfd poll_fd = {.fd = server->signals.fd, .events = POLLIN};
    for (;;) {
        struct signalfd_siginfo info;
        enum wait_result result = wait_reap(server->pid, server->settings.warn_reaped, &helpers, &end);
        if (result == WAIT_ENDED)
            return end;
        if (result == WAIT_STOPPED)
            stop_with_server(server);
        (void)poll(&poll_fd, 1, -1);
        while (signals_read(&server->signals, &info))
            forward(server, &info);
    }
}

static int refuse_start(struct server *server, int error)
{
    server->facts.exec_error = -error;
    server->facts.end_ns = end_clock();
    if (!end_tell(&server->facts))
        say("'%s' cannot be started: %s", server->settings.command[0], strerror(-error));
    return error == -ENOENT || error == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static void look_at_memory(struct server *server)
{
    char text[4096];
    int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    if (got <= 0)
        return;
    text[got] = '\0';
    cgroup_find("/", text, &server->cgroup);
    server->facts.has_memory = cgroup_read(&server->cgroup, &server->facts.before);
}

static void tell_end(struct server *server)
{
    static char output[2][RING_TEXT_BYTES];
    struct end_facts *facts = &server->facts;
    facts->end_ns = end_clock();
    facts->has_memory = facts->has_memory && cgroup_read(&server->cgroup, &facts->after);
    for (int i = 0; i < 2; i++)
        facts->output[i] = (struct end_text){output[i], output_text(&server->output, i, output[i])};
    (void)end_tell(facts);
}

static int run(struct server *server)
{
    extern char **environ;
    struct child_plan plan = {.argv = server->settings.command, .output = {-1, -1}};
    bool is_exec;
    server->facts.self = getpid();
    server->facts.argv = server->settings.command;
    server->facts.exe = server->settings.command[0];
    int error = program_find(server->settings.command[0], getenv("PATH"), &server->program);
    if (error)
        return refuse_start(server, error);
    server->facts.is_found = true;
    server->facts.exe = server->program.path;
    prepare_preload(server);
    look_at_memory(server);
    prepare_process(server);
    error = signals_take(&server->signals);
    plan.path = server->program.path;
    plan.environ = environ;
    plan.own_group = server->own_group = server->settings.group || getpid() == 1;
    if (server->settings.keep_output)
        output_begin(&server->output);
    for (int i = 0; i < 2 && server->settings.keep_output; i++)
        plan.output[i] = output_descriptor(&server->output, i);
    server->facts.start_ns = end_clock();
    if (!error)
        error = child_start(&plan, &server->signals, &server->pid, &is_exec);
    if (server->settings.keep_output)
        output_started(&server->output);
    if (error)
        return refuse_start(server, error);
    server->facts.pid = server->pid;
    struct child_end end = server->facts.end = watch(server);
    output_drain(&server->output);
    tell_end(server);
    int status = child_end_status(&end);
    if (run_options_remaps(&server->settings, status))
        return 0;
    if (end.by_signal && server->settings.by_signal)
        signals_die(&server->signals, end.status);
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
