/* SPDX-License-Identifier: MIT */
/* Which bundle a word means: see read/resolve.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/resolve.h"

static int give(const char *path, char **ret_path)
{
    *ret_path = strdup(path);
    return *ret_path ? 0 : -ENOMEM;
}

/* found: NULL if none. A bundle gives 0, a core that has no bundle yet -EINPROGRESS. */
static int give_entry(const struct find_entry *found, char **ret_path)
{
    if (!found)
        return -ENOENT;
    if (give(found->path, ret_path) < 0)
        return -ENOMEM;
    return found->kind == FIND_BUNDLE ? 0 : -EINPROGRESS;
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);

    return n > m && strcmp(text + n - m, suffix) == 0;
}

size_t resolve_rank(const char *word)
{
    char *end;

    if (strcmp(word, "last") == 0)
        return 1;
    if (word[0] != '-' || word[1] < '1' || word[1] > '9')
        return 0;
    errno = 0;
    unsigned long rank = strtoul(word + 1, &end, 10);
    return errno == 0 && *end == '\0' ? rank : 0;
}

bool resolve_is_path(const char *word)
{
    return resolve_rank(word) == 0 &&
           (access(word, F_OK) == 0 || (strchr(word, '/') && !strstr(word, " | ")));
}

static int pick_rank(const struct find_list *list, size_t rank, char **ret_path, size_t *ret_passed)
{
    *ret_passed = 0;
    for (size_t i = list->count; i > 0; i--) {
        if (list->entries[i - 1].kind != FIND_BUNDLE)
            ++*ret_passed;
        else if (--rank == 0)
            return give(list->entries[i - 1].path, ret_path);
    }
    return -ENOENT;
}

/* Bundles win over pending cores: a core and its bundle have the same id while a writer is at work. */
static int pick_pid(const struct find_list *list, const char *word, char **ret_path)
{
    const struct find_entry *found = NULL;
    char *end;
    long long pid = strtoll(word, &end, 10);

    if (*end || word[0] < '0' || word[0] > '9')
        return -ENOENT;
    for (size_t i = list->count; i > 0; i--) {
        const struct find_entry *entry = &list->entries[i - 1];

        if (entry->pid == pid && (!found || (found->kind == FIND_PENDING && entry->kind == FIND_BUNDLE)))
            found = entry;
    }
    return give_entry(found, ret_path);
}

/* The file's name without its folder: people copy what ls prints. */
static int pick_name(const struct find_list *list, const char *word, char **ret_path)
{
    const char *slash;

    if (!ends_with(word, CRUMPLE_BUNDLE_SUFFIX) && !ends_with(word, CRUMPLE_CORE_SUFFIX))
        return -ENOENT;
    for (size_t i = list->count; i > 0; i--) {
        slash = strrchr(list->entries[i - 1].path, '/');
        if (slash && strcmp(slash + 1, word) == 0)
            return give_entry(&list->entries[i - 1], ret_path);
    }
    return -ENOENT;
}

static int pick_id(const struct find_list *list, const char *word, char **ret_path)
{
    const struct find_entry *found = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct find_entry *entry = &list->entries[i];

        if (strncmp(entry->id, word, strlen(word)) != 0)
            continue;
        if (found && strcmp(found->id, word) == 0 && strcmp(entry->id, word) != 0)
            continue;
        if (found && strcmp(found->id, entry->id) != 0 && strcmp(entry->id, word) != 0) {
            if (asprintf(ret_path, "%s and %s", found->id, entry->id) >= 0)
                return -ENOTUNIQ;
            *ret_path = NULL;
            return -ENOMEM;
        }
        if (!found || entry->kind == FIND_BUNDLE)
            found = entry;
    }
    return give_entry(found, ret_path);
}

static int scan(const char *const *dirs, size_t count, find_trouble *trouble, void *context,
                struct find_list *list)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++) {
        error = find_scan(dirs[i], trouble, context, list);
        if (error == -ENOTDIR)
            error = find_file(dirs[i], list);
    }
    return error;
}

int resolve_bundle(const char *word, const char *const *dirs, size_t count, find_trouble *trouble,
                   void *context, char **ret_path, size_t *ret_passed)
{
    size_t rank = resolve_rank(word);
    struct find_list list = {0};

    *ret_path = NULL;
    *ret_passed = 0;
    if (resolve_is_path(word)) {
        if (give(word, ret_path) < 0)
            return -ENOMEM;
        return ends_with(word, CRUMPLE_CORE_SUFFIX) ? -EINPROGRESS : 0;
    }
    int error = scan(dirs, count, trouble, context, &list);
    if (error == 0 && rank > 0)
        error = pick_rank(&list, rank, ret_path, ret_passed);
    else if (error == 0) {
        error = pick_pid(&list, word, ret_path);
        if (error == -ENOENT)
            error = pick_name(&list, word, ret_path);
        if (error == -ENOENT)
            error = pick_id(&list, word, ret_path);
    }
    find_clear(&list);
    return error;
}
