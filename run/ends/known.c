/* SPDX-License-Identifier: MIT */
#include "ends/known.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "crumple_run_options.h"
#include "date.h"
#include "directory/directory.h"
#include "ends/judge.h"

#define LOG_BYTES     (1 << 20)
#define STATUS_SIGNAL 128
#define INFO_BYTES    4096 /* the first note of a core of our own is within */
#define LOGGED        "\nevent=logged\n"

/*
 * The lines are our own (writer/base/json.c, preload/out/events.c): no blank is in them but in strings, and a string
 * holds no quote that is not escaped. So the text of a member occurs only where it is one.
 */
static bool has(const char *line, size_t size, const char *member)
{
    return memmem(line, size, member, strlen(member)) != NULL;
}

static bool has_number(const char *line, size_t size, const char *member, long value)
{
    char text[48];
    snprintf(text, sizeof text, "\"%s\":%ld,", member, value);
    if (has(line, size, text))
        return true;
    text[strlen(text) - 1] = '}';
    return has(line, size, text);
}

static bool is_late_enough(const char *since, const char *line, size_t size)
{
    static const char member[] = "\"time\":\"";
    const char *at = memmem(line, size, member, sizeof member - 1);
    const size_t n = strlen(since);
    if (!at)
        return false;
    at += sizeof member - 1;
    return (size_t)(line + size - at) >= n && memcmp(at, since, n) >= 0;
}

/* Two containers may have the same directory and the same number. A line of libcrumple.so alone names no run, and a life record
 * was another run's. */
static bool is_of_run(const struct end_facts *facts, const char *line, size_t size)
{
    char text[256];
    if (!facts->run_id || facts->is_together || !has(line, size, "\"run\":\""))
        return true;
    snprintf(text, sizeof text, "\"run\":\"%s\"", facts->run_id);
    return has(line, size, text);
}

bool known_by_line(const struct end_facts *facts, const char *since, const char *line, size_t size)
{
    const bool is_exit = has(line, size, "\"event\":\"exit\""),
               is_died = has(line, size, "\"event\":\"died\"");
    if (!is_exit && !is_died && !has(line, size, "\"event\":\"crash\"") &&
        !has(line, size, "\"event\":\"escalated\""))
        return false;
    if (!is_late_enough(since, line, size))
        return false;
    if (has_number(line, size, "pid", facts->pid) && is_of_run(facts, line, size))
        return !is_died || facts->is_together; /* else it is of an earlier process with that number */
    /* Of a process that this one had started, and whose end it has passed on. What Go prints last tells whose end it is. */
    const struct child_end *end = &facts->end;
    if (end_judge(facts) == END_GO && end->status <= STATUS_SIGNAL && !has(line, size, "\"how\":\"go\""))
        return false;
    return !facts->is_together && !end->by_signal && has_number(line, size, "ppid", facts->pid) &&
           (end->status > STATUS_SIGNAL || has_number(line, size, "status", end->status));
}

bool known_by_name(const struct end_facts *facts, const char *since, const char *name)
{
    char ending[32], begin[DATE_BYTES], *to = begin;
    const size_t n = strlen(name);
    for (const char *at = since; *at; at++) /* YYYYMMDDThhmmss.uuuuuuZ */
        if (*at != '-' && *at != ':')
            *to++ = *at;
    *to = '\0';
    const int size = snprintf(ending, sizeof ending, "-%ld" CRUMPLE_CORE_SUFFIX, (long)facts->pid);
    return n > (size_t)size && strcmp(name + n - (size_t)size, ending) == 0 && strcmp(name, begin) >= 0 &&
           name[0] >= '0' && name[0] <= '9';
}

static bool is_logged(const char *core, size_t size)
{
    return has(core, size < INFO_BYTES ? size : INFO_BYTES, LOGGED);
}

bool known_is_logged(int directory, const char *name)
{
    char text[INFO_BYTES];
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got = fd >= 0 ? pread(fd, text, sizeof text, 0) : -1;
    if (fd >= 0)
        (void)close(fd);
    return got > 0 && is_logged(text, (size_t)got);
}

struct search {
    const struct end_facts *facts;
    char since[DATE_BYTES];
    char *text;      /* LOG_BYTES */
    bool is_foreign; /* the folder is another user's than ours or root's: what is in it must name the run */
};

/* Any user may lay a line or a core there that would hide an end from us; but only who is of this run knows its name. */
static bool names_run(const struct search *search, const char *before, const char *text, size_t size)
{
    char wanted[300];
    if (!search->is_foreign || !search->facts->run_id || search->facts->is_together)
        return true;
    snprintf(wanted, sizeof wanted, "%s%s", before, search->facts->run_id);
    return has(text, size, wanted);
}

/* LOG_BYTES of a file, the first or the last, or a negative errno; the owner of the directory may have laid anything there. */
static ssize_t read_part(int directory, const char *name, bool is_last, char *text)
{
    struct stat status;
    ssize_t got = -EINVAL;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        off_t from = is_last && status.st_size > LOG_BYTES ? status.st_size - LOG_BYTES : 0;
        do
            got = pread(fd, text, LOG_BYTES, from);
        while (got < 0 && errno == EINTR);
    }
    (void)close(fd);
    return got;
}

static bool is_pending(const struct search *search, int directory, const char *name)
{
    if (!known_by_name(search->facts, search->since, name))
        return false;
    ssize_t size = read_part(directory, name, false, search->text);
    if (size > 0 && is_logged(search->text, (size_t)size))
        return false; /* run/keep_logged.c is at it: that is no end */
    if (size < 0 && !search->is_foreign)
        return size != -ENOENT; /* gone: then its line is in the log */
    return size >= 0 && names_run(search, CRUMPLE_RUN_ID_VARIABLE "=", search->text, (size_t)size);
}

static bool is_in_names(const struct search *search, int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
    bool is_there = false;
    for (struct dirent *entry; names && !is_there && (entry = readdir(names));)
        is_there = is_pending(search, directory, entry->d_name);
    if (names)
        (void)closedir(names);
    else if (fd >= 0)
        (void)close(fd);
    return is_there;
}

static bool is_in_log(const struct search *search, int directory, const char *name)
{
    ssize_t size = read_part(directory, name, true, search->text);
    const char *at = search->text, *end = size > 0 ? at + size : at;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        if (!next)
            break;
        if (known_by_line(search->facts, search->since, at, (size_t)(next - at)) &&
            names_run(search, "\"run\":\"", at, (size_t)(next - at)))
            return true;
    }
    return false;
}

/* The writer appends its line before it removes the core: in this order one of the two is seen. */
static bool is_in_directory(int directory, void *context)
{
    struct search *search = context;
    struct stat status;
    search->is_foreign = fstat(directory, &status) < 0 || (status.st_uid != 0 && status.st_uid != geteuid());
    return is_in_names(search, directory) || is_in_log(search, directory, CRUMPLE_INDEX_NAME) ||
           is_in_log(search, directory, CRUMPLE_INDEX_OLDER);
}

bool known_already(const struct end_facts *facts, const char *named, uint64_t since_ns)
{
    struct search search = {.facts = facts, .text = malloc(LOG_BYTES)};
    if (!facts->pid || !search.text) {
        free(search.text);
        return false;
    }
    date_format(since_ns / 1000, search.since);
    bool is_known = directory_visit(named, is_in_directory, &search);
    free(search.text);
    return is_known;
}
