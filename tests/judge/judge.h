/* SPDX-License-Identifier: MIT */
/*
 * What the parts of build/tests/judge share: the settings of a test, and how a check fails.
 */
#ifndef CRUMPLE_TESTS_JUDGE_JUDGE_H
#define CRUMPLE_TESTS_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <limits.h>

#include <jansson.h>

/** The settings of one call, each given as NAME=VALUE; strings point into argv. */
struct settings {
    const char *tmp;         /* with.out, without.status and so on are there */
    const char *crashes;     /* the crash directory */
    const char *bundle;      /* a bundle, where the caller knows it */
    const char *report_path; /* where report.json is to go */
    const char *event;       /* the event that the report must name */
    long bundles, pending, missing;
    long limit_ms;
    long bundle_uid;
    bool orphans; /* processes may be left behind */
    bool partial; /* members may be missing */
};

/** What the checks of one call have found so far. */
struct findings {
    char bundle[PATH_MAX];
    json_t *report; /* owned */
};

/** Says what is wrong, as printf does, and ends the program with status 1. */
_Noreturn void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Fails unless both strings are equal; NULL is printed as "(none)". */
void want(const char *what, const char *expected, const char *actual);
void want_number(const char *what, long long expected, long long actual);

/** Reads a whole file into memory that the caller frees; there is a NUL behind its end. The program ends with a message
 * where the file cannot be read. */
char *read_file(const char *path, size_t *ret_bytes);

/** The path DIRECTORY/NAME in static memory, which the next call but three uses again. */
const char *path_in(const char *directory, const char *name);

/** The value of 'KEY=VALUE' in text: the last line that begins with it, or NULL. The caller frees it. */
char *value_of(const char *text, const char *key);

/** The value of a word 'KEY=VALUE' of runner's line, or "". The caller frees it. */
char *status_word(const char *line, const char *key);

/** A string of an object by its path of names, "signal.name"; NULL where there is none. */
const char *string_at(const json_t *object, const char *path);
const json_t *value_at(const json_t *object, const char *path);

/** Unpacks a bundle: the whole file is decompressed and its checksums are compared. Returns report.json parsed, for the
 * caller to release, and writes its text to report_path where this is not NULL. members holds the names of the members,
 * a blank behind each. Ends the program where something is damaged. */
json_t *bundle_report(const char *path, const char *report_path, char *members, size_t members_bytes);

/** The checks; each ends the program where something is wrong. */
void check_death(const struct settings *settings);
void check_files(const struct settings *settings, struct findings *findings);
void check_bundle(const struct settings *settings, struct findings *findings);
void check_index(const struct settings *settings, const struct findings *findings);
void check_first(const struct settings *settings, const struct findings *findings);
void check_threads(const struct settings *settings, const struct findings *findings);
void check_unwound(const struct findings *findings);

/** Prints answers to what tests ask of the report: a question as gojq would have it, NUL, the answer, NUL. */
void print_answers(const struct findings *findings);

/** Judges one contained case: see contained.c. Returns the status of the program. */
int judge_case(int argc, char **argv);

#endif
