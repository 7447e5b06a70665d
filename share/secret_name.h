/* SPDX-License-Identifier: MIT */
/*
 * Names that suggest that their value is secret: of options, variables, tags and members. One list, for what the
 * writer leaves out of reports and for what crumple shows of a core.
 */
#ifndef CRUMPLE_SHARE_SECRET_NAME_H
#define CRUMPLE_SHARE_SECRET_NAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Whether a name, of letters, digits, '-', '_' and '.', suggests that its value is secret: one of its parts is password, passwd,
 * pass, secret, token, key, auth, ..., and its last part does not say that the value is a file, a path, a number or the like.
 */
bool secret_name_is(const char *name, size_t size);

/** Whether a value is an address with a password in it: scheme://user:password@host. */
bool secret_value_is(const char *value, size_t size);

#endif
