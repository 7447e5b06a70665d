/* SPDX-License-Identifier: MIT */
/* See read/elsewhere.h. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "read/elsewhere.h"
#include "read/find.h"

#define FALLBACK      "crumple-" /* and the number of its owner */
#define ENTRIES_MAX   10000      /* of the temporary directory that are looked at */
#define FALLBACKS_MAX 16

/* It need not be readable, or be there: then the caller says more. */
static bool is_bare(const char *dir)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry = NULL;

    while (stream && (entry = readdir(stream)) && entry->d_name[0] == '.')
        ;
    if (stream)
        closedir(stream);
    return !entry;
}

static void ignore_trouble(const char *what, int error, void *context)
{
    (void)what;
    (void)error;
    (void)context;
}

static bool has_bundles(const char *path)
{
    struct find_list list = {0};
    const bool has = find_scan(path, ignore_trouble, NULL, &list) == 0 && list.count > 0;

    find_clear(&list);
    return has;
}

/* The directory that crumple itself makes there: of the user whose number it is named by. */
static bool is_fallback(const char *tmp, const char *name, char *ret_path, size_t size)
{
    const char *digits = name + strlen(FALLBACK);
    struct stat st;

    if (strncmp(name, FALLBACK, strlen(FALLBACK)) != 0 || !*digits || digits[strspn(digits, "0123456789")] ||
        snprintf(ret_path, size, "%s/%s", tmp, name) >= (int)size)
        return false;
    return lstat(ret_path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == strtoul(digits, NULL, 10);
}

static char *find_fallback(const char *tmp, const char *dir)
{
    DIR *stream = opendir(tmp);
    const struct dirent *entry;
    char path[4096], *found = NULL;
    int fallbacks = 0;

    for (int i = 0; stream && !found && i < ENTRIES_MAX && (entry = readdir(stream)); i++)
        if (is_fallback(tmp, entry->d_name, path, sizeof path) && strcmp(path, dir) != 0 &&
            fallbacks++ < FALLBACKS_MAX && has_bundles(path))
            found = strdup(path);
    if (stream)
        closedir(stream);
    return found;
}

char *elsewhere_find(const char *dir)
{
    const char *tmp = getenv("TMPDIR");

    if (!is_bare(dir))
        return NULL;
    if (strcmp(dir, FIND_SYSTEM_DIR) != 0 && has_bundles(FIND_SYSTEM_DIR))
        return strdup(FIND_SYSTEM_DIR);
    return find_fallback(tmp && *tmp ? tmp : "/tmp", dir);
}
