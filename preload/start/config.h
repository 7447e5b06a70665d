/* SPDX-License-Identifier: MIT */
/* Reads the configuration from the environment. Ordinary code, in the constructor only. */
#ifndef CRUMPLE_PRELOAD_START_CONFIG_H
#define CRUMPLE_PRELOAD_START_CONFIG_H

#include <stdbool.h>

#include "state/config.h"

/**
 * Parses the CRUMPLE_ variables of an environment into *config, which holds zeroes. Warnings go to stderr, a
 * line each. Runs in the constructor only: getenv() is not usable yet there (-z initfirst), so the
 * environment is passed.
 */
void config_parse(struct crumple_config *config, char *const *envp);

/**
 * True if the parent process was preloaded too. It has then already reported errors of the configuration, and
 * children of a shell or prefork server, whose stderr may have another reader, do not repeat them.
 */
bool config_is_inherited(void);

/** Fills environ_text: names always, values only of variables known to hold no secret. */
void config_redact_environ(struct crumple_config *config, char *const *envp);

#endif
