/* SPDX-License-Identifier: MIT */
/* The member secrets.json. */
#ifndef CRUMPLE_CLI_READ_SECRETS_H
#define CRUMPLE_CLI_READ_SECRETS_H

#include <jansson.h>

#include "read/bundle.h"

/** Reads it, from a reader that has read the report; the core stays to be read. *ret_secrets: an array of objects with the strings
 * kind, name and value, to be released. Returns 0, -ENODATA (there is none), -ENOMEM or -EBADMSG. */
int secrets_read(struct bundle_reader *reader, json_t **ret_secrets);

#endif
