/* SPDX-License-Identifier: MIT */
/* Starting gdb: see verbs/gdb.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs/gdb.h"
#include "read/report.h"

const char *gdb_executable(const json_t *report, const char **ret_build_id)
{
    const json_t *modules = json_object_get(report, "modules"), *module;
    const char *exe = report_string(report, "exe");
    size_t i;

    *ret_build_id = NULL;
    if (!exe || exe[0] != '/') /* a leading dash would be an option of gdb */
        return NULL;
    json_array_foreach(modules, i, module)
    {
        const char *path = report_string(module, "path");

        if (path && strcmp(path, exe) == 0) {
            *ret_build_id = report_string(module, "build_id");
            break;
        }
    }
    return exe;
}

__attribute__((noreturn)) static void run_child(char **words, bool from_terminal, int report_error)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a signal that ends crumple ends gdb, whose core is gone then */
    if (from_terminal) {
        int terminal = open("/dev/tty", O_RDWR);

        if (terminal >= 0)
            dup2(terminal, STDIN_FILENO);
    }
    signal(SIGPIPE, SIG_DFL);
    execvp(words[0], words);
    (void)!write(report_error, &errno, sizeof errno);
    _exit(127);
}

static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Start the words; an error of exec comes back through a pipe that a successful one closes. */
static int run_words(char **words, bool from_terminal)
{
    int ends[2], exec_error = 0, status;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t child = fork();
    if (child == 0)
        run_child(words, from_terminal, ends[1]);
    close(ends[1]);
    if (child < 0) {
        status = -errno;
    } else {
        signal(SIGINT, SIG_IGN); /* gdb has the terminal, and it alone is interrupted */
        signal(SIGQUIT, SIG_IGN);
        if (read(ends[0], &exec_error, sizeof exec_error) != (ssize_t)sizeof exec_error)
            exec_error = 0;
        status = wait_for(child);
    }
    close(ends[0]);
    return exec_error > 0 ? -exec_error : status;
}

/*
 * gdb runs scripts that lie beside the files it opens, or in them (auto-load), where the safe path allows
 * that; a line in ~/.gdbinit may allow it everywhere, for the reader's own programs. The files of a report
 * are a stranger's, so the path is what the distribution installs, which keeps the printers of libstdc++; the
 * safe path also rules which libthread_db is loaded. -iex comes after ~/.gdbinit and before the files, and
 * the words of the user come later still.
 */
static const char *const first_words[] = {
    "gdb",
    "-iex",
    "set auto-load safe-path $debugdir:$datadir/auto-load",
    "-iex",
    "set auto-load local-gdbinit off",
    "-iex",
    "set debuginfod enabled off",
};

int gdb_run(const char *exe, const char *core, char **words, size_t count, bool from_terminal)
{
    const size_t first = sizeof first_words / sizeof first_words[0];
    char **command = calloc(first + count + 3, sizeof *command);

    if (!command)
        return -ENOMEM;
    memcpy(command, first_words, sizeof first_words);
    if (count > 0)
        memcpy(command + first, words, count * sizeof *words);
    command[first + count] = (char *)exe;
    command[first + count + 1] = (char *)core;
    int error = run_words(command, from_terminal);
    free(command);
    return error;
}
