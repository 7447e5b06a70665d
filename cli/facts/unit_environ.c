/* SPDX-License-Identifier: MIT */
/* The variables that a unit gives its service: see facts/unit.h. */
#include <stdlib.h>
#include <string.h>

#include "facts/place.h"
#include "facts/unit.h"

#define VARIABLES_MAX 512

struct list {
    char **items;
    size_t count;
};

/* A later assignment comes first in the list's stead. Takes the text. */
static void add(struct list *list, char *text)
{
    size_t n = text ? strcspn(text, "=") : 0;
    if (!n || !text[n]) {
        free(text);
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->items[i], text, n + 1) == 0) {
            free(list->items[i]);
            list->items[i] = text;
            return;
        }
    if (list->count < VARIABLES_MAX)
        list->items[list->count++] = text;
    else
        free(text);
}

/* One word, with its quotes and backslashes resolved (systemd.syntax(7), "Quoting"); *at is behind it. */
static char *next_word(const char **at)
{
    const char *from = *at + strspn(*at, " \t");
    char *word = malloc(strlen(from) + 1), *end = word, quote = '\0';
    for (; word && *from && (quote || !strchr(" \t", *from)); from++) {
        if (quote ? *from == quote : *from == '"' || *from == '\'')
            quote = quote ? '\0' : *from;
        else if (*from == '\\' && from[1])
            *end++ = *++from;
        else
            *end++ = *from;
    }
    if (word)
        *end = '\0';
    *at = from;
    return word;
}

/* Lines NAME=VALUE, the value perhaps in quotes. */
static void add_file(int root, const char *path, struct list *list)
{
    char *text = place_read(root, NULL, "%s", path);
    for (char *line = text; line && *line;) {
        char *end = strchrnul(line, '\n'), *next = *end ? end + 1 : end;
        *end = '\0';
        line += strspn(line, " \t");
        const char *at = line;
        if (*line && *line != '#' && *line != ';')
            add(list, strpbrk(line, "'\"") ? next_word(&at) : strdup(line));
        line = next;
    }
    free(text);
}

char **unit_environ(int root, const struct unit *unit)
{
    struct list list = {.items = calloc(VARIABLES_MAX + 1, sizeof *list.items)};
    if (!list.items)
        return NULL;
    for (const char *at = unit_text(unit, UNIT_ENVIRONMENT, ""); *(at += strspn(at, " \t"));)
        add(&list, next_word(&at));
    for (const char *at = unit_text(unit, UNIT_ENVIRONMENT_FILE, ""); *(at += strspn(at, " \t"));) {
        char *path = next_word(&at);
        if (path)
            add_file(root, path + (*path == '-'), &list);
        free(path);
    }
    return list.items;
}

void unit_free_environ(char **environ)
{
    for (char **at = environ; at && *at; at++)
        free(*at);
    free(environ);
}
