/* SPDX-License-Identifier: MIT */
/* The text of CRUMPLE_KEEP: see retain_rules.h. */
#include "retain_rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 256

static int complain(char *ret_complaint, size_t size, const char *entry, const char *want)
{
    snprintf(ret_complaint, size, "'%s' should be %s", entry, want);
    return -EINVAL;
}

/* Reads digits; *at is behind them. Returns whether there were any, and not too many. */
static bool take_digits(const char **at, uint64_t *ret_value)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *ret_value = strtoull(*at, &end, 10);
    *at = end;
    return errno == 0;
}

static bool parse_bytes(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGT";
    uint64_t bytes;
    if (!take_digits(&text, &bytes))
        return false;
    const char *unit = *text ? strchr(units, *text) : NULL;
    for (int i = 0; unit && i <= unit - units; i++)
        if (__builtin_mul_overflow(bytes, 1024, &bytes))
            return false;
    if (unit)
        text++;
    *ret_bytes = bytes;
    return *text == '\0';
}

/* The smallest first. */
static const struct {
    const char *unit;
    int64_t us;
} units[] = {{"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};

static bool parse_period(const char *text, int64_t *ret_us)
{
    uint64_t number;
    if (!take_digits(&text, &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text, units[i].unit) == 0)
            return !__builtin_mul_overflow(number, units[i].us, ret_us) && *ret_us > 0;
    return false;
}

static bool parse_free(const char *text, struct retain_rules *rules)
{
    const char *at = text;
    uint64_t percent;
    rules->free_bytes = rules->free_percent = 0;
    snprintf(rules->free_text, sizeof rules->free_text, "%s", text);
    if (take_digits(&at, &percent) && strcmp(at, "%") == 0) {
        rules->free_percent = percent <= 100 ? (unsigned)percent : 0;
        return percent <= 100;
    }
    return parse_bytes(text, &rules->free_bytes);
}

static bool parse_per_signature(const char *text, struct retain_rules *rules)
{
    if (!take_digits(&text, &rules->per_signature))
        return false;
    if (!*text && !rules->per_signature)
        return true;
    return *text == '/' && parse_period(text + 1, &rules->period_us);
}

static bool parse_age(const char *text, struct retain_rules *rules)
{
    if (strcmp(text, "0") != 0)
        return parse_period(text, &rules->age_us);
    rules->age_us = 0;
    return true;
}

static int parse_entry(const char *entry, struct retain_rules *rules, char *ret_complaint, size_t size)
{
    const char *equals = strchr(entry, '='), *value = equals ? equals + 1 : "";
    size_t length = equals ? (size_t)(equals - entry) : strlen(entry);
    if (length == 5 && memcmp(entry, "count", 5) == 0) {
        bool is_number = take_digits(&value, &rules->count) && !*value;
        return is_number ? 0 : complain(ret_complaint, size, entry, "a number of bundles: count=500");
    }
    if (length == 5 && memcmp(entry, "bytes", 5) == 0)
        return parse_bytes(value, &rules->bytes)
                   ? 0
                   : complain(ret_complaint, size, entry, "a size with K, M, G or T: bytes=256M");
    if (length == 4 && memcmp(entry, "free", 4) == 0)
        return parse_free(value, rules)
                   ? 0
                   : complain(ret_complaint, size, entry, "a share or a size: free=5% or free=1G");
    if (length == 13 && memcmp(entry, "per_signature", 13) == 0)
        return parse_per_signature(value, rules)
                   ? 0
                   : complain(ret_complaint, size, entry, "a number and a period: per_signature=5/1h");
    if (length == 3 && memcmp(entry, "age", 3) == 0)
        return parse_age(value, rules) ? 0 : complain(ret_complaint, size, entry, "a period: age=30d");
    if (length == 9 && memcmp(entry, "signature", 9) == 0)
        return take_digits(&value, &rules->signature) && !*value
                   ? 0
                   : complain(ret_complaint, size, entry, "a number of bundles: signature=20");
    snprintf(ret_complaint, size, "'%s' is not one of count, bytes, free, per_signature, age, signature",
             entry);
    return -EINVAL;
}

int retain_parse(const char *text, struct retain_rules *ret_rules, char *ret_complaint, size_t size)
{
    struct retain_rules rules = {0};
    char copy[TEXT_MAX], *rest = copy;
    if (strlen(text) >= sizeof copy) {
        snprintf(ret_complaint, size, "it is longer than %d bytes", TEXT_MAX - 1);
        return -EINVAL;
    }
    snprintf(copy, sizeof copy, "%s", text);
    for (char *entry; (entry = strsep(&rest, ","));) {
        if (!*entry && !rest)
            break; /* nothing, or a comma at the end */
        int error = parse_entry(entry, &rules, ret_complaint, size);
        if (error)
            return error;
    }
    *ret_rules = rules;
    return 0;
}

void retain_period_text(int64_t us, char *ret_text, size_t size)
{
    size_t i = sizeof units / sizeof units[0] - 1;
    while (i > 0 && us % units[i].us != 0)
        i--;
    snprintf(ret_text, size, "%" PRId64 "%s", us / units[i].us, units[i].unit);
}
