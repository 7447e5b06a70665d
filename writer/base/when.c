/* SPDX-License-Identifier: MIT */
#include "base/when.h"

#include <stddef.h>

static int64_t digits(const char *text, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Howard Hinnant's days_from_civil. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* Of "Z", "+0100", "-05:30": seconds to the east, or INT64_MIN. */
static int64_t zone_of(const char *at, size_t size)
{
    if (size == 1 && at[0] == 'Z')
        return 0;
    if ((size != 5 && size != 6) || (at[0] != '+' && at[0] != '-') || (size == 6 && at[3] != ':'))
        return INT64_MIN;
    const int64_t hours = digits(at + 1, 2), minutes = digits(at + size - 2, 2);
    const int64_t seconds = (hours * 60 + minutes) * 60;
    return hours < 0 || minutes < 0 ? INT64_MIN : at[0] == '-' ? -seconds : seconds;
}

int64_t when_parse(struct span text)
{
    const char *s = text.bytes;
    if (!s || text.size < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':')
        return -1;
    const int64_t parts[] = {digits(s, 4),      digits(s + 5, 2),  digits(s + 8, 2),
                             digits(s + 11, 2), digits(s + 14, 2), digits(s + 17, 2)};
    for (int i = 0; i < 6; i++)
        if (parts[i] < 0)
            return -1;
    int64_t us = ((days_of(parts[0], parts[1], parts[2]) * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5];
    us *= 1000000;
    size_t at = 19;
    if (s[at] == '.')
        for (int64_t place = 100000; ++at < text.size && s[at] >= '0' && s[at] <= '9'; place /= 10)
            us += place * (s[at] - '0');
    const int64_t zone = zone_of(s + at, text.size - at);
    return zone == INT64_MIN ? -1 : us - zone * 1000000;
}
