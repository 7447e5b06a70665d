/* SPDX-License-Identifier: MIT */
/* Dates as text. */
#ifndef CRUMPLE_SHARE_DATE_H
#define CRUMPLE_SHARE_DATE_H

#include <stdint.h>

#define DATE_BYTES 28 /* a text with the NUL */

/** Writes us, microseconds since 1970, as "YYYY-MM-DDThh:mm:ss.ffffffZ" (RFC 3339, UTC). Signal-safe. */
void date_format(uint64_t us, char ret_text[DATE_BYTES]);

#endif
