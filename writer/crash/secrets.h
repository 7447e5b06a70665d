/* SPDX-License-Identifier: MIT */
/*
 * Values that were marked as secret, with '!' before their names, or whose names suggest it. Reports show
 * CRUMPLE_SECRET in their place. The values stand in one member of the bundle, which 'crumple show --secrets' prints
 * and 'crumple scrub' leaves out.
 */
#ifndef CRUMPLE_WRITER_CRASH_SECRETS_H
#define CRUMPLE_WRITER_CRASH_SECRETS_H

#include "crash/crash.h"

#define SECRETS_BYTES_MAX                                                                                    \
    ((size_t)4 << 20) /* of the member; what is beyond is left out, and soft_errors says so */

/**
 * Keeps a value for the member secrets.json. kind: "tag" or "watch"; name without the '!'; tid: the thread whose
 * value it is, 0: the process. The value is copied: foreign text of any bytes.
 */
void crash_add_secret(struct crash *crash, const char *kind, const char *name, int64_t tid, const char *value,
                      size_t size);

/** Whether the bundle has the member: there are secrets, and the bundle keeps memory (CRUMPLE_STACK=full). */
bool crash_has_secrets(const struct crash *crash);

#endif
