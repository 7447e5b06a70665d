/* SPDX-License-Identifier: MIT */
/* Bugs in code that others call: comparison functions, handlers, threads, destructors. */
#include "bugs.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct session {
    const char *user;
    long started;
};

static int compare_users(const void *left, const void *right)
{
    const struct session *const *a = left, *const *b = right;
    return strcmp((*a)->user, (*b)->user);
}

/* One of the sessions has no user: strcmp under qsort. */
static void sort_sessions(void)
{
    static struct session sessions[8] = {{"ann", 1}, {"bob", 2}, {"cy", 3}, {"di", 4}};
    struct session *sorted[8];
    for (int i = 0; i < 8; i++)
        sorted[i] = &sessions[i];
    qsort(sorted, 8, sizeof sorted[0], compare_users);
    input = (int)sorted[0]->started;
}

static int compare_starts(const void *left, const void *right)
{
    const struct session *const *a = left, *const *b = right;
    return (*a)->started < (*b)->started ? -1 : (*a)->started > (*b)->started;
}

/* A hole in the table: the comparison itself reads through NULL. */
static void search_sessions(void)
{
    static struct session one = {"ann", 1};
    struct session *table[3] = {&one, NULL, NULL};
    struct session *key = &one;
    if (bsearch(&key, table + 1, 2, sizeof table[0], compare_starts) != NULL)
        input = 1;
}

struct handler {
    const char *path;
    void (*serve)(const char *path);
};

static void dispatch(const struct handler *handler)
{
    handler->serve(handler->path);
    input++;
}

/* A route that was registered without a handler: a jump to NULL. */
static void route_without_handler(void)
{
    struct handler handler = {.path = "/status", .serve = NULL};
    dispatch(as_read(&handler));
}

static void *flush_journal(void *journal)
{
    *(volatile long *)((char *)journal + 8) = 1;
    return NULL;
}

/* A background thread that was given nothing to work on. */
static void start_flusher_without_journal(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, flush_journal, NULL) == 0)
        pthread_join(thread, NULL);
}

const struct bug callback_bugs[] = {
    {"sort-sessions", sort_sessions},
    {"search-sessions", search_sessions},
    {"route-without-handler", route_without_handler},
    {"start-flusher-without-journal", start_flusher_without_journal},
    {NULL, NULL},
};
