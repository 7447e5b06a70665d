/* SPDX-License-Identifier: MIT */
/*
 * What crumple-writer says on its status pipe, line by line, and what follows from it: which stage it was in
 * when it ended, and whether another one is to be started that leaves that stage out.
 */
#ifndef PRELOAD_OUT_WRITER_STATUS_H
#define PRELOAD_OUT_WRITER_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define SAFE_STATUS_LIST 512 /* bytes of the stages that are left out, as an option's value */

struct safe_status {
    /* Whole lines but those of stages; NULL: nobody wants to know. */
    void (*heard)(const char *text, size_t n);
    char line[1024];
    size_t used;
    char stage[24];   /* told last; empty: none */
    bool has_verdict; /* told by this writer or an earlier one */
    bool has_ok;      /* the bundle is there */
    bool has_repeated;
    char without[SAFE_STATUS_LIST]; /* NAME:WHY,NAME:WHY... */
};

/* Another writer begins: what the last one has not said to its end is forgotten. */
void safe_status_begin(struct safe_status *s);

/* Takes what came from the pipe. Returns true if a line of a stage was among it. */
bool safe_status_take(struct safe_status *s, const char *text, size_t n);

/*
 * The writer ended without a bundle: 'why' as --without takes it. Adds its stage to those that are left out;
 * one that was in none, or was killed from outside, is repeated once as it was. Returns false if another one
 * would be no use.
 */
bool safe_status_again(struct safe_status *s, const char *why);

#endif
