/* SPDX-License-Identifier: MIT */
/*
 * The variables of containment. Each function stores a whole value or nothing. It returns NULL, or a text
 * that names the wrong entry and the reason (valid until the next call). Ordinary code of the constructor.
 */
#ifndef CRUMPLE_SETTINGS_SETTINGS_RECOVER_H
#define CRUMPLE_SETTINGS_SETTINGS_RECOVER_H

#include "settings.h"

/** 'PATTERN=ACTION[:WORD],...': rules, rule_count, recover. */
const char *settings_parse_rules(struct crumple_settings *settings, const char *value);
/** 'KEY=VALUE,...': breaker, breaker_rejects, breaker_peers, breaker_life. A missing key keeps its default. */
const char *settings_parse_breaker(struct crumple_settings *settings, const char *value);
/** 'FIRST..LAST,COUNT/WINDOW'; either part may be missing. */
const char *settings_parse_backoff(struct crumple_settings *settings, const char *value);
/** 'KEY=VALUE,...': keep_*. */
const char *settings_parse_keep(struct crumple_settings *settings, const char *value);

#endif
