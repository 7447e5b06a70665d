/* SPDX-License-Identifier: MIT */
#include "tell/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"

#define CHUNK_BYTES (1 << 20)
/* Longer than a log of crumple's grows; but any user may lay a file of any size in a folder of his own. */
#define BEHIND_MAX (4 * CRUMPLE_INDEX_MAX)

/* NULL: it is new, and there is no room for it. */
static struct follow_log *find_log(struct follow *follow, const struct stat *st)
{
    for (unsigned i = 0; i < follow->log_count; i++)
        if (follow->logs[i].device == st->st_dev && follow->logs[i].inode == st->st_ino)
            return &follow->logs[i];
    if (follow->log_count == FOLLOW_LOGS_MAX)
        return NULL;
    struct follow_log *log = &follow->logs[follow->log_count++];
    *log = (struct follow_log){st->st_dev, st->st_ino, follow->is_first ? st->st_size : 0};
    return log;
}

static bool is_of_run(const struct follow *follow, const struct line *line)
{
    char run[256];
    return line_string(line, "run", run, sizeof run) && strcmp(run, follow->run) == 0;
}

/* Returns how many bytes whole lines have taken. */
static size_t tell_lines(const struct follow *follow, const char *directory, const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    for (const char *next; (next = memchr(at, '\n', (size_t)(end - at))); at = next + 1) {
        const struct line line = {at, (size_t)(next - at)};
        if (is_of_run(follow, &line))
            follow->tell(follow->context, directory, &line);
    }
    return (size_t)(at - text);
}

static void read_log(struct follow *follow, const char *directory, int fd, char *text)
{
    struct stat st;
    struct follow_log *log = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? find_log(follow, &st) : NULL;
    if (log && st.st_size - log->read > BEHIND_MAX)
        log->read = st.st_size - BEHIND_MAX;
    while (log && log->read < st.st_size) {
        ssize_t got = pread(fd, text, CHUNK_BYTES, log->read);
        if (got < 0 && errno == EINTR)
            continue;
        size_t used = got > 0 ? tell_lines(follow, directory, text, (size_t)got) : 0;
        if (!used && got == CHUNK_BYTES) /* no line is so long */
            used = CHUNK_BYTES;
        if (!used)
            return;
        log->read += (off_t)used;
    }
}

bool follow_directory(int directory, void *context)
{
    /* A log that has been renamed may have lines that were not read yet. */
    static const char *const names[] = {CRUMPLE_INDEX_OLDER, CRUMPLE_INDEX_NAME};
    struct follow *follow = context;
    char link[32], path[PATH_MAX];
    char *text = malloc(CHUNK_BYTES);
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++) {
        int fd = openat(directory, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        read_log(follow, path, fd, text);
        (void)close(fd);
    }
    free(text);
    return false;
}
