/* SPDX-License-Identifier: MIT */
/* See start/config_values.h. */
#include "start/config_values.h"

#include <string.h>

/* *ret_end is behind the digits. False when there is none, or too many. */
static bool parse_digits(const char *s, uint64_t *ret, const char **ret_end)
{
    uint64_t v = 0;
    const char *p = s;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > UINT64_MAX / 10 - 1)
            return false;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    *ret = v;
    *ret_end = p;
    return p != s;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool parse_scaled(const char *s, const struct unit *unit, uint64_t *ret)
{
    const char *end;
    uint64_t v;
    if (!parse_digits(s, &v, &end))
        return false;
    for (; unit->name; unit++)
        if (strcmp(end, unit->name) == 0) {
            if (v > UINT64_MAX / unit->factor)
                return false;
            *ret = v * unit->factor;
            return true;
        }
    return false;
}

bool config_number(const char *s, uint64_t *ret)
{
    static const struct unit none[] = {{"", 1}, {0, 0}};
    return parse_scaled(s, none, ret);
}

bool config_time(const char *s, uint64_t *ret)
{
    static const struct unit units[] = {{"ms", 1000000},
                                        {"s", 1000000000},
                                        {"m", UINT64_C(60000000000)},
                                        {"h", UINT64_C(3600000000000)},
                                        {0, 0}};
    return parse_scaled(s, units, ret);
}

bool config_size(const char *s, uint64_t *ret)
{
    static const struct unit units[] = {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1 << 30}, {0, 0}};
    return parse_scaled(s, units, ret);
}

int config_choice(const char *s, const char *words)
{
    int at = 0;
    size_t n = strlen(s);
    while (n && *words) {
        size_t word = strcspn(words, " ");
        if (word == n && memcmp(s, words, n) == 0)
            return at;
        words += word + (words[word] == ' ');
        at++;
    }
    return -1;
}
