/* SPDX-License-Identifier: MIT */
/* What rows have in common: the keys of --where and --by, and whether a row's values are the wanted ones. */
#ifndef CRUMPLE_CLI_ROWS_WHERE_H
#define CRUMPLE_CLI_ROWS_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define WHERE_MAX      16
#define WHERE_TAG_SIZE 64

/* The keys, in the order in which people read them, and the member of a row that each means: --help, completion and
 * messages follow this list. Any other word is the name of a tag. */
#define WHERE_KEYS(KEY)                                                                                      \
    KEY("exe", "exe")                                                                                        \
    KEY("event", "event")                                                                                    \
    KEY("signature", "signature")                                                                            \
    KEY("group", "group")                                                                                    \
    KEY("host", "hostname")                                                                                  \
    KEY("signal", "signal")                                                                                  \
    KEY("function", "function")                                                                              \
    KEY("build", "build_id")

#define WHERE_KEY_WORD(name, member) name "|"
#define WHERE_KEY_WORDS              WHERE_KEYS(WHERE_KEY_WORD) /* open: see struct options_row */

/* The kinds of events that crumple has, of other programs' events without a word, and of files that tell none. */
#define WHERE_EVENTS                                                                                         \
    "crash|contained|rewound|exit|died|dump|logged|restarted|restart_limit|foreign|pending|damaged|unreadable"

struct where_key {
    const char *member;       /* constant: of the row; NULL: a tag */
    char tag[WHERE_TAG_SIZE]; /* its name */
};

/* All of them must hold. */
struct where {
    struct where_condition {
        struct where_key key;
        const char *glob; /* of the command line */
    } conditions[WHERE_MAX];
    size_t count;
};

/** "tag:" where the tag has the name of a key, else "": before it, the tag's name is its word. */
const char *where_tag_prefix(const char *tag);

/** The key that a word names: one of WHERE_KEYS, or else a tag; tag:NAME is always a tag. Returns 0 or -EINVAL: it is empty or too long. ret: struct where_key. An options_reader. */
int where_read_key(const char *word, void *ret);

/** Adds KEY=GLOB. Returns 0 or -EINVAL. ret: struct where. An options_reader. */
int where_read(const char *argument, void *ret);

/** The row's value, which is the row's, or NULL. Of exe: the last part of the path. */
const char *where_value(const struct where_key *key, const json_t *row);

bool where_holds(const struct where *where, const json_t *row);

/** The conditions whose key the row has, with whatever value: bit i for condition i. */
unsigned where_keys_of(const struct where *where, const json_t *row);

#endif
