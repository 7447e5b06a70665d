/* SPDX-License-Identifier: MIT */
/* Parsing and printing times: see base/time.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

#define SECOND_US INT64_C(1000000)

int64_t when_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t when_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Exactly n digits at *s, of a value in [low, high]; moves *s behind them. */
static bool take_digits(const char **s, int n, int low, int high, int *ret)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)(*s)[i]))
            return false;
        value = value * 10 + ((*s)[i] - '0');
    }
    if (value < low || value > high)
        return false;
    *s += n;
    *ret = value;
    return true;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

/* A fraction of a second: one digit or more, those beyond the microsecond are dropped. */
static bool take_fraction(const char **s, int64_t *ret_us)
{
    int64_t unit = SECOND_US / 10;

    if (!isdigit((unsigned char)**s))
        return false;
    for (*ret_us = 0; isdigit((unsigned char)**s); (*s)++, unit /= 10)
        *ret_us += (**s - '0') * unit;
    return true;
}

static bool take_date(const char **s, const char *separator, struct tm *tm)
{
    if (!take_digits(s, 4, 1970, 9999, &tm->tm_year) || (*separator && !take_char(s, *separator)) ||
        !take_digits(s, 2, 1, 12, &tm->tm_mon) || (*separator && !take_char(s, *separator)) ||
        !take_digits(s, 2, 1, 31, &tm->tm_mday))
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return true;
}

static bool take_clock(const char **s, const char *separator, struct tm *tm)
{
    return take_digits(s, 2, 0, 23, &tm->tm_hour) && (!*separator || take_char(s, *separator)) &&
           take_digits(s, 2, 0, 59, &tm->tm_min) && (!*separator || take_char(s, *separator)) &&
           take_digits(s, 2, 0, 60, &tm->tm_sec);
}

/* "Z" or "+hh:mm": seconds to subtract. */
static bool take_zone(const char **s, int *ret_seconds)
{
    int sign = **s == '-' ? -1 : 1, hours, minutes;

    *ret_seconds = 0;
    if (**s == 'Z' || **s == 'z') {
        (*s)++;
        return true;
    }
    if (**s != '+' && **s != '-')
        return false;
    (*s)++;
    if (!take_digits(s, 2, 0, 23, &hours) || !take_char(s, ':') || !take_digits(s, 2, 0, 59, &minutes))
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

int when_parse(const char *s, int64_t *ret_us)
{
    struct tm tm = {0};
    int64_t fraction = 0;
    int zone = 0;

    if (!take_date(&s, "-", &tm))
        return -EINVAL;
    if (*s) {
        if (*s != 'T' && *s != 't' && *s != ' ')
            return -EINVAL;
        s++;
        if (!take_clock(&s, ":", &tm) || (take_char(&s, '.') && !take_fraction(&s, &fraction)) ||
            !take_zone(&s, &zone) || *s)
            return -EINVAL;
    }
    *ret_us = ((int64_t)timegm(&tm) - zone) * SECOND_US + fraction;
    return 0;
}

/* A date, or a date and a clock, of this machine's zone: as tables show them. */
static int parse_local(const char *s, int64_t *ret_us)
{
    struct tm tm = {.tm_isdst = -1};

    if (!take_date(&s, "-", &tm))
        return -EINVAL;
    if (take_char(&s, ' ') || take_char(&s, 'T')) {
        if (!take_digits(&s, 2, 0, 23, &tm.tm_hour) || !take_char(&s, ':') ||
            !take_digits(&s, 2, 0, 59, &tm.tm_min) ||
            (take_char(&s, ':') && !take_digits(&s, 2, 0, 60, &tm.tm_sec)))
            return -EINVAL;
    }
    if (*s)
        return -EINVAL;
    *ret_us = (int64_t)mktime(&tm) * SECOND_US;
    return 0;
}

int when_parse_age(const char *s, int64_t now_us, int64_t *ret_us)
{
    static const char units[] = "smhdw";
    static const int64_t seconds[] = {1, 60, 3600, 86400, 604800};
    char *end;

    if (!isdigit((unsigned char)*s))
        return -EINVAL;
    errno = 0;
    long count = strtol(s, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (errno == 0 && unit && end[1] == '\0' && count <= 1000000) {
        *ret_us = now_us - count * seconds[unit - units] * SECOND_US;
        return 0;
    }
    return parse_local(s, ret_us) == 0 ? 0 : when_parse(s, ret_us);
}

int when_parse_name(const char *name, int64_t *ret_us)
{
    struct tm tm = {0};
    int micros = 0;

    if (!take_date(&name, "", &tm) || !take_char(&name, 'T') || !take_clock(&name, "", &tm) ||
        !take_char(&name, '.') || !take_digits(&name, 6, 0, 999999, &micros) || !take_char(&name, 'Z'))
        return -EINVAL;
    *ret_us = (int64_t)timegm(&tm) * SECOND_US + micros;
    return 0;
}

/* Seconds and the rest, rounded down for times before 1970 too. */
static time_t split(int64_t us, int64_t *ret_rest)
{
    int64_t rest = us % SECOND_US;

    if (rest < 0)
        rest += SECOND_US;
    *ret_rest = rest;
    return (time_t)((us - rest) / SECOND_US);
}

void when_format(int64_t us, char ret_text[static WHEN_TEXT_BYTES])
{
    int64_t rest;
    time_t seconds = split(us, &rest);
    struct tm tm = {0};

    gmtime_r(&seconds, &tm);
    size_t n = strftime(ret_text, WHEN_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(ret_text + n, WHEN_TEXT_BYTES - n, ".%06dZ", (int)rest);
}

void when_format_local(int64_t us, bool brief, char ret_text[static WHEN_TEXT_BYTES])
{
    int64_t rest;
    time_t seconds = split(us, &rest);
    struct tm tm = {0};

    localtime_r(&seconds, &tm);
    if (strftime(ret_text, WHEN_TEXT_BYTES, brief ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%M:%S", &tm) == 0)
        ret_text[0] = '\0';
}
