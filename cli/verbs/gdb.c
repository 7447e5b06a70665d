/* SPDX-License-Identifier: MIT */
/* Starting gdb: see verbs/gdb.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs/gdb.h"
#include "read/report.h"

#define DEBUG_DIR "/usr/lib/debug" /* gdb's own default where no other was configured */

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
};

/* A list of gdb's own words and the caller's. */
struct command {
    char **words;
    size_t count;
};

static void add_word(struct command *command, const char *word)
{
    command->words[command->count++] = (char *)(uintptr_t)word;
}

/* Owns text. */
static bool add_setting(struct command *command, char *text, char **ret_text)
{
    *ret_text = text;
    if (!text)
        return false;
    add_word(command, "-iex");
    add_word(command, text);
    return true;
}

/* "set NAME DIR:DIR...last", or NULL: memory is short. root: NULL, or below it DEBUG_DIR. */
static char *list_setting(const char *name, const struct sources_dirs *dirs, const char *root,
                          const char *last)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return NULL;
    fprintf(to, "set %s ", name);
    for (size_t i = 0; i < dirs->count; i++)
        fprintf(to, "%s%s", i ? ":" : "", dirs->paths[i]);
    if (root)
        fprintf(to, "%s%s%s", dirs->count ? ":" : "", root, DEBUG_DIR);
    fputs(last, to);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

enum { SETTINGS = 6 };

/* Where gdb looks. $debugdir of the safe path would be the reader's directories then. texts: to be freed. */
static bool add_sources(struct command *command, const struct sources *sources, char *texts[SETTINGS])
{
    bool ok = add_setting(
        command, strdup(sources->debuginfod ? "set debuginfod enabled on" : "set debuginfod enabled off"),
        &texts[0]);

    if (ok && sources->sysroot.path) {
        char *text;

        ok = add_setting(command, asprintf(&text, "set sysroot %s", sources->sysroot.path) < 0 ? NULL : text,
                         &texts[1]);
    }
    if (ok && (sources->debug_dirs.count || sources->sysroot.path))
        ok = add_setting(
            command,
            list_setting("debug-file-directory", &sources->debug_dirs, sources->sysroot.path, ":" DEBUG_DIR),
            &texts[2]);
    if (ok && texts[2])
        ok = add_setting(command, strdup("set auto-load safe-path " DEBUG_DIR ":$datadir/auto-load"),
                         &texts[4]);
    if (ok && sources->debug_dirs.count)
        ok = add_setting(command,
                         list_setting("solib-search-path", &sources->debug_dirs, sources->sysroot.path, ""),
                         &texts[3]);
    if (ok && sources->source_dirs.count)
        ok = add_setting(command, list_setting("directories", &sources->source_dirs, NULL, ":$cdir:$cwd"),
                         &texts[5]);
    return ok;
}

int gdb_run(const char *exe, const char *core, const struct sources *sources, char **words, size_t count,
            bool from_terminal)
{
    const size_t first = sizeof first_words / sizeof first_words[0];
    struct command command = {calloc(first + 2 * SETTINGS + count + 3, sizeof *command.words), 0};
    char *texts[SETTINGS] = {NULL};
    int error = -ENOMEM;

    for (size_t i = 0; command.words && i < first; i++)
        add_word(&command, first_words[i]);
    if (command.words && add_sources(&command, sources, texts)) {
        for (size_t i = 0; i < count; i++)
            add_word(&command, words[i]);
        add_word(&command, exe);
        add_word(&command, core);
        error = run_words(command.words, from_terminal);
    }
    for (size_t i = 0; i < SETTINGS; i++)
        free(texts[i]);
    free(command.words);
    return error;
}
