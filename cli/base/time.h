/* SPDX-License-Identifier: MIT */
/* Times: microseconds since 1970 UTC, their RFC 3339 form, and the form in a bundle's name. */
#ifndef CRUMPLE_CLI_BASE_TIME_H
#define CRUMPLE_CLI_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define WHEN_TEXT_BYTES 40

/** CLOCK_REALTIME in microseconds. */
int64_t when_now_us(void);

/** Microseconds of a clock that cannot be set, for deadlines. */
int64_t when_clock_us(void);

/** Parse RFC 3339 ("2026-11-20T18:56:07.123456Z", an offset instead of Z, a blank instead of T; a date alone
 * means its first moment UTC). Returns 0 or -EINVAL. */
int when_parse(const char *s, int64_t *ret_us);

/** As when_parse; or an age before now: a number and s, m, h, d or w ("90m", "3d"); or a date, with or without a clock
 * ("2026-11-20 18:56"), of the zone of this machine. */
int when_parse_age(const char *s, int64_t now_us, int64_t *ret_us);

/** Parse the first 23 characters of a bundle's name, YYYYMMDDThhmmss.uuuuuuZ. Returns 0 or -EINVAL. */
int when_parse_name(const char *name, int64_t *ret_us);

/** UTC, RFC 3339 with microseconds. */
void when_format(int64_t us, char ret_text[static WHEN_TEXT_BYTES]);

/** Local time for tables, to the second or (brief) to the minute. */
void when_format_local(int64_t us, bool brief, char ret_text[static WHEN_TEXT_BYTES]);

#endif
