/* SPDX-License-Identifier: MIT */
/* Following crash directories: see events/follow.h. */
#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "read/report.h"
#include "screen/out.h"
#include "screen/verb.h"
#include "events/follow.h"

#define FIRST_ROWS 10
#define KNOWN_MAX  200000 /* names; then all that is there counts as known, and nothing else */
#define SETTLE_US  100000 /* at least between two looks: events of one file come together */
#define PAUSE      9      /* as long as a look has taken: at most a tenth of a processor */
#define PAUSE_US   2000000
#define TICK_US    1000000 /* where inotify does not see all */
#define COPY_S     5       /* a file that is not whole, and so young, may be on its way */
#define CHANGES    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_CREATE)

struct follow {
    struct directories *directories;
    struct rows_filter filter;
    follow_print *print;
    void *context;
    json_t *known;    /* names of rows that were shown, or were there before */
    int inotify;      /* negative: there is none */
    bool is_blind;    /* inotify does not see all */
    bool waits;       /* for a file that is being copied */
    int64_t pause_us; /* before the next look */
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* It was said when the directory was first read. */
static void ignore_trouble(const char *what, int error, void *context)
{
    (void)what;
    (void)error;
    (void)context;
}

/* Changes that another machine makes are not told. */
static bool is_remote(const char *path)
{
    static const unsigned remote[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                      FUSE_SUPER_MAGIC, V9FS_MAGIC,      CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC};
    struct statfs fs;

    if (statfs(path, &fs) < 0)
        return true;
    for (size_t i = 0; i < sizeof remote / sizeof remote[0]; i++)
        if ((unsigned)fs.f_type == remote[i])
            return true;
    return false;
}

static void watch(struct follow *follow, const char *path)
{
    if (is_remote(path) || follow->inotify < 0 || inotify_add_watch(follow->inotify, path, CHANGES) < 0)
        follow->is_blind = true;
}

/* Its bundles are there already. Returns 0 or a negative errno. */
static int know_directory(struct follow *follow, const char *path, bool watches)
{
    struct find_list list = {0};
    int error = find_scan(path, ignore_trouble, NULL, &list);

    if (error == -ENOTDIR)
        error = find_file(path, &list);
    for (size_t i = 0; error == 0 && i < list.count; i++)
        if (list.entries[i].kind == FIND_BUNDLE &&
            json_object_set_new_nocheck(follow->known, list.entries[i].path, json_true()) < 0)
            error = -ENOMEM;
    for (size_t i = 0; error == 0 && watches && i < list.dir_count; i++)
        watch(follow, list.dirs[i]);
    for (size_t i = 0; error == 0 && watches && i < list.foreign_count && list.dir_count == 0; i++)
        watch(follow, list.foreign[i]);
    find_clear(&list);
    return error;
}

/* What tells a row from all others; to be freed. NULL: memory is short. */
static char *name_of(const struct rows_row *row)
{
    const char *path = report_string(row->json, "path"), *id = report_string(row->json, "id");
    const char *event = report_string(row->json, "event"), *text = path ? path : row->from;
    char *name = NULL;

    if (row->state != ROWS_TOLD && row->state != ROWS_FOREIGN)
        return strdup(text);
    if (asprintf(&name, "%s:%s:%s:%lld:%lld", text, id ? id : "", event ? event : "", (long long)row->time_us,
                 (long long)report_number(row->json, "pid", -1)) < 0)
        return NULL;
    return name;
}

/* A bundle that scp is just writing, or one that has no permissions yet. */
static bool may_become_whole(const struct rows_row *row)
{
    const char *path = report_string(row->json, "path");
    struct stat st;

    return (row->state == ROWS_DAMAGED || row->state == ROWS_UNREADABLE) && path && stat(path, &st) == 0 &&
           st.st_mtim.tv_sec + COPY_S > when_now_us() / 1000000;
}

/* Whether the row is to be shown now: 1, 0, or -ENOMEM. It is known from then on. */
static int is_new(struct follow *follow, const struct rows_row *row)
{
    if (row->state == ROWS_PENDING)
        return 0;
    if (may_become_whole(row)) {
        follow->waits = true;
        return 0;
    }
    char *name = name_of(row);
    int answer = !name ? -ENOMEM : json_object_get(follow->known, name) ? 0 : 1;
    if (answer == 1 && json_object_set_new_nocheck(follow->known, name, json_true()) < 0)
        answer = -ENOMEM;
    free(name);
    return answer;
}

/* Leaves only new rows. Returns 0 or -ENOMEM. */
static int keep_new(struct follow *follow, struct rows *rows)
{
    size_t kept = 0;
    int answer = 0;

    for (size_t i = 0; i < rows->count; i++) {
        answer = answer < 0 ? answer : is_new(follow, &rows->rows[i]);
        if (answer == 1)
            rows->rows[kept++] = rows->rows[i];
        else
            json_decref(rows->rows[i].json);
    }
    rows->count = kept;
    return answer < 0 ? answer : 0;
}

/* Look through all directories, by the filter, and print what is new. Returns VERB_OK or the exit status. */
static int look(struct follow *follow, const struct rows_filter *filter)
{
    struct rows rows = {0};
    int error = 0;
    size_t at = 0;

    follow->waits = false;
    for (; error == 0 && at < follow->directories->count; at++)
        error = rows_read(follow->directories->items[at].path, filter, NULL, ignore_trouble, NULL, &rows);
    if (error < 0) {
        rows_clear(&rows);
        return directory_failed(&follow->directories->items[at - 1], error);
    }
    error = keep_new(follow, &rows);
    if (error == 0 && rows.count > 0)
        error = follow->print(&rows, follow->context);
    rows_clear(&rows);
    return error < 0 ? directory_failed(&follow->directories->items[0], error) : VERB_OK;
}

/* Empty what inotify has told: that something has changed is enough. A new directory is not watched: the sandbox does not
 * allow it. */
static void take_changes(struct follow *follow)
{
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t size;

    while ((size = read(follow->inotify, bytes, sizeof bytes)) > 0)
        for (char *at = bytes; at < bytes + size;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            follow->is_blind |= (event->mask & (IN_ISDIR | IN_IGNORED | IN_Q_OVERFLOW)) != 0;
            at += sizeof *event + event->len;
        }
}

static struct timespec timespec_of(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

/* Wait for a change, or a second. Returns whether to go on. */
static bool wait_for_change(struct follow *follow)
{
    struct pollfd waited[] = {{.fd = STDOUT_FILENO}, {.fd = follow->inotify, .events = POLLIN}};
    const struct timespec settle = timespec_of(follow->pause_us);
    const struct timespec tick = timespec_of(follow->pause_us > TICK_US ? follow->pause_us : TICK_US);
    sigset_t none;

    sigemptyset(&none);
    const int count = ppoll(waited, 2, follow->is_blind || follow->waits ? &tick : NULL, &none);
    if (is_interrupted || (waited[0].revents & (POLLERR | POLLHUP)))
        return false;
    if (count > 0 && waited[1].revents) {
        (void)nanosleep(&settle, NULL);
        take_changes(follow);
    }
    return true;
}

/* The rows that are there already are known, but for the newest. Enters the sandbox. */
static int begin(struct follow *follow)
{
    struct rows_filter rest = follow->filter, newest = follow->filter;
    struct rows rows = {0};
    int error = 0;

    for (size_t i = 0; error == 0 && i < follow->directories->count; i++) {
        error = know_directory(follow, follow->directories->items[i].path, true);
        if (error < 0)
            return directory_failed(&follow->directories->items[i], error);
    }
    rest.known = follow->known;
    rest.most = 0;
    rest.no_index = true;
    int status = directories_rows(follow->directories, &rest, &rows);
    if (status == VERB_OK)
        error = keep_new(follow, &rows);
    rows_clear(&rows);
    if (status != VERB_OK || error < 0)
        return status != VERB_OK ? status : directory_failed(&follow->directories->items[0], error);
    if (follow->filter.most == FOLLOW_ONLY_NEW)
        return VERB_OK;
    newest.most = follow->filter.most ? follow->filter.most : FIRST_ROWS;
    json_t *known = follow->known;
    follow->known = json_object(); /* the newest are to be shown, although they are known */
    status =
        follow->known ? look(follow, &newest) : directory_failed(&follow->directories->items[0], -ENOMEM);
    if (follow->known && json_object_update(known, follow->known) < 0)
        status = directory_failed(&follow->directories->items[0], -ENOMEM);
    json_decref(follow->known);
    follow->known = known;
    return status;
}

static int go_on(struct follow *follow)
{
    struct rows_filter filter = follow->filter;
    int status = VERB_OK;

    filter.most = 0;
    while (status == VERB_OK && wait_for_change(follow)) {
        const int64_t begin_us = when_clock_us();
        filter.known = follow->known;
        status = look(follow, &filter);
        const int64_t pause_us = (when_clock_us() - begin_us) * PAUSE;
        follow->pause_us = pause_us < SETTLE_US ? SETTLE_US : pause_us > PAUSE_US ? PAUSE_US : pause_us;
        if (json_object_size(follow->known) > KNOWN_MAX) {
            json_object_clear(follow->known);
            filter.since_us = when_now_us();
            for (size_t i = 0; i < follow->directories->count; i++)
                (void)know_directory(follow, follow->directories->items[i].path, false);
        }
    }
    return status;
}

int follow(struct directories *directories, const struct rows_filter *filter, follow_print *print,
           void *context)
{
    struct follow follow = {
        .directories = directories,
        .filter = *filter,
        .print = print,
        .context = context,
        .known = json_object(),
        .pause_us = SETTLE_US,
        .inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
    };
    const struct sigaction action = {.sa_handler = interrupt};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT); /* it ends a wait, not a row */
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    int status = follow.known ? begin(&follow) : directory_failed(&directories->items[0], -ENOMEM);
    if (status == VERB_OK)
        status = go_on(&follow);
    json_decref(follow.known);
    if (follow.inotify >= 0)
        close(follow.inotify);
    return status;
}
