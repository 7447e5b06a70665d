/* SPDX-License-Identifier: MIT */
/* Questions to a list of verdicts. */
#ifndef CRUMPLE_TESTS_UNIT_CLI_DOCTOR_VERDICTS_H
#define CRUMPLE_TESTS_UNIT_CLI_DOCTOR_VERDICTS_H

#include <string.h>

#include "facts/verdict.h"
#include "unit.h"

/* There is a verdict of that level whose text holds the words; its advice in *ret_advice if that is not NULL. */
static inline bool has_verdict(const struct verdicts *verdicts, enum verdict_level level, const char *words)
{
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].level == level && strstr(verdicts->items[i].text, words))
            return true;
    return false;
}

static inline bool has_advice(const struct verdicts *verdicts, const char *words)
{
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].advice && strstr(verdicts->items[i].advice, words))
            return true;
    return false;
}

#define ck_assert_verdict(verdicts, level, words)                                                            \
    ck_assert_msg(has_verdict(verdicts, level, words), "no such verdict: %s; the first of %zu is '%s'",      \
                  words, (verdicts)->count, (verdicts)->count ? (verdicts)->items[0].text : "")

#endif
