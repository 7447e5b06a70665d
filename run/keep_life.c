/* SPDX-License-Identifier: MIT */
/*
 * The keeper of the life record, a process of its own: a crash directory on a file system that hangs must not hold up
 * signals, nor the telling of records that were found open. It ends with crumple-run, and then leaves the record behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "directory/directory.h"
#include "ends/record.h"
#include "server.h"

#define TICK_MS      1000
#define FIRST_MS     200
#define MAPS_FIRST   3  /* a server loads its modules at its start */
#define MAPS_TICKS   10 /* and seldom later */
#define STARTS_MAX   5  /* of one that somebody kills */
#define END_IS_KNOWN 'e'

static void renew(const struct server *server, struct life *life)
{
    struct life_record *record = &life->record;
    if (server->life.facts.has_memory)
        (void)cgroup_read(&server->cgroup, &record->after);
    for (int i = 0; i < 2; i++)
        record->output_bytes[i] =
            (uint32_t)output_tail(&server->life.output, i, record->output[i], LIFE_OUTPUT_BYTES);
    life_renew(life);
}

static void begin(const struct server *server, int directory, const char *name, struct life *life)
{
    struct life_record record = {.pid = server->life.pid,
                                 .run = server->life.facts.self,
                                 .start_ns = server->life.facts.start_ns,
                                 .has_memory = server->life.facts.has_memory,
                                 .before = server->life.facts.before,
                                 .after = server->life.facts.before};
    memcpy(record.exe, server->program.path, sizeof record.exe);
    life_set_argv(&record, server->settings.command);
    int error = life_begin(life, directory, &record);
    if (error)
        say_more("no life record is kept in '%s': %s", name, strerror(-error));
}

static _Noreturn void keep(struct server *server, int from)
{
    static struct life life;
    char name[PATH_MAX] = "", word = 0;
    struct pollfd poll_fd = {.fd = STDIN_FILENO, .events = POLLIN};
    (void)prctl(PR_SET_NAME, "crumple-life");
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the lock ends with it */
    if (getppid() != server->life.facts.self || dup2(from, STDIN_FILENO) < 0)
        _exit(1);
    descriptors_close_from(STDERR_FILENO + 1);
    int directory = directory_open(end_settings()->dir, name);
    if (directory < 0) {
        say_more("no life record is kept: '%s': %s", name, strerror(-directory));
        _exit(0);
    }
    begin(server, directory, name, &life);
    life_take(directory, record_tell, server->run_id);
    for (unsigned tick = 0; poll(&poll_fd, 1, tick ? TICK_MS : FIRST_MS) <= 0; tick++) {
        renew(server, &life);
        if ((tick < MAPS_FIRST || tick % MAPS_TICKS == 0) && server->program.facts.is_go)
            cgo_hold_note_maps();
    }
    if (read(STDIN_FILENO, &word, 1) == 1 && word == END_IS_KNOWN)
        life_end(&life);
    _exit(0);
}

void server_keep_life(struct server *server)
{
    int ends[2];
    server->life.keeper = 0;
    server->life.keeper_fd = -1;
    if (!server->is_followed || server->life.keeper_starts++ >= STARTS_MAX || pipe2(ends, O_CLOEXEC) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[1]);
        keep(server, ends[0]);
    }
    if (pid < 0)
        say_more("no life record is kept: %s", strerror(errno));
    server->life.keeper = pid > 0 ? pid : 0;
    server->life.keeper_fd = ends[1];
    (void)close(ends[0]);
}

bool server_keeper_ended(struct server *server, pid_t pid, bool is_killed)
{
    if (!server->life.keeper || pid != server->life.keeper)
        return false;
    (void)close(server->life.keeper_fd);
    server->life.keeper = 0;
    server->life.keeper_fd = -1;
    if (is_killed && !server->life.is_over)
        server_keep_life(server);
    return true;
}

void server_end_life(struct server *server)
{
    const char word = END_IS_KNOWN;
    server->life.is_over = true;
    if (server->life.keeper)
        (void)!write(server->life.keeper_fd, &word, 1);
}

void server_leave_keeper(struct server *server)
{
    struct server_life *life = &server->life;
    server_retire(server, life->keeper);
    if (life->keeper_fd >= 0)
        (void)close(life->keeper_fd);
    life->keeper = 0;
    life->keeper_fd = -1;
    life->keeper_starts = 0;
    life->is_over = false;
}
