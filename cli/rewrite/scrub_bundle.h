/* SPDX-License-Identifier: MIT */
/* From a bundle to a scrubbed one. */
#ifndef CRUMPLE_CLI_REWRITE_SCRUB_BUNDLE_H
#define CRUMPLE_CLI_REWRITE_SCRUB_BUNDLE_H

#include <stdbool.h>

#include <jansson.h>

#include "read/bundle.h"

/* What of a bundle is left out. */
struct scrub_wish {
    bool no_core, keep_logs;
};

/**
 * Writes the scrubbed bundle to fd. reader has read the report, which is changed. Members that are not known are left out.
 * Returns 0, -ENOMEM, -EBADMSG (the bundle is damaged: bundle_reason, or its core cannot be scrubbed: *ret_reason), or the
 * error of write.
 */
int scrub_bundle(struct bundle_reader *reader, json_t *report, const struct scrub_wish *wish, int fd,
                 const char **ret_reason);

#endif
