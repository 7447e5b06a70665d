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
