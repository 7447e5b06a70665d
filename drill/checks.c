/* SPDX-License-Identifier: MIT */
/* The questions at the end: see checks.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "innocents.h"

#define LOAD_US     10000000 /* for the load to end after SIGTERM */
#define CAPACITY_US 20000000 /* for counting clients */
#define POLL_US     5000

void drill_checks_describe(int status, char text[static 32])
{
    if (WIFSIGNALED(status))
        snprintf(text, 32, "signal %d", WTERMSIG(status));
    else
        snprintf(text, 32, "status %d", WEXITSTATUS(status));
}

static bool is_content(int status)
{
    return status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ||
           (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
}

int drill_checks_load(struct drill_server *server, struct drill_innocents *ret_innocents)
{
    const struct drill_command *load = &server->load;

    drill_command_kill(load, SIGTERM);
    if (drill_server_wait(server, load, drill_now_us() + LOAD_US) == -EINTR)
        return -EINTR;
    drill_innocents_read(server->load_log, ret_innocents);
    return !load->running && is_content(load->status) && ret_innocents->hung == 0 &&
           ret_innocents->wrong == 0;
}

int drill_checks_capacity(struct drill_server *server, int64_t *ret_capacity)
{
    char words[64], *end;

    *ret_capacity = -1;
    if (!server->plan->capacity)
        return 0;
    *ret_capacity = 0;
    (void)unlink(server->capacity_log);
    if (drill_server_start_check(server, server->plan->capacity, server->capacity_log) < 0)
        return 0;
    int error = drill_server_wait(server, &server->check, drill_now_us() + CAPACITY_US);
    if (error == -EINTR)
        return error;
    if (error < 0)
        drill_command_kill(&server->check, SIGKILL);
    drill_innocents_last_words(server->capacity_log, words, sizeof words);
    errno = 0;
    long long number = strtoll(words, &end, 10);
    if (error == 0 && server->check.status == 0 && end != words && *end == '\0' && errno == 0 && number > 0)
        *ret_capacity = number;
    return 0;
}

int drill_checks_stop(struct drill_server *server, int64_t limit_us, int64_t *ret_us)
{
    int64_t begin = drill_now_us();

    *ret_us = -1;
    if (!server->trace.ended)
        kill(server->trace.pid, SIGTERM);
    while (!server->trace.ended) {
        if (drill_now_us() - begin > limit_us)
            return 0;
        if (drill_server_sleep(server, POLL_US) < 0)
            return -EINTR;
    }
    *ret_us = drill_now_us() - begin;
    return 1;
}
