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

#define DAY_US INT64_C(86400000000)
/* Of what is only logged, per_signature is the number of a day at least, and of all signatures together so many times that number. */
#define LOGGED_SIGNATURES 10

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

static const char *ordinal(uint64_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    return number % 100 / 10 == 1 || number % 10 > 3 ? "th" : endings[number % 10];
}

/* What is only logged comes in numbers, and must not drive reports of deaths out of the directory. */
static bool has_too_many_logged(const struct retain_rules *rules, const struct earlier *earlier,
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
static bool is_beyond_budget(int directory, const struct retain_rules *rules, struct crash *crash)
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
    retain_period_text(period_us, period, sizeof period);
    snprintf(crash->suppressed, sizeof crash->suppressed, "the %" PRIu64 "%s of this signature within %s",
             number, ordinal(number), period);
    return true;
}

void keep_admit(int directory, const struct retain_rules *rules, struct crash *crash)
{
    crash->suppressed[0] = '\0';
    if (is_beyond_budget(directory, rules, crash))
        return;
    if ((rules->free_bytes || rules->free_percent) && !prune_for_space(directory, rules, crash))
        snprintf(crash->suppressed, sizeof crash->suppressed, "free space below %s", rules->free_text);
}
