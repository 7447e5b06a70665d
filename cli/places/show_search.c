/* SPDX-License-Identifier: MIT */
/* Searching bundles: see places/show_search.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lookup/child.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "read/resolve.h"
#include "rows/group_facts.h"
#include "rows/group_id.h"
#include "screen/out.h"
#include "screen/verb.h"
#include "places/show_search.h"

#define LISTED_MAX 8 /* groups of which a word is the beginning */

bool show_search_is_group(const char *word)
{
    return group_id_is(word) || strstr(word, " | ");
}

/* The child's side. */
struct search {
    char *word;  /* without the mark of a table that has cut it */
    size_t rank; /* 0: the word names a group */
    struct rows_filter filter;
    struct directories *places;
    struct rows rows;
    const struct rows_row **sorted;
    struct group *groups;
    size_t count;
    size_t found[LISTED_MAX], found_count; /* it may be more */
    bool is_whole;                         /* the word is all of a signature */
};

static void cut_mark(char *word)
{
    const size_t length = strlen(word), mark = strlen(text_ellipsis());

    if (length > mark && strcmp(word + length - mark, text_ellipsis()) == 0)
        word[length - mark] = '\0';
}

/* A whole name beats those that only begin so. */
static void consider(struct search *search, size_t group, const char *name)
{
    if (search->is_whole || strncmp(name, search->word, strlen(search->word)) != 0)
        return;
    if (strcmp(name, search->word) == 0) {
        search->is_whole = true;
        search->found_count = 0;
    }
    if (search->found_count < LISTED_MAX)
        search->found[search->found_count] = group;
    search->found_count++;
}

static const char *name_of(const struct group *group)
{
    return group_name(groups_speaker(group)->json);
}

/* By the names as tables show them, which are readable. */
static int search_readable(struct search *search)
{
    struct lookup *lookup = lookup_new();
    const char *reason;
    int error = lookup ? 0 : -ENOMEM;

    for (size_t i = 0; error == 0 && i < search->count; i++)
        error = lookup_add_text(lookup, name_of(&search->groups[i]));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason);
    for (size_t i = 0; error == 0 && i < search->count; i++)
        consider(search, i, lookup_text(lookup, name_of(&search->groups[i])));
    lookup_free(lookup);
    return error;
}

static int search_groups(struct search *search)
{
    char id[GROUP_ID_BYTES];

    int error = groups_make(&search->rows, NULL, &search->sorted, &search->groups, &search->count);
    for (size_t i = 0; error == 0 && i < search->count; i++) {
        group_id(name_of(&search->groups[i]), id);
        consider(search, i, group_id_is(search->word) ? id : name_of(&search->groups[i]));
    }
    if (error == 0 && search->found_count == 0 && !group_id_is(search->word))
        error = search_readable(search);
    return error;
}

/* What is found, for the parent: facts, or the ids of several groups, or an empty array. */
static json_t *answer_of(const struct search *search)
{
    struct shared_values shared;
    char id[GROUP_ID_BYTES];

    if (search->found_count == 1) {
        const struct group *group = &search->groups[search->found[0]];
        return shared_values_find(&search->rows, group, 1, &shared) == 0 ? group_facts(group, &shared) : NULL;
    }
    json_t *ids = json_array();
    for (size_t i = 0; i < search->found_count && i < LISTED_MAX; i++) {
        group_id(name_of(&search->groups[search->found[i]]), id);
        json_array_append_new(ids, json_string(id));
    }
    return ids;
}

/* The bundle of that rank, as a group has its own; an empty array if there is none. */
static json_t *find_rank(const struct search *search)
{
    size_t rank = search->rank;

    for (size_t i = search->rows.count; i > 0; i--)
        if (search->rows.rows[i - 1].state == ROWS_PRESENT && --rank == 0)
            return json_pack("{s:[O]}", "paths", json_object_get(search->rows.rows[i - 1].json, "path"));
    return json_array();
}

static void work(FILE *to, void *context)
{
    struct search *search = context;
    int error = directories_rows(search->places, &search->filter, &search->rows) == VERB_OK ? 0 : -EIO;

    if (error == 0 && search->rank == 0)
        error = search_groups(search);
    json_t *answer = error == -EIO      ? json_null() /* which has been said */
                     : error < 0        ? NULL
                     : search->rank > 0 ? find_rank(search)
                                        : answer_of(search);

    if (answer && json_dumpf(answer, to, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_ENCODE_ANY) == 0)
        fputc('\n', to);
    json_decref(answer);
    rows_clear(&search->rows);
    free(search->groups);
    free(search->sorted);
}

