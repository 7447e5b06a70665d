/* SPDX-License-Identifier: MIT */
/*
 * The files of a crash directory that retention is about: bundles and pending cores that still have the name, and the
 * owner, that crumple gave them, and left-overs of killed writers. What has another name, is no regular file, or belongs to
 * somebody else is not crumple's, and is not here.
 */
#ifndef CRUMPLE_RETAIN_RETAIN_FILES_H
#define CRUMPLE_RETAIN_RETAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETAIN_FILES_MAX 262144 /* of a directory; those beyond are looked at next time */

enum retain_kind { RETAIN_BUNDLE, RETAIN_PENDING, RETAIN_LEFT_OVER };

struct retain_file {
    char *name; /* owned */
    enum retain_kind kind;
    uint64_t bytes, disk_bytes; /* of the file; what its deletion frees */
    uint64_t signature;         /* a hash, which the caller sets; 0: it is not known */
    bool is_spared;             /* it stays: just written, or perhaps not finished yet */
    const char *reason;         /* why it goes; constant; NULL: it stays */
    bool is_gone;
};

struct retain_files {
    struct retain_file *items; /* owned; the oldest first */
    size_t count, room;
};

/** Lists them. Spares cores of the last day (their writer may still come), a core that a writer has locked, and temporary
 * files of the last ten minutes or of a writer at work. Follows no link, and opens cores only. Returns 0 or a negative errno; retain_release is due in
 * any case. */
int retain_scan(int directory, struct retain_files *ret_files);

/** The bundle of that name, or NULL. */
struct retain_file *retain_find(const struct retain_files *files, const char *name);

void retain_release(struct retain_files *files);

#endif
