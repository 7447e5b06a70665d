/* SPDX-License-Identifier: MIT */
#include "watch/watch_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The fewest digits that give the same number back. */
static void format_float(double value, bool is_single, char *ret, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        double back = 0;
        snprintf(ret, size, "%.*g", digits, value);
        if (sscanf(ret, "%lf", &back) == 1 && (is_single ? (float)back == (float)value : back == value))
            return;
    }
}

static void format_char(uint8_t value, char *ret, size_t size)
{
    if (value >= 0x20 && value < 0x7f)
        snprintf(ret, size, "%c", value);
    else
        snprintf(ret, size, "\\x%02x", value);
}

static void format_number(enum watch_type type, uint64_t bits, char *ret, size_t size)
{
    const size_t unused = 64 - 8 * watch_type_size(type);
    const int64_t number = (int64_t)(bits << unused) >> unused;
    if (type >= WATCH_I8 && type <= WATCH_I64)
        snprintf(ret, size, "%" PRId64, number);
    else
        snprintf(ret, size, "%" PRIu64, bits);
}

void watch_format(enum watch_type type, const void *bytes, char *ret, size_t size)
{
    uint64_t bits = 0;
    double wide;
    float narrow;
    memcpy(&bits, bytes, watch_type_size(type));
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &bits, sizeof narrow);
    *ret = '\0';
    if (type == WATCH_F64 || type == WATCH_F32)
        format_float(type == WATCH_F64 ? wide : (double)narrow, type == WATCH_F32, ret, size);
    else if (type == WATCH_BOOL)
        snprintf(ret, size, "%s", bits ? "true" : "false");
    else if (type == WATCH_CHAR)
        format_char((uint8_t)bits, ret, size);
    else if (type == WATCH_PTR || type == WATCH_HEX)
        snprintf(ret, size, "0x%" PRIx64, bits);
    else
        format_number(type, bits, ret, size);
}
