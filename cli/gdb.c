/* SPDX-License-Identifier: MIT */
/* Starting gdb: see gdb.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extract.h"
#include "gdb.h"
#include "report.h"

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
    if (from_terminal) {
        int terminal = open("/dev/tty", O_RDWR);

        if (terminal >= 0)
            dup2(terminal, STDIN_FILENO);
    }
    signal(SIGPIPE, SIG_DFL);
    execvp(words[0], words);
    (void)!write(report_error, &errno, sizeof(errno));
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
    int ends[2], error = 0, r;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    child = fork();
    if (child == 0)
        run_child(words, from_terminal, ends[1]);
    close(ends[1]);
    if (child < 0) {
        r = -errno;
    } else {
        extract_guard(child);
        if (read(ends[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
            error = 0;
        r = wait_for(child);
        extract_guard(0);
    }
    close(ends[0]);
    return error > 0 ? -error : r;
}

int gdb_run(const char *exe, const char *core, char **words, size_t count, bool from_terminal)
{
    char **command = calloc(count + 4, sizeof(*command));
    int r;

    if (!command)
        return -ENOMEM;
    command[0] = (char *)"gdb";
    if (count > 0)
        memcpy(command + 1, words, count * sizeof(*words));
    command[count + 1] = (char *)exe;
    command[count + 2] = (char *)core;
    r = run_words(command, from_terminal);
    free(command);
    return r;
}
