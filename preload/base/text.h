/* SPDX-License-Identifier: MIT */
/* Text in a caller's buffer, for safe files: never past the end, always ended by NUL, no allocation, no
 * locale. */
#ifndef CRUMPLE_PRELOAD_BASE_TEXT_H
#define CRUMPLE_PRELOAD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct safe_text {
    char *data;
    size_t used, size; /* used counts no NUL; size does */
    bool truncated;
};

static inline struct safe_text safe_text_on(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct safe_text){buffer, 0, size, false};
}

void safe_text_add(struct safe_text *t, const char *s);
void safe_text_add_n(struct safe_text *t, const char *s, size_t n);
/** Like add_n, for foreign text: what crumple_text.h calls unsafe, and each byte that is not UTF-8, becomes a
 * blank. */
void safe_text_add_clean(struct safe_text *t, const char *s, size_t n);
/** Like add_n, but an ASCII control character becomes a blank: for a line of a note, whose reader gets the
 * other bytes unchanged and cleans them. */
void safe_text_add_line(struct safe_text *t, const char *s, size_t n);
void safe_text_add_u64(struct safe_text *t, uint64_t v);
void safe_text_add_i64(struct safe_text *t, int64_t v);
void safe_text_add_padded(struct safe_text *t, uint64_t v, int digits); /* leading zeros */
void safe_text_add_hex_digits(struct safe_text *t, uint64_t v);
void safe_text_add_hex(struct safe_text *t, uint64_t v); /* 0x... */

size_t safe_strlen(const char *s);
bool safe_equal(const char *a, const char *b);
bool safe_starts(const char *s, const char *prefix);
void safe_text_copy(char *to, size_t size, const char *from); /* unchanged; cut if it does not fit */
void safe_copy(void *to, const void *from, size_t n);
void safe_zero(void *to, size_t n);
/** Name of a signal crumple takes ("SIGSEGV"), or "signal". */
const char *safe_signal_name(int sig);
/** strerror for the errors of this program's system calls; "error" for others. */
const char *safe_error_name(long negative_errno);

/** Parses lower-case hex digits from p to end at most, as /proc writes addresses. Returns the end of the
 * number. */
const char *safe_parse_hex(const char *p, const char *end, uint64_t *ret);

#endif