/* The parent's side: the answer may be anything. */
static int take(const char *line, size_t length, void *context)
{
    json_t **answer = context;

    if (*answer)
        return -EBADMSG;
    *answer = json_loadb(line, length, JSON_DECODE_ANY, NULL);
    return *answer ? 0 : -EBADMSG;
}

static int say_several(const char *word, const json_t *ids)
{
    char list[LISTED_MAX * (GROUP_ID_BYTES + 2)] = "";
    size_t at = 0;

    for (size_t i = 0; i < json_array_size(ids) && i < LISTED_MAX; i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%.*s", i ? ", " : "", GROUP_ID_BYTES - 1,
                               id ? id : "");
    }
    say("'%s' is the beginning of more than one group: %s; 'crumple group' lists them", word, list);
    return VERB_USAGE;
}

static void ignore_trouble(const char *what, int error, void *context)
{
    (void)what;
    (void)error;
    (void)context; /* the child has said it */
}

/* Whether a path is what JSON calls that: names may have any bytes. */
static bool is_called(const char *path, const char *name)
{
    char *valid = strcmp(path, name) == 0 ? NULL : text_to_utf8(path);
    const bool is_same = strcmp(valid ? valid : path, name) == 0;

    free(valid);
    return is_same;
}

/* The child has read hostile files: a path that it gives counts only if it is one of a bundle here. Returns 0, -ENOENT or
 * -ENOMEM. */
static int find_path(const char *name, const struct directories *places, char **ret_path)
{
    struct find_list list = {0};
    int error = -ENOENT;

    for (size_t i = 0; i < places->count; i++)
        if (find_scan(places->items[i].path, ignore_trouble, NULL, &list) == -ENOTDIR)
            (void)find_file(places->items[i].path, &list);
    for (size_t i = 0; error == -ENOENT && i < list.count; i++)
        if (list.entries[i].kind == FIND_BUNDLE && is_called(list.entries[i].path, name)) {
            *ret_path = strdup(list.entries[i].path);
            error = *ret_path ? 0 : -ENOMEM;
        }
    find_clear(&list);
    return error;
}

static int take_facts(const char *word, const json_t *facts, const struct directories *places,
                      char **ret_path)
{
    const char *name = json_string_value(json_array_get(json_object_get(facts, "paths"), 0));

    if (!name) {
        say("no bundle of '%s' is left; 'crumple group' counts its events", word);
        return VERB_NOTHING;
    }
    int error = find_path(name, places, ret_path);
    if (error == -ENOENT)
        say("'%s' is gone", name); /* since a moment ago */
    return error == 0         ? VERB_OK
           : error == -ENOENT ? VERB_DAMAGED
                              : directory_failed(&places->items[0], error);
}

static int take_answer(const struct search *search, const char *word, json_t *answer, char **ret_path,
                       json_t **ret_facts)
{
    const char *place = search->places->items[0].path;

    if (json_is_object(answer)) {
        const int status = take_facts(word, answer, search->places, ret_path);
        if (status == VERB_OK && search->rank == 0)
            *ret_facts = json_incref(answer);
        return status;
    }
    if (json_array_size(answer) > 0)
        return say_several(word, answer);
    if (!json_is_array(answer)) /* the child has said what was wrong */
        return VERB_DAMAGED;
    if (search->rank > 0)
        say("no such bundle in '%s' among those that the options leave", place);
    else
        say("no group '%s' in '%s'", word, place);
    return VERB_NOTHING;
}

int show_search(const char *word, const struct rows_filter *filter, struct directories *places,
                char **ret_path, json_t **ret_facts)
{
    struct search search = {.word = strdup(word), .rank = resolve_rank(word), .places = places};
    json_t *answer = NULL;
    const char *reason = "memory is short";
    int status = VERB_DAMAGED;

    if (search.rank == 0 && !show_search_is_group(word)) {
        say("'%s' is one bundle; options that pick events go with 'last', -N or a group", word);
        free(search.word);
        return VERB_USAGE;
    }
    if (search.word)
        cut_mark(search.word);
    if (filter)
        search.filter = *filter;
    search.filter.counted = search.filter.foreign = search.rank == 0;
    int error = search.word ? lookup_child_run(work, &search, take, &answer, &reason) : -ENOMEM;
    if (error < 0 || !answer)
        say("cannot search the bundles: %s", reason);
    else
        status = take_answer(&search, word, answer, ret_path, ret_facts);
    json_decref(answer);
    free(search.word);
    return status;
}
