/* SPDX-License-Identifier: MIT */
/*
 * The variables of containment. Each function stores a whole value or nothing. It returns NULL, or a text
 * that names the wrong entry and the reason (valid until the next call). Ordinary code of the constructor.
 */
#ifndef CRUMPLE_PRELOAD_START_CONFIG_RECOVER_H
#define CRUMPLE_PRELOAD_START_CONFIG_RECOVER_H

#include "state/config.h"

/** 'PATTERN=ACTION[:WORD],...': rules, rule_count, recover. */
const char *config_parse_rules(struct crumple_config *config, const char *value);
/** 'KEY=VALUE,...': breaker, breaker_rejects, breaker_peers, breaker_life. A missing key keeps its default. */
const char *config_parse_breaker(struct crumple_config *config, const char *value);
/** 'FIRST..LAST,COUNT/WINDOW'; either part may be missing. */
const char *config_parse_backoff(struct crumple_config *config, const char *value);
/** 'KEY=VALUE,...': keep_*. */
const char *config_parse_keep(struct crumple_config *config, const char *value);

#endif
