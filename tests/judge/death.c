/* SPDX-License-Identifier: MIT */
/* The same death with crumple as without: status, time, processes left behind, output. */
#include "judge.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers differ between runs (ids, addresses); nothing else may. In place: each becomes N. */
static void normalise(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (!isdigit((unsigned char)*from)) {
            *to = *from++;
            continue;
        }
        if (from[0] == '0' && from[1] == 'x' && isxdigit((unsigned char)from[2]) &&
            !isupper((unsigned char)from[2]))
            for (from += 2; isdigit((unsigned char)*from) || (*from >= 'a' && *from <= 'f'); from++)
                ;
        else
            from += strspn(from, "0123456789");
        *to = 'N';
    }
    *to = '\0';
}

/* Takes crumple's lines out of the text; returns how many there were. */
static int take_out_own_lines(char *text)
{
    static const char own[] = "crumple: ";
    int lines = 0;
    char *to = text;
    for (const char *from = text; *from;) {
        size_t length = strcspn(from, "\n");
        length += from[length] == '\n';
        if (strncmp(from, own, sizeof own - 1) == 0) {
            lines++;
        } else {
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = '\0';
    return lines;
}

/* A victim may write NULs, which the comparison is not to stop at. */
static char *text_of(const char *path)
{
    size_t bytes;
    char *text = read_file(path, &bytes);
    for (char *at = text; (at = memchr(at, '\0', text + bytes - at));)
        *at = '\1';
    return text;
}

static void same_text(const char *what, char *without, char *with)
{
    normalise(without);
    normalise(with);
    size_t at = 0, line = 0;
    while (without[at] && without[at] == with[at])
        if (without[at++] == '\n')
            line = at;
    if (without[at] != with[at])
        wrong("%s\n< %.*s\n> %.*s", what, (int)strcspn(without + line, "\n"), without + line,
              (int)strcspn(with + line, "\n"), with + line);
    free(without);
    free(with);
}

static void same_status(const struct settings *settings)
{
    char *without = read_file(path_in(settings->tmp, "without.status"), NULL);
    char *with = read_file(path_in(settings->tmp, "with.status"), NULL);
    const char *const keys[] = {"signal", "core", "exit"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *expected = status_word(without, keys[i]), *got = status_word(with, keys[i]);
        if (strcmp(expected, got) != 0)
            wrong("wait status (%s): expected '%s', got '%s'", keys[i], expected, got);
        free(expected);
        free(got);
    }
    char *ms = status_word(with, "ms"), *left = status_word(with, "left");
    if (!ms[0] || strtol(ms, NULL, 10) >= settings->limit_ms)
        wrong("the death took %s ms", ms);
    if (!settings->orphans)
        want("processes left behind", "", left);
    free(ms);
    free(left);
    free(without);
    free(with);
}

void check_death(const struct settings *settings)
{
    same_status(settings);
    same_text("stdout differs", text_of(path_in(settings->tmp, "without.out")),
              text_of(path_in(settings->tmp, "with.out")));
    char *with = text_of(path_in(settings->tmp, "with.err"));
    int own_lines = take_out_own_lines(with);
    same_text("stderr differs by more than crumple's lines", text_of(path_in(settings->tmp, "without.err")),
              with);
    if (own_lines > 15)
        wrong("more than 15 lines on stderr: %d", own_lines);
}
