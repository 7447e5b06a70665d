/* SPDX-License-Identifier: MIT */
/*
 * Samples of another user's crumple.prom, in Prometheus' text format. One wrong line, or one series that
 * appears twice, would make Prometheus refuse them all. So each line is checked, and samples that their
 * writer may not publish are left out.
 */
#ifndef CRUMPLE_CLI_READ_EXPOSITION_H
#define CRUMPLE_CLI_READ_EXPOSITION_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct exposition_sample {
    char *name, *key; /* of the metric; of the series: name and labels in order */
    char *line;
};

struct exposition {
    struct exposition_sample *samples;
    size_t count, room;
};

/**
 * Add the samples of text (len bytes, not ended by 0) whose label uid is that one: a user can count only for
 * itself. Comments are passed over. Adds the number of lines that were left out to *ret_left_out. Returns 0
 * or -ENOMEM.
 */
int exposition_add(struct exposition *exposition, const char *text, size_t len, uid_t uid,
                   size_t *ret_left_out);

/** Print all samples, those of a metric together below its '# HELP' and '# TYPE', each series once. */
void exposition_print(struct exposition *exposition, FILE *to);

void exposition_clear(struct exposition *exposition);

#endif
