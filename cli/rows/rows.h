/* SPDX-License-Identifier: MIT */
/* The rows of list and group, one per event, read from the beginning of each bundle and from lines of JSON. */
#ifndef CRUMPLE_CLI_ROWS_ROWS_H
#define CRUMPLE_CLI_ROWS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "read/find.h"
#include "rows/where.h"

enum rows_state {
    ROWS_PRESENT,    /* a bundle that can be read */
    ROWS_PENDING,    /* a core that no writer has finished */
    ROWS_DAMAGED,    /* a bundle that is not whole */
    ROWS_UNREADABLE, /* a bundle that may not be opened, or of a newer format */
    ROWS_COUNTED,    /* no bundle: only crashes.ndjson has it */
    ROWS_TOLD,       /* no fault either: a restart of crumple-run's */
    ROWS_FOREIGN,    /* an event of another program */
};

/** The state in a word: "present" ... */
static inline const char *rows_state_name(enum rows_state state)
{
    static const char *const names[] = {"present", "pending", "damaged", "unreadable",
                                        "counted", "told",    "foreign"};

    return names[state];
}

struct rows_row {
    enum rows_state state;
    int64_t time_us;
    bool is_wound;    /* a contained fault that ended a thread */
    uint64_t count;   /* faults: more than one only where they are counted */
    const char *from; /* the directory or file that it was found in, as rows_read was given it */
    /* What --json prints: event, signature, title, exe, pid, time, signal, path, id, state, and the members of
     * rows/row_sides.h; reason where the state is damaged or unreadable; of a restart also members of its line. Unknown
     * ones are null. */
    json_t *json;
};

struct row_index;

/* Which rows are wanted; zero means every one. */
struct rows_filter {
    int64_t since_us, until_us;
    const char *signature; /* part of the signature */
    const char *exe;       /* glob over the executable's path or its last part */
    const char *event;     /* crash, contained, ... */
    struct where where;
    size_t most;   /* the newest ones; 0: all */
    bool counted;  /* also those without a bundle */
    bool foreign;  /* also those of other programs */
    bool restarts; /* also restarts of crumple-run's */
    bool flat;     /* of the directory itself, not of the per-user directories in it */
    bool no_index; /* every bundle is read: rows/index.h */
    const json_t
        *known; /* an object whose members are paths of bundles that are left out, unopened; NULL: none */
};

/** Takes a row of a bundle, which is freed afterwards. Returns 0 or a negative errno, which ends the reading. */
typedef int rows_take(const struct rows_row *row, void *context);

struct rows {
    struct rows_row *rows; /* oldest first */
    size_t count, room;
    size_t pending, bad; /* how many of those looked at are pending; damaged or unreadable */
    size_t skipped;      /* lines of other programs' files that are no events */
    size_t left_out;     /* events that are not wanted */
    unsigned keys_seen;  /* of them: where_keys_of() */
    uint64_t counted;    /* faults without a bundle that are wanted */
    rows_take
        *take; /* set by the caller: bundles' rows go there, one after the other, and are not kept here */
    void *context;
};

/** Whether the filter leaves out events by what they are or when they were. */
bool rows_filter_picks(const struct rows_filter *filter);

/** Add the rows of a crash directory, a bundle, or a file of lines (NAME.ndjson). rows is zeroed by the caller before the
 * first, and freed with rows_clear, also after an error; path must live as long. index: of that directory, or NULL. Returns 0 or a negative
 * errno: path cannot be read, or memory is short. */
int rows_read(const char *path, const struct rows_filter *filter, struct row_index *index,
              find_trouble *trouble, void *context, struct rows *rows);

void rows_clear(struct rows *rows);

#endif
