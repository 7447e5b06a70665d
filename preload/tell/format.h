/* SPDX-License-Identifier: MIT */
/* A part of printf that is signal-safe and costs a few nanoseconds: crumple_tag("match_id", "%d", id). */
#ifndef CRUMPLE_PRELOAD_TELL_FORMAT_H
#define CRUMPLE_PRELOAD_TELL_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/**
 * Writes to out, of size bytes, at least one: never past its end, always with a NUL. Knows d i u x X c s p %, with
 * hh h l ll z j t, the flags - and 0, a width and, for s, a precision, each also as *. Returns the number of bytes
 * without the NUL, cut ones not counted; -ENOTSUP: the format has something else, and out is as good as empty.
 */
int safe_format(char *out, size_t size, const char *format, va_list args);

#endif
