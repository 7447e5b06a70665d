/* SPDX-License-Identifier: MIT */
/* Verdicts on the environment: the CRUMPLE_ variables, and the preloads. */
#ifndef CRUMPLE_CLI_DOCTOR_SETTING_RULES_H
#define CRUMPLE_CLI_DOCTOR_SETTING_RULES_H

#include "facts/verdict.h"
#include "settings.h"

/** Parses the variables as the shim does, and says what it would warn about, and which names are near misses. exe_name:
 * what CRUMPLE_ONLY is matched with. */
void setting_judge(char *const *environ, const char *exe_name, struct crumple_settings *ret_settings,
                   struct verdicts *ret);

/** Libraries beside crumple's in LD_PRELOAD's value, and in /etc/ld.so.preload's text; either may be NULL. */
void setting_judge_preloads(const char *list, const char *system_list, struct verdicts *ret);

#endif
