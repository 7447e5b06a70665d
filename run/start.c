/* SPDX-License-Identifier: MIT */
/* From the command line to the running server. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "crumple_run_options.h"
#include "directory/directory.h"
#include "program_preload.h"
#include "server.h"
#include "watch/logged.h"

enum { EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

static void prepare_preload(struct server *server)
{
    char path[PATH_MAX] = "libcrumple.so";
    const char *words = program_preload_words(&server->program);
    if (server->program.facts.is_go && !server->keeps_output && *words)
        words = "a Go program whose output is not kept: only its end is seen";
    server->reach = server->settings.no_preload ? "--no-preload was given: only its end is seen" : words;
    if (server->settings.no_preload)
        return;
    if (*words)
        say("%s is %s", server->program.loaded, words);
    int error = program_preload_find(&server->program, path, sizeof path)
                    ? access(path, R_OK) < 0 ? -errno : program_preload_add(path)
                    : -ENOENT;
    if (error)
        server->reach = "its libcrumple.so cannot be preloaded: only its end is seen";
    if (error == -EINVAL)
        say("'%s' cannot be preloaded: ld.so takes no path with a blank or a colon; only the end is seen",
            path);
    else if (error)
        say("'%s' cannot be preloaded: %s; only the end is seen", path, strerror(-error));
}

/* Of the kernel, for this process. Whoever starts a server again must know what the last one has left. */
static void prepare_process(const struct server *server)
{
    const bool adopts = server->settings.subreaper || server->settings.restart != RUN_RESTART_NO;
    if (server->settings.parent_death)
        (void)prctl(PR_SET_PDEATHSIG, server->settings.parent_death);
    if (adopts && getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* An abort of a Go program may be what its runtime does last, with GOTRACEBACK=crash. */
static bool offers_to_finish(const struct server *server)
{
    return (server->program.facts.is_go || server->settings.go_traceback == RUN_GO_ALL) &&
           !server->settings.no_preload;
}

static void find_memory(struct server *server)
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
}

static void name_run(struct server *server)
{
    char host[HOST_NAME_MAX + 1] = "";
    (void)gethostname(host, sizeof host - 1);
    snprintf(server->run_id, sizeof server->run_id, "%s-%d-%" PRIu64, host, (int)getpid(),
             clock_real_ns() / 1000);
    (void)setenv(CRUMPLE_RUN_ID_VARIABLE, server->run_id, 1);
}

/* What is in the logs by now belongs to others. */
static void prepare_telling(struct server *server)
{
    const struct run_settings *settings = &server->settings;
    server->follow =
        (struct follow){.run = server->run_id, .tell = server_hear, .context = server, .is_first = true};
    server->hook = (struct hook){.command = settings->on_bundle,
                                 .limit_us = settings->on_bundle_timeout_us,
                                 .preload = getenv("LD_PRELOAD")};
    if (server->hook.preload)
        server->hook.preload = strdup(server->hook.preload);
    server->scrape.fd = -1;
    if (settings->metrics_addr)
        scrape_begin(&server->scrape, settings->metrics_addr);
    server_begin_health(server);
    server_follow(server);
    server->follow.is_first = false;
    server->since_start = server->follow;
}

/* As it was started, with its links: Debian's redis-server is one to redis-check-rdb. */
static const char *absolute(const char *path)
{
    static char whole[2 * PATH_MAX];
    char folder[PATH_MAX];
    if (path[0] == '/' || !getcwd(folder, sizeof folder))
        return path;
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    return whole;
}

int server_start_status(int error)
{
    return error == -ENOENT || error == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static int refuse(struct server *server, int error)
{
    server->life.facts.exec_error = -error;
    server->life.facts.end_ns = clock_real_ns();
    if (!end_tell(&server->life.facts))
        say("'%s' cannot be started: %s", server->settings.command[0], strerror(-error));
    return server_start_status(error);
}

/* As PID 1 on a terminal, the server stays in this process's group: Ctrl-Z must not stop what nobody continues, and in
 * an orphaned group (setpgid(2)) it stops nothing. Elsewhere as PID 1, what the server sends to its group is not for us. */
static bool needs_own_group(const struct run_settings *settings)
{
    return settings->group || (getpid() == 1 && !isatty(STDIN_FILENO));
}

/* For Go, no variable and an empty one are the same. Not where what it prints cannot be held back: where stderr is a file. */
static bool asks_for_goroutines(struct server *server)
{
    const enum run_go_traceback wanted = server->settings.go_traceback;
    const char *given = getenv("GOTRACEBACK");
    const bool is_wanted = wanted == RUN_GO_ALL || (wanted == RUN_GO_AUTO && server->program.facts.is_go);
    return is_wanted && server->is_followed && (!given || !*given) &&
           output_hold_back(&server->life.output, (int64_t)(end_settings()->timeout_ns / 1000) / 2);
}

static bool is_output_wanted(const struct server *server)
{
    const struct run_settings *settings = &server->settings;
    if (settings->keep_output != RUN_UNSET)
        return settings->keep_output == RUN_ON;
    return server->is_followed && (server->program.facts.is_go || settings->go_traceback == RUN_GO_ALL);
}

/* Two descriptors stay free for the start of the server, which comes first. */
static void keep_output(struct server *server, struct child_plan *plan)
{
    int spare[2];
    const bool has_spare = pipe2(spare, O_CLOEXEC) == 0;
    if (server->is_followed && (server->program.facts.is_go || server->settings.go_traceback == RUN_GO_ALL))
        cgo_hold_prepare();
    if (server->is_followed)
        (void)logged_open(server->life.logged);
    output_begin(&server->life.output, server->life.logged[1]);
    for (int i = 0; i < 2 && has_spare; i++)
        (void)close(spare[i]);
    for (int i = 0; i < 2; i++)
        plan->output[i] = output_descriptor(&server->life.output, i);
    plan->all_goroutines = asks_for_goroutines(server);
}

/* Starts it once more without what costs processes, where there is no room for one. */
static int start_process(struct server *server, struct child_plan *plan)
{
    bool is_exec = false;
    int error = child_start(plan, &server->signals, &server->life.pid, &is_exec);
    if (error != -EAGAIN || is_exec || !server->keeps_output)
        return error;
    output_give_up(&server->life.output, error);
    plan->output[0] = plan->output[1] = -1;
    plan->all_goroutines = false;
    return child_start(plan, &server->signals, &server->life.pid, &is_exec);
}

static int start(struct server *server)
{
    char hold[HOLD_VARIABLE_BYTES];
    struct child_plan plan = {.path = server->program.path,
                              .argv = server->settings.command,
                              .output = {-1, -1},
                              .own_group = server->own_group,
                              .finishes = server->life.facts.finishes};
    if (hold_variable(&server->hold, server->restarts.total > 0, hold, sizeof hold))
        plan.hold = hold;
    if (server->keeps_output)
        keep_output(server, &plan);
    server->life.facts.start_ns = clock_real_ns();
    int error = start_process(server, &plan);
    if (server->keeps_output)
        output_started(&server->life.output);
    server->life.facts.pid = error ? 0 : server->life.pid;
    cgo_hold_server(server->life.facts.pid);
    if (error)
        return error;
    hold_life_began(&server->hold, server->life.pid, server->life.facts.exe);
    server->life.facts.has_peers = server->hold.peers.fd >= 0;
    server_is_up(server);
    return 0;
}

/* Finds the command anew: between two lives it may be replaced. Returns 0 or a negative errno. */
static int begin_life(struct server *server)
{
    server->life = (struct server_life){.keeper_fd = -1, .logged = {-1, -1}, .began_us = clock_us()};
    struct end_facts *facts = &server->life.facts;
    server->last_is_own = false; /* what was heard is of former lives */
    *facts = (struct end_facts){.self = getpid(),
                                .argv = server->settings.command,
                                .exe = server->settings.command[0],
                                .run_id = server->run_id,
                                .reach = server->reach,
                                .start_ns = clock_real_ns()};
    int error = program_find(server->settings.command[0], getenv("PATH"), &server->program);
    if (error)
        return error;
    facts->is_found = true;
    facts->exe = absolute(server->program.path);
    facts->finishes = offers_to_finish(server);
    facts->has_memory = cgroup_read(&server->cgroup, &facts->before);
    return 0;
}

int server_start_again(struct server *server)
{
    int error = begin_life(server);
    if (!error) {
        (void)server_look_at_build(server);
        error = start(server);
    }
    return error;
}

int server_start(struct server *server)
{
    name_run(server);
    find_memory(server);
    int error = begin_life(server);
    server->is_followed = end_is_wanted(server->life.facts.exe);
    server->keeps_output = is_output_wanted(server);
    prepare_telling(server);
    hold_begin(&server->hold, &server->settings);
    if (!error) {
        prepare_preload(server);
        server->life.facts.reach = server->reach;
        (void)server_look_at_build(server);
        prepare_process(server);
        if (server->settings.restart != RUN_RESTART_NO)
            server_note_earlier(server);
        server->own_group = needs_own_group(&server->settings);
        error = signals_take(&server->signals);
    }
    if (!error)
        error = start(server);
    return error ? refuse(server, error) : 0;
}
