/* SPDX-License-Identifier: MIT */
/* The signatures of bundles, by the lines of crashes.ndjson: no bundle is opened. */
#ifndef CRUMPLE_WRITER_LEDGER_SIGNATURES_H
#define CRUMPLE_WRITER_LEDGER_SIGNATURES_H

#include "retain_files.h"

/** Sets the signature of each file that the log knows. A log that cannot be read leaves them unknown. */
void signatures_find(int directory, struct retain_files *files);

#endif
