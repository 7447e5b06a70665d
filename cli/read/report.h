/* SPDX-License-Identifier: MIT */
/*
 * report.json: parsing it within limits, checking its shape, and reading its members without surprises. After
 * report_parse every known member has the type that docs/bundle-format.md names, or is null or absent.
 */
#ifndef CRUMPLE_CLI_READ_REPORT_H
#define CRUMPLE_CLI_READ_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define REPORT_REASON_BYTES 256

/** Parse a whole report.json. *ret_report is to be released with json_decref. Returns 0, -ENOMEM, -EBADMSG
 * (damaged) or -EPROTO (a format newer than this program); ret_reason then says why, as a clause. */
int report_parse(const char *text, size_t len, json_t **ret_report,
                 char ret_reason[static REPORT_REASON_BYTES]);

/** As report_parse, for the beginning of a long report: parses what stands before "threads". Returns -ENODATA
 * where "threads" has not begun, so that more must be read. */
int report_parse_head(const char *text, size_t len, json_t **ret_report,
                      char ret_reason[static REPORT_REASON_BYTES]);

/** The string, or NULL. object may be NULL, and so for all below. */
const char *report_string(const json_t *object, const char *member);

/** The number, or otherwise. */
int64_t report_number(const json_t *object, const char *member, int64_t otherwise);

bool report_is_true(const json_t *object, const char *member);

/** A string in hex ("0x7f00"). Returns 0 or -ENODATA. */
int report_address(const json_t *object, const char *member, uint64_t *ret_address);

#endif
