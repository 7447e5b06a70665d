/* SPDX-License-Identifier: MIT */
/*
 * Bundles for the tests of the CLI: a crash directory of their own, a sound report, what makes bundles of texts, and
 * what asks the readers for their judgement, as 'list' and as 'show' ask.
 */
#ifndef CRUMPLE_TESTS_UNIT_CLI_READ_BUNDLES_H
#define CRUMPLE_TESTS_UNIT_CLI_READ_BUNDLES_H

#include <sys/stat.h>

#include "unit.h"

/* The directory of the test; its only bundle is BUNDLES_NAME.tar.zst. */
extern char bundles_folder[];
#define BUNDLES_NAME "20260102T030405.000001Z-alpha-101"

/* A report as crumple-writer makes them: three frames, a second thread, a module. */
extern const char bundles_report[];

/* A fixture: makes the directory, and removes it with all that is in it. */
void bundles_set_up(void);
void bundles_tear_down(void);

/* The same, with as many bundles as an index needs (rows/index.h), and a folder for caches in it. */
extern char bundles_cache[64], bundles_index[200]; /* the folder, and where the directory's index will lie */
void bundles_set_up_for_index(void);

struct bundles_packed {
    unsigned char bytes[1 << 16];
    size_t size;
};

/**
 * Packs one member into an archive and that into one frame of zstd with a checksum. type is S_IFREG with a text, S_IFDIR,
 * or S_IFLNK with a path as its text.
 */
void bundles_pack(const char *name, mode_t type, const char *text, struct bundles_packed *ret_packed);

/** Compresses bytes into one frame of zstd. */
void bundles_compress(const void *bytes, size_t size, struct bundles_packed *ret_packed);

/** Writes a file into the directory. */
void bundles_put(const char *name, const void *bytes, size_t size);

/** Makes the bundle of a report. */
void bundles_put_report(const char *text);

/** Fails unless 'list' calls the bundle damaged, says why and names its pid, and 'show' refuses it with a reason. */
void bundles_expect_damaged(const char *what);

/** Fails unless both read the bundle. */
void bundles_expect_sound(const char *what);

#endif
