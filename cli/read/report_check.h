/* SPDX-License-Identifier: MIT */
/* The shape of report.json. */
#ifndef CRUMPLE_CLI_READ_REPORT_CHECK_H
#define CRUMPLE_CLI_READ_REPORT_CHECK_H

#include <stddef.h>

#include <jansson.h>

/** Check every known member's type and the limits. Returns 0, -EBADMSG or -EPROTO (newer format), with the
 * reason. */
int report_check(const json_t *report, char *ret_reason, size_t reason_bytes);

#endif
