/* SPDX-License-Identifier: MIT */
/* A pager: see screen/pager.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "screen/out.h"
#include "screen/pager.h"

#define DEFAULT_PAGER "less"
#define PATH_BYTES    4096

static volatile sig_atomic_t child;

const char *pager_choose(const char *crumple_pager, const char *pager)
{
    const char *command = crumple_pager ? crumple_pager : pager ? pager : DEFAULT_PAGER;

    command += strspn(command, " ");
    return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

bool pager_exists(const char *command, const char *path)
{
    const int length = (int)strcspn(command, " ");
    char file[PATH_BYTES];

    if (memchr(command, '/', (size_t)length)) {
        snprintf(file, sizeof file, "%.*s", length, command);
        return access(file, X_OK) == 0;
    }
    for (const char *at = path; at && *at;) {
        const size_t size = strcspn(at, ":");
        const int written = snprintf(file, sizeof file, "%.*s/%.*s", (int)size, at, length, command);
        if (size > 0 && written < (int)sizeof file && access(file, X_OK) == 0)
            return true;
        at += size + (at[size] == ':');
    }
    return false;
}

/* Not before there is something to read: an interrupt ends a long search without a pager in the way. */
__attribute__((noreturn)) static void become_pager(int in, const char *command)
{
    struct pollfd input = {.fd = in, .events = POLLIN};

    while (poll(&input, 1, -1) < 0 && errno == EINTR)
        ;
    if (!(input.revents & POLLIN)) /* nothing was printed */
        _exit(0);
    dup2(in, STDIN_FILENO);
    close(in);
    signal(SIGPIPE, SIG_DFL);
    setenv("LESS", "FRX", 0);
    setenv("LESSSECURE", "1", 0); /* a reader, not a shell: crumple may be what sudo allows */
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* The terminal is the pager's until its user leaves it. */
static void wait_and_die(int signal)
{
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    while (child > 0 && waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR)
        ;
    _exit(128 + signal);
}

static void start(const char *command)
{
    int ends[2];

    if (pipe2(ends, 0) < 0)
        return;
    const pid_t pager = fork();
    if (pager == 0) {
        close(ends[1]);
        become_pager(ends[0], command);
    }
    close(ends[0]);
    if (pager > 0) {
        const struct sigaction action = {.sa_handler = wait_and_die};
        child = pager;
        out_keep_terminal();
        dup2(ends[1], STDOUT_FILENO);
        if (isatty(STDERR_FILENO))
            dup2(ends[1], STDERR_FILENO);
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
    }
    close(ends[1]);
}

void pager_start(bool is_unwanted)
{
    const char *command = pager_choose(getenv("CRUMPLE_PAGER"), getenv("PAGER")), *term = getenv("TERM");

    if (is_unwanted || child || !command || !out_is_terminal() || !term || strcmp(term, "dumb") == 0)
        return;
    if (pager_exists(command, getenv("PATH")))
        start(command);
}

void pager_end(void)
{
    if (!child)
        return;
    close(STDOUT_FILENO);
    close(
        STDERR_FILENO); /* a second end of the pipe, unless it is not the terminal: nothing follows either way */
    while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR)
        ;
}
