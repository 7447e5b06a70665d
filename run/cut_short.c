/* SPDX-License-Identifier: MIT */
/*
 * A panic of a program with 100,000 goroutines: crumple-run has asked for the text of all, and Go's runtime prints it word by word,
 * for half a minute. Without crumple the process would have ended at once. After half of CRUMPLE_TIMEOUT it is ended, with the
 * status that Go would have given it.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "base/thread_call.h"
#include "ends/judge.h"
#include "server.h"

/* The guard reads nothing meanwhile: a process that prints waits in its next write. */
#define LOOKS      40
#define LOOKS_SURE 5 /* one after the other */
#define PAUSE_NS   10000000
#define LOOK_US    500000
/* Go's runtime writes words and numbers (runtime/print.go); whoever else prints so much writes lines or buffers. */
#define WORD_BYTES 128

enum look { IS_PRINTING, IS_OTHER, IS_UNKNOWN };

static enum look look_at_thread(pid_t pid, const char *tid, bool *ret_prints)
{
    struct thread_call call;
    const int error = thread_call_read(pid, tid, &call);
    if (error == -EAGAIN || (!error && call.number < 0))
        return IS_OTHER; /* it runs */
    if (error)
        return IS_UNKNOWN;
    if (call.number != SYS_write || call.arguments[0] != STDERR_FILENO)
        return IS_PRINTING;
    *ret_prints = true;
    return call.arguments[2] <= WORD_BYTES ? IS_PRINTING : IS_UNKNOWN;
}

/* One thread is in a write of a word, and none runs: Go stops all the others first (freezetheworld). */
static enum look look(pid_t pid)
{
    char path[64];
    bool prints = false;
    enum look result = IS_PRINTING;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && result == IS_PRINTING && (task = readdir(tasks));)
        if (task->d_name[0] != '.')
            result = look_at_thread(pid, task->d_name, &prints);
    if (tasks)
        (void)closedir(tasks);
    return result == IS_PRINTING && !prints ? IS_OTHER : result;
}

static bool has_nothing_left(pid_t pid)
{
    const struct timespec pause = {0, PAUSE_NS};
    const int64_t deadline_us = clock_us() + LOOK_US;
    int sure = 0;
    for (int i = 0; i < LOOKS && sure < LOOKS_SURE && clock_us() < deadline_us; i++) {
        const enum look result = look(pid);
        if (result == IS_UNKNOWN)
            return false;
        sure = result == IS_PRINTING ? sure + 1 : 0;
        (void)nanosleep(&pause, NULL);
    }
    return sure == LOOKS_SURE;
}

void server_cut_short(struct server *server)
{
    if (server->life.was_looked_at || (!server->program.facts.is_go && !server->life.facts.go_build.size))
        return;
    server->life.was_looked_at = true;
    if (!has_nothing_left(server->life.pid) || kill(server->life.pid, SIGKILL) < 0)
        return;
    server->life.is_cut_short = true;
    say("the server panicked, and takes too long to print its goroutines: it was ended before the last of them; its status "
        "stays %d",
        END_GO_STATUS);
}

void server_end_of_cut(struct server *server)
{
    struct child_end *end = &server->life.facts.end;
    if (server->life.is_cut_short && end->by_signal && end->status == SIGKILL)
        *end = (struct child_end){.status = END_GO_STATUS};
    server->life.facts.is_dump_cut = server->life.is_cut_short;
}
