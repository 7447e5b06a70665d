/* SPDX-License-Identifier: MIT */
/* The member secrets.json: the values of crash/secrets.h. */
#ifndef CRUMPLE_WRITER_REPORT_SECRETS_H
#define CRUMPLE_WRITER_REPORT_SECRETS_H

#include "crash/crash.h"

void secrets_write(const struct crash *crash, struct buffer *out);

#endif
