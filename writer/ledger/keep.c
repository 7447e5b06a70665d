/* SPDX-License-Identifier: MIT */
#include "ledger/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/event_line.h"
#include "base/json.h"
#include "explain/dump.h"
#include "ledger/log.h"
#include "ledger/prune.h"

#define TEXT_MAX 256
#define DAY_US   INT64_C(86400000000)
/* Of what is only logged, per_signature is the number of a day at least, and of all signatures together so many times that number. */
#define LOGGED_SIGNATURES 10

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

static bool parse_free(const char *text, struct keep_rules *rules)
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

static bool parse_per_signature(const char *text, struct keep_rules *rules)
{
    if (!take_digits(&text, &rules->per_signature))
        return false;
    if (!*text && !rules->per_signature)
        return true;
    return *text == '/' && parse_period(text + 1, &rules->period_us);
}

static int parse_entry(const char *entry, struct keep_rules *rules, char *ret_complaint, size_t size)
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
    snprintf(ret_complaint, size, "'%s' is not one of count, bytes, free, per_signature", entry);
    return -EINVAL;
}

int keep_parse(const char *text, struct keep_rules *ret_rules, char *ret_complaint, size_t size)
{
    struct keep_rules rules = {0};
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

/* Events of the period that were like this one; of the same kind at all. */
struct earlier {
    uint64_t bundles, suppressed;
    uint64_t bundles_of_kind; /* only of logged errors */
};

static void count_line(const struct crash *crash, int64_t since_us, const struct event_line *line,
                       struct earlier *earlier)
{
    if (!span_is(line->event, crash->notes.event) || line->time_us <= since_us)
        return;
    earlier->bundles_of_kind += line->has_bundle;
    if (!span_is(line->signature, crash->signature) || !span_is(line->exe, crash->notes.exe))
        return;
    earlier->bundles += line->has_bundle;
    earlier->suppressed += line->is_suppressed ? line->count : 0;
}

/* Looks at the lines that hold the signature only: the log may be megabytes, and a server waits. It does not for what is only
 * logged. */
static int count_earlier(int directory, const struct crash *crash, int64_t since_us,
                         struct earlier *ret_earlier)
{
    struct buffer text = {0}, needle = {0};
    size_t older_size;
    int error = log_read(directory, &text, &older_size);
    if (notes_is_logged(&crash->notes))
        json_string(&needle, "event", crash->notes.event);
    else
        json_string(&needle, "signature", crash->signature);
    char *scratch = error || needle.failed ? NULL : malloc(text.size + 1);
    const char *at = text.data, *end = text.data + text.size, *found;
    while (scratch && at < end && (found = memmem(at, (size_t)(end - at), needle.data, needle.size))) {
        const char *before = memrchr(text.data, '\n', (size_t)(found - text.data));
        const char *begin = before ? before + 1 : text.data;
        const char *newline = memchr(found, '\n', (size_t)(end - found));
        struct event_line line;
        at = newline ? newline + 1 : end;
        if (newline && event_line_parse(begin, (size_t)(newline - begin), scratch, &line) == 0)
            count_line(crash, since_us, &line, ret_earlier);
    }
    if (!error && !scratch)
        error = -ENOMEM;
    free(scratch);
    buffer_release(&text);
    buffer_release(&needle);
    return error;
}

/* A period in the largest unit that it is a whole number of: the shim gives all of them in seconds. */
static void format_period(int64_t us, char *ret_text, size_t size)
{
    size_t i = sizeof units / sizeof units[0] - 1;
    while (i > 0 && us % units[i].us != 0)
        i--;
    snprintf(ret_text, size, "%" PRId64 "%s", us / units[i].us, units[i].unit);
}

static const char *ordinal(uint64_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    return number % 100 / 10 == 1 || number % 10 > 3 ? "th" : endings[number % 10];
}

/* What is only logged comes in numbers, and must not drive reports of deaths out of the directory. */
static bool has_too_many_logged(const struct keep_rules *rules, const struct earlier *earlier,
                                struct crash *crash)
{
    if (!notes_is_logged(&crash->notes) ||
        earlier->bundles_of_kind < LOGGED_SIGNATURES * rules->per_signature)
        return false;
    snprintf(crash->suppressed, sizeof crash->suppressed,
             "logged errors have left %" PRIu64 " bundles within 1d", earlier->bundles_of_kind);
    return true;
}

/* A log that cannot be read suppresses nothing. */
static bool is_beyond_budget(int directory, const struct keep_rules *rules, struct crash *crash)
{
    struct earlier earlier = {0};
    const bool is_logged = notes_is_logged(&crash->notes);
    const int64_t period_us = is_logged && rules->period_us < DAY_US ? DAY_US : rules->period_us;
    if ((!rules->per_signature && !is_logged) || dump_is_wanted(crash) ||
        count_earlier(directory, crash, (int64_t)(crash->notes.time_ns / 1000) - period_us, &earlier) < 0)
        return false;
    crash->is_repeated = earlier.bundles || earlier.suppressed;
    if (!rules->per_signature)
        return false;
    if (earlier.bundles < rules->per_signature)
        return has_too_many_logged(rules, &earlier, crash);
    uint64_t number = earlier.bundles + earlier.suppressed + 1;
    char period[40];
    format_period(period_us, period, sizeof period);
    snprintf(crash->suppressed, sizeof crash->suppressed, "the %" PRIu64 "%s of this signature within %s",
             number, ordinal(number), period);
    return true;
}

void keep_admit(int directory, const struct keep_rules *rules, struct crash *crash)
{
    crash->suppressed[0] = '\0';
    if (is_beyond_budget(directory, rules, crash))
        return;
    if ((rules->free_bytes || rules->free_percent) && !prune_for_space(directory, rules, crash))
        snprintf(crash->suppressed, sizeof crash->suppressed, "free space below %s", rules->free_text);
}
