/* SPDX-License-Identifier: MIT */
/* The load's own report: see innocents.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "innocents.h"

static const char mark[] = "drill: ";

static void take_word(struct drill_innocents *innocents, const char *word)
{
    const struct {
        const char *name;
        uint64_t *sum, *longest;
    } members[] = {
        {"requests=", &innocents->requests, NULL}, {"refused=", &innocents->refused, NULL},
        {"reset=", &innocents->reset, NULL},       {"wrong=", &innocents->wrong, NULL},
        {"hung=", &innocents->hung, NULL},         {"longest_ms=", NULL, &innocents->longest_ms},
    };

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        size_t len = strlen(members[i].name);

        if (strncmp(word, members[i].name, len) != 0 || !isdigit((unsigned char)word[len]))
            continue;
        uint64_t value = strtoull(word + len, NULL, 10);
        if (members[i].sum)
            *members[i].sum += value;
        else if (value > *members[i].longest)
            *members[i].longest = value;
    }
}

void drill_innocents_take(struct drill_innocents *innocents, const char *line)
{
    if (strncmp(line, mark, strlen(mark)) != 0)
        return;
    innocents->told = true;
    for (const char *word = line; (word = strchr(word, ' ')) != NULL;)
        take_word(innocents, ++word);
}

void drill_innocents_read(const char *path, struct drill_innocents *ret_innocents)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    *ret_innocents = (struct drill_innocents){0};
    while (file && getline(&line, &room, file) > 0)
        drill_innocents_take(ret_innocents, line);
    free(line);
    if (file)
        fclose(file);
}

void drill_innocents_last_words(const char *path, char *ret_text, size_t size)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    ret_text[0] = '\0';
    while (file && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] && strncmp(line, mark, strlen(mark)) != 0)
            snprintf(ret_text, size, "%s", line);
    }
    free(line);
    if (file)
        fclose(file);
}
