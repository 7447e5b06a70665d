/* SPDX-License-Identifier: MIT */
#include "options/values.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)

bool value_flag(const char *text, bool *ret)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return false;
    *ret = text[0] == '1';
    return true;
}

bool value_word(const char *text, const char *const *words, int *ret)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

bool value_number(const char *text, long low, long high, long *ret)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text) || *end || value < low || value > high)
        return false;
    *ret = value;
    return true;
}

bool value_time(const char *text, int64_t *ret_us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", INT64_C(3600000000)}};
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0 && value <= DAY_US / units[i].us) {
            *ret_us = value * units[i].us;
            return true;
        }
    return false;
}

/* The text before the divider, where it has room, and what is behind the divider; NULL: there is none. */
static const char *divide(const char *text, const char *divider, char ret_first[32])
{
    const char *at = strstr(text, divider);
    if (!at || at - text >= 32)
        return NULL;
    memcpy(ret_first, text, (size_t)(at - text));
    ret_first[at - text] = '\0';
    return at + strlen(divider);
}

bool value_backoff(const char *text, int64_t *ret_first_us, int64_t *ret_most_us)
{
    char first[32];
    int64_t first_us, most_us;
    const char *most = divide(text, "..", first);
    if (!most || !value_time(first, &first_us) || !value_time(most, &most_us) || first_us <= 0 ||
        first_us > most_us)
        return false;
    *ret_first_us = first_us;
    *ret_most_us = most_us;
    return true;
}

bool value_rate(const char *text, uint32_t *ret_count, int64_t *ret_period_us)
{
    char first[32];
    long count;
    int64_t period_us;
    const char *period = divide(text, "/", first);
    if (!period || !value_number(first, 0, 1000, &count) || !value_time(period, &period_us) || period_us <= 0)
        return false;
    *ret_count = (uint32_t)count;
    *ret_period_us = period_us;
    return true;
}

bool value_signal(const char *text, int *ret)
{
    long number;
    if (strncmp(text, "SIG", 3) == 0)
        text += 3;
    if (strncmp(text, "RTMIN", 5) == 0) {
        number = 0;
        if (text[5] && (text[5] != '+' || !value_number(text + 6, 0, SIGRTMAX - SIGRTMIN, &number)))
            return false;
        *ret = SIGRTMIN + (int)number;
        return true;
    }
    for (int i = 1; i < SIGRTMIN; i++) {
        const char *name = sigabbrev_np(i);
        if (name && strcmp(name, text) == 0) {
            *ret = i;
            return true;
        }
    }
    if (!value_number(text, 1, SIGRTMAX, &number))
        return false;
    *ret = (int)number;
    return true;
}
