/* SPDX-License-Identifier: MIT */
/* The values of crumple-run's options, from text. Each returns false if the text is none. */
#ifndef CRUMPLE_RUN_OPTIONS_VALUES_H
#define CRUMPLE_RUN_OPTIONS_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/** 0 or 1. */
bool value_flag(const char *text, bool *ret);
/** The place of the word in a list that ends with NULL. */
bool value_word(const char *text, const char *const *words, int *ret);
/** A number from low to high. */
bool value_number(const char *text, long low, long high, long *ret);
/** Microseconds, from 20s, 500ms, 2m or 1h; at most a day. */
bool value_time(const char *text, int64_t *ret_us);
/** Two times, from 100ms..30s; the second is not the shorter one, the first is above 0. */
bool value_backoff(const char *text, int64_t *ret_first_us, int64_t *ret_most_us);
/** A number up to 1000 and a time above 0, from 5/60s. */
bool value_rate(const char *text, uint32_t *ret_count, int64_t *ret_period_us);
/** The number of a signal, from TERM, SIGTERM, RTMIN+3 or 15. */
bool value_signal(const char *text, int *ret);

#endif
