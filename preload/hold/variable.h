/* SPDX-License-Identifier: MIT */
/* What crumple-run says by CRUMPLE_RUN_HOLD (crumple_hold.h). */
#ifndef CRUMPLE_PRELOAD_HOLD_VARIABLE_H
#define CRUMPLE_PRELOAD_HOLD_VARIABLE_H

#include "state/config.h"

/** Parses "PID FLAGS NAME". A malformed value leaves *ret as it is; letters that this version does not know mean nothing. */
void safe_hold_parse(const char *text, struct config_hold *ret);

#endif
