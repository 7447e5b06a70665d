/* SPDX-License-Identifier: MIT */
/* The text format is https://prometheus.io/docs/instrumenting/exposition_formats/; see read/exposition.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_text.h"
#include "read/exposition.h"

#define PREFIX      "crumple_"
#define LABELS_MAX  8
#define LINE_BYTES  4096
#define NAME_CHARS  "abcdefghijklmnopqrstuvwxyz_0123456789"
#define LABEL_FIRST "abcdefghijklmnopqrstuvwxyz" /* no digit; __name__ and its like are Prometheus' own */
#define DIGITS      "0123456789"
#define DIGITS_MAX  20 /* of a value: the writer's are 64-bit counts */

struct label {
    const char *text; /* NAME="VALUE" */
    size_t len, name_len;
};

/* The closing quote of a value that begins at s: \\, \" and \n are the only escapes. NULL: there is none, or
 * something else is in it that must not be: the output may be a terminal's. */
static const char *end_of_value(const char *s)
{
    while (*s && *s != '"') {
        uint32_t character;
        size_t len = crumple_text_decode(s, strlen(s), &character);

        if (len == 0 || crumple_text_is_unsafe(character))
            return NULL;
        if (*s == '\\' && !strchr("\\\"n", s[1]))
            return NULL;
        s += *s == '\\' ? 2 : len;
    }
    return *s ? s : NULL;
}

/* The labels of a sample, from behind '{' on. Returns what follows '}', or NULL. */
static const char *read_labels(const char *s, struct label *labels, size_t *ret_count)
{
    for (*ret_count = 0; *ret_count < LABELS_MAX;) {
        struct label *label = &labels[*ret_count];

        label->text = s;
        label->name_len = strspn(s, NAME_CHARS);
        s += label->name_len;
        if (label->name_len == 0 || !strchr(LABEL_FIRST, *label->text) || strncmp(s, "=\"", 2) != 0)
            return NULL;
        const char *end = end_of_value(s + 2);
        if (!end)
            return NULL;
        label->len = (size_t)(end + 1 - label->text);
        (*ret_count)++;
        if (end[1] == '}')
            return end + 2;
        if (end[1] != ',')
            return NULL;
        s = end + 2;
    }
    return NULL;
}

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    size_t least = x->name_len < y->name_len ? x->name_len : y->name_len;
    int order = memcmp(x->text, y->text, least);

    return order ? order : (int)x->name_len - (int)y->name_len;
}

/* Sorts the labels; false where a name is there twice, or uid is not the one wanted. */
static bool may_say(struct label *labels, size_t count, uid_t uid)
{
    bool is_own = false;
    char wanted[32];

    snprintf(wanted, sizeof wanted, "uid=\"%u\"", (unsigned)uid);
    qsort(labels, count, sizeof *labels, compare_labels);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_labels(&labels[i - 1], &labels[i]) == 0)
            return false;
        is_own |= labels[i].len == strlen(wanted) && memcmp(labels[i].text, wanted, labels[i].len) == 0;
    }
    return is_own;
}

/* "NAME{" and the labels in order. */
static void make_key(const char *line, size_t name_len, const struct label *labels, size_t count, char *key)
{
    memcpy(key, line, name_len);
    key += name_len;
    for (size_t i = 0; i < count; i++) {
        *key++ = i == 0 ? '{' : ',';
        memcpy(key, labels[i].text, labels[i].len);
        key += labels[i].len;
    }
    *key = '\0';
}

/* Whether line is a sample that uid may give; then its series in key (LINE_BYTES) and the metric's length. */
static bool read_sample(const char *line, uid_t uid, char *key, size_t *ret_name_len)
{
    struct label labels[LABELS_MAX];
    size_t count;

    *ret_name_len = strspn(line, NAME_CHARS);
    if (strncmp(line, PREFIX, strlen(PREFIX)) != 0 || line[*ret_name_len] != '{')
        return false;
    const char *rest = read_labels(line + *ret_name_len + 1, labels, &count);
    if (!rest || *rest != ' ' || !may_say(labels, count, uid))
        return false;
    size_t value_len = strspn(rest + 1, DIGITS);
    if (value_len == 0 || value_len > DIGITS_MAX || rest[1 + value_len])
        return false;
    make_key(line, *ret_name_len, labels, count, key);
    return true;
}

static int add_sample(struct exposition *exposition, const char *line, size_t name_len, const char *key)
{
    if (exposition->count == exposition->room) {
        size_t room = exposition->room ? exposition->room * 2 : 64;
        struct exposition_sample *grown = reallocarray(exposition->samples, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        exposition->samples = grown;
        exposition->room = room;
    }
    struct exposition_sample *sample = &exposition->samples[exposition->count++];
    *sample = (struct exposition_sample){strndup(line, name_len), strdup(key), strdup(line)};
    return sample->name && sample->key && sample->line ? 0 : -ENOMEM;
}

int exposition_add(struct exposition *exposition, const char *text, size_t len, uid_t uid,
                   size_t *ret_left_out)
{
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t line_len = newline ? (size_t)(newline - text) : len, name_len;
        char line[LINE_BYTES], key[LINE_BYTES];

        if (line_len < sizeof line) {
            memcpy(line, text, line_len);
            line[line_len] = '\0';
        }
        if (line_len >= sizeof line || memchr(text, '\0', line_len))
            (*ret_left_out)++;
        else if (line[0] && line[0] != '#' && !read_sample(line, uid, key, &name_len))
            (*ret_left_out)++;
        else if (line[0] && line[0] != '#' && add_sample(exposition, line, name_len, key) < 0)
            return -ENOMEM;
        text += line_len + (newline != NULL);
        len -= line_len + (newline != NULL);
    }
    return 0;
}

static int compare_samples(const void *a, const void *b)
{
    const struct exposition_sample *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->key, y->key);
}

void exposition_print(struct exposition *exposition, FILE *to)
{
    const struct exposition_sample *before = NULL;

    if (exposition->count > 1)
        qsort(exposition->samples, exposition->count, sizeof exposition->samples[0], compare_samples);
    for (size_t i = 0; i < exposition->count; i++) {
        const struct exposition_sample *sample = &exposition->samples[i];
        size_t len = strlen(sample->name);
        bool is_counter = len > 6 && strcmp(sample->name + len - 6, "_total") == 0;

        if (before && strcmp(before->key, sample->key) == 0)
            continue;
        if (!before || strcmp(before->name, sample->name) != 0)
            fprintf(to, "# HELP %s See docs/metrics.md.\n# TYPE %s %s\n", sample->name, sample->name,
                    is_counter ? "counter" : "gauge");
        fprintf(to, "%s\n", sample->line);
        before = sample;
    }
}

void exposition_clear(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->count; i++) {
        free(exposition->samples[i].name);
        free(exposition->samples[i].key);
        free(exposition->samples[i].line);
    }
    free(exposition->samples);
    *exposition = (struct exposition){0};
}
