/* SPDX-License-Identifier: MIT */
/* The samples of one metric family of Prometheus' text format, summed up by their labels. */
#ifndef CRUMPLE_WRITER_LEDGER_SAMPLES_H
#define CRUMPLE_WRITER_LEDGER_SAMPLES_H

#include "base/buffer.h"
#include "ledger/label_names.h"

struct samples {
    struct names labels; /* as they are printed, without braces */
    uint64_t *values;    /* owned; by the number of the name */
    uint32_t room;
};

/** Returns 0 or -ENOMEM; samples_release is due in any case. */
int samples_init(struct samples *samples);

/** The value of the sample with these labels (made with samples_label), 0 at first; NULL: memory is short. */
uint64_t *samples_value(struct samples *samples, const struct buffer *labels);

/** Appends NAME="VALUE", with a comma where it is not the first. A NULL value is "none". */
void samples_label(struct buffer *labels, const char *name, struct span value);

/** Appends the family, its samples in the order of their labels; nothing where it has none. */
void samples_print(const struct samples *samples, const char *name, const char *type, const char *help,
                   struct buffer *out);

void samples_release(struct samples *samples);

#endif
