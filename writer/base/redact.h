/* SPDX-License-Identifier: MIT */
/*
 * Passwords on the command line. Reports are pasted into tickets, so they omit the values of options whose
 * names suggest a secret. The core keeps the memory unchanged. The environment needs no such guess, because
 * reports show only the values of known variables (preload/start/config.c).
 */
#ifndef CRUMPLE_WRITER_BASE_REDACT_H
#define CRUMPLE_WRITER_BASE_REDACT_H

#include "base/buffer.h"
#include "secret_name.h"

/**
 * Appends one argument of a command line, with "[redacted]" in place of - the value of a name that suggests a
 * secret: --password=X, requirepass:X, "password": "X", token=X in an address; - the argument after an option
 * of such a name: --requirepass X; - the password in an address: scheme://user:X@host; - a token: Bearer X. A name suggests a
 * secret by one of its parts (password, passwd, pass, secret, token, key, auth, ...), unless its last part
 * says that the value is a file, a path, a number or the like. The name stays. 'before' is the previous
 * argument (size 0: none).
 */
void redact_argument(struct buffer *out, const char *text, size_t size, const char *before,
                     size_t before_size);

/** The same question about a name alone. */
static inline bool redact_is_secret(const char *name, size_t size)
{
    return secret_name_is(name, size);
}

#endif
