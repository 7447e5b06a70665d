/* SPDX-License-Identifier: MIT */
#include "facts/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void verdicts_add(struct verdicts *verdicts, enum verdict_level level, const char *topic, const char *format,
                  ...)
{
    struct verdict new = {.level = level, .topic = topic};
    struct verdict *grown = realloc(verdicts->items, (verdicts->count + 1) * sizeof *grown);
    va_list args;
    if (grown)
        verdicts->items = grown;
    va_start(args, format);
    if (!grown || vasprintf(&new.text, format, args) < 0)
        verdicts->is_short = true;
    else
        verdicts->items[verdicts->count++] = new;
    va_end(args);
}

void verdicts_advise(struct verdicts *verdicts, const char *format, ...)
{
    va_list args;
    char *advice;
    va_start(args, format);
    if (vasprintf(&advice, format, args) < 0) {
        verdicts->is_short = true;
    } else if (verdicts->is_short || !verdicts->count) {
        free(advice);
    } else {
        free(verdicts->items[verdicts->count - 1].advice);
        verdicts->items[verdicts->count - 1].advice = advice;
    }
    va_end(args);
}

void verdicts_take(struct verdicts *verdicts, struct verdicts *from)
{
    struct verdict *grown = realloc(verdicts->items, (verdicts->count + from->count + 1) * sizeof *grown);
    if (grown) {
        verdicts->items = grown;
        for (size_t i = 0; i < from->count; i++)
            verdicts->items[verdicts->count++] = from->items[i];
        from->count = 0;
    }
    verdicts->is_short |= from->is_short || !grown;
    verdicts_clear(from);
}

const char *verdict_word(enum verdict_level level)
{
    static const char *const words[] = {"ok", "note", "warn", "fail"};
    return words[level];
}

enum verdict_level verdicts_worst(const struct verdicts *verdicts)
{
    enum verdict_level worst = VERDICT_OK;
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].level > worst)
            worst = verdicts->items[i].level;
    return worst;
}

void verdicts_clear(struct verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        free(verdicts->items[i].text);
        free(verdicts->items[i].advice);
    }
    free(verdicts->items);
    *verdicts = (struct verdicts){0};
}
