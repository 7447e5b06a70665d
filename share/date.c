/* SPDX-License-Identifier: MIT */
/* Safe file: no call of libc. */
#include "date.h"

/* Writes the last digits of value and then the character behind them. Returns where the next part begins. */
static char *put(char *at, uint64_t value, int digits, char behind)
{
    for (int i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    at[digits] = behind;
    return at + digits + 1;
}

/* The civil date is made from the days by Howard Hinnant's algorithm (days_from_civil, inverted). */
void date_format(uint64_t us, char ret_text[DATE_BYTES])
{
    uint64_t seconds = us / 1000000;
    uint64_t days = seconds / 86400 + 719468, era = days / 146097, day_of_era = days % 146097;
    uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t from_march = (5 * day_of_year + 2) / 153;
    uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    char *at = put(ret_text, year_of_era + era * 400 + (month <= 2), 4, '-');
    at = put(at, month, 2, '-');
    at = put(at, day_of_year - (153 * from_march + 2) / 5 + 1, 2, 'T');
    at = put(at, seconds / 3600 % 24, 2, ':');
    at = put(at, seconds / 60 % 60, 2, ':');
    at = put(at, seconds % 60, 2, '.');
    at = put(at, us % 1000000, 6, 'Z');
    *at = '\0';
}
