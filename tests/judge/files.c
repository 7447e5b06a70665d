/* SPDX-License-Identifier: MIT */
/* Reading what a run has left: text files, lines of KEY=VALUE, members of JSON. */
#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *read_file(const char *path, size_t *ret_bytes)
{
    size_t bytes = 0, room = 4096;
    char *text = malloc(room);
    FILE *file = fopen(path, "re");
    if (!text || !file)
        wrong("%s: %s", path, strerror(errno));
    for (size_t more; (more = fread(text + bytes, 1, room - bytes - 1, file)) > 0;) {
        bytes += more;
        if (room - bytes > 1)
            continue;
        room *= 2;
        text = realloc(text, room);
        if (!text)
            wrong("%s: out of memory", path);
    }
    fclose(file);
    text[bytes] = '\0';
    if (ret_bytes)
        *ret_bytes = bytes;
    return text;
}

const char *path_in(const char *directory, const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
        wrong("too long: %s/%s", directory, name);
    return path;
}

char *value_of(const char *text, const char *key)
{
    const char *found = NULL;
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == '=')
            found = line + length + 1;
    }
    return found ? strndup(found, strcspn(found, "\n")) : NULL;
}

char *status_word(const char *line, const char *key)
{
    size_t length = strlen(key);
    for (const char *word = line; *word; word += *word == ' ') {
        size_t word_length = strcspn(word, " \n");
        if (word_length > length && strncmp(word, key, length) == 0 && word[length] == '=')
            return strndup(word + length + 1, word_length - length - 1);
        word += word_length;
        if (*word == '\n')
            break;
    }
    return strdup("");
}

const json_t *value_at(const json_t *object, const char *path)
{
    char name[64];
    while (object && *path) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = json_object_get(object, name);
        path += length;
        path += *path == '.';
    }
    return object;
}

const char *string_at(const json_t *object, const char *path)
{
    return json_string_value(value_at(object, path));
}
