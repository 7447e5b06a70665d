/* SPDX-License-Identifier: MIT */
/* Taking the core out of a bundle: see read/extract.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/extract.h"

/* For the handler: the temporary file that exists. Written only by this file's functions. */
static char temporary[4096];

static void clean_up(int signal_number)
{
    int saved = errno;

    if (temporary[0])
        unlink(temporary);
    errno = saved;
    raise(signal_number); /* SA_RESETHAND: this time it ends the program */
}

static void watch_signals(void)
{
    static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = clean_up, .sa_flags = (int)SA_RESETHAND}, old;

    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
}

/* A new file NAME.XXXXXX, mode 0600. *ret_name is replaced by the name that it got. */
static int make_file(const char *name, char **ret_name)
{
    char *made;

    if (asprintf(&made, "%s.XXXXXX", name) < 0)
        return -ENOMEM;
    int fd = mkostemp(made, O_CLOEXEC);
    if (fd < 0) {
        fd = -errno;
        free(made);
        return fd;
    }
    *ret_name = made;
    return fd;
}

static int begin(const char *path, char **ret_made)
{
    int fd = make_file(path, ret_made);

    if (fd < 0)
        return fd;
    snprintf(temporary, sizeof temporary, "%s", *ret_made);
    watch_signals();
    (void)signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of write, as a full disk is */
    return fd;
}

int extract_commit(char *made, const char *path, int error)
{
    if (error == 0 && rename(made, path) < 0)
        error = -errno;
    if (error < 0)
        unlink(made);
    temporary[0] = '\0';
    free(made);
    return error;
}

int extract_open(const char *path, char **ret_made)
{
    struct stat st;

    *ret_made = NULL;
    if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
        return begin(path, ret_made);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : fd;
}

int extract_make_temporary(char **ret_path)
{
    const char *tmp = getenv("TMPDIR");
    char *name;

    if (asprintf(&name, "%s/crumple-core", tmp && *tmp ? tmp : "/tmp") < 0)
        return -ENOMEM;
    int fd = make_file(name, ret_path);
    free(name);
    if (fd < 0)
        return fd;
    snprintf(temporary, sizeof temporary, "%s", *ret_path);
    watch_signals();
    return fd;
}

void extract_remove(char *path)
{
    unlink(path);
    temporary[0] = '\0';
    free(path);
}

void extract_forget(void)
{
    temporary[0] = '\0';
}
