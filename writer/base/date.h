/* SPDX-License-Identifier: MIT */
/* Dates as text. */
#ifndef CRUMPLE_WRITER_BASE_DATE_H
#define CRUMPLE_WRITER_BASE_DATE_H

#include <stddef.h>
#include <stdint.h>

#define DATE_BYTES 40 /* a text with the NUL */

/** Writes us, microseconds since 1970, as "YYYY-MM-DDThh:mm:ss.ffffffZ" (RFC 3339, UTC). */
void date_format(int64_t us, char *ret_text, size_t size);

#endif
