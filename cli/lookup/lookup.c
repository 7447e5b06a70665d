/* SPDX-License-Identifier: MIT */
/*
 * Names and lines from a child: see lookup/lookup.h. Questions are numbered; the child answers each with one
 * line of JSON,
 * {"name": ..., "short": ..., "places": [...]}, in the same order, so that what came before a failure still counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup/source_lines.h"
#include "lookup/lookup.h"
#include "lookup/child.h"
#include "lookup/package.h"
#include "read/report.h"
#include "readable_name.h"

struct lookup {
    json_t *numbers;   /* key of a question: its number */
    json_t *questions; /* frames, strings of text, or arrays of a module's path and build-id */
    json_t *answers;
    const struct sources *sources;
};

struct lookup *lookup_new(void)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);

    if (!lookup)
        return NULL;
    lookup->numbers = json_object();
    lookup->questions = json_array();
    lookup->answers = json_array();
    if (lookup->numbers && lookup->questions && lookup->answers)
        return lookup;
    lookup_free(lookup);
    return NULL;
}

void lookup_free(struct lookup *lookup)
{
    if (!lookup)
        return;
    json_decref(lookup->numbers);
    json_decref(lookup->questions);
    json_decref(lookup->answers);
    free(lookup);
}

void lookup_use(struct lookup *lookup, const struct sources *sources)
{
    lookup->sources = sources;
}

/* A signal frame and a thread's first frame are at the instruction itself, the others behind a call. */
static bool is_exact(const json_t *frame)
{
    const char *trust = report_string(frame, "trust");

    return trust && strcmp(trust, "context") == 0;
}

/* What makes two frames one question. The caller frees it. */
static char *frame_key(const json_t *frame)
{
    const char *members[] = {"module", "build_id", "offset", "function"};
    const char *values[4];
    char *key;

    for (int i = 0; i < 4; i++) {
        values[i] = report_string(frame, members[i]);
        values[i] = values[i] ? values[i] : "";
    }
    if (asprintf(&key, "f%d\n%s\n%s\n%s\n%s", is_exact(frame), values[0], values[1], values[2], values[3]) <
        0)
        return NULL;
    return key;
}

static char *text_key(const char *text)
{
    char *key;

    return asprintf(&key, "t%s", text) < 0 ? NULL : key;
}

static char *module_key(const json_t *frame)
{
    const char *path = report_string(frame, "module"), *build_id = report_string(frame, "build_id");
    char *key;

    return asprintf(&key, "m%s\n%s", path ? path : "", build_id ? build_id : "") < 0 ? NULL : key;
}

/* Owns key and question. */
static int add(struct lookup *lookup, char *key, json_t *question)
{
    int error = -ENOMEM;

    if (key && question) {
        error = 0;
        if (!json_object_get(lookup->numbers, key)) {
            json_t *number = json_integer((json_int_t)json_array_size(lookup->questions));

            if (json_object_set_new(lookup->numbers, key, number) < 0 ||
                json_array_append(lookup->questions, question) < 0)
                error = -ENOMEM;
        }
    }
    json_decref(question);
    free(key);
    return error;
}

int lookup_add_frame(struct lookup *lookup, json_t *frame)
{
    return add(lookup, frame_key(frame), json_incref(frame));
}

int lookup_add_text(struct lookup *lookup, const char *text)
{
    return text && (strstr(text, "_Z") || strstr(text, "_R")) ? add(lookup, text_key(text), json_string(text))
                                                              : 0;
}

int lookup_add_module(struct lookup *lookup, const json_t *frame)
{
    const char *path = report_string(frame, "module");

    if (!path || path[0] != '/')
        return 0;
    return add(lookup, module_key(frame), json_pack("[s,s?]", path, report_string(frame, "build_id")));
}

/* A text with its mangled words made readable. */
static json_t *readable_text(const char *text)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";
    char *out = NULL, name[NAME_LINE_BYTES];
    size_t size;
    FILE *to = open_memstream(&out, &size);

    while (to && *text) {
        size_t len = strspn(text, word);

        (void)name_readable(text, len, name, sizeof name);
        fputs(name, to);
        text += len;
        if (*text)
            fputc(*text++, to);
    }
    json_t *json = to && fclose(to) == 0 ? json_string(out) : NULL;
    free(out);
    return json ? json : json_null();
}

static void add_names(json_t *answer, const char *function)
{
    char name[NAME_LINE_BYTES];

    (void)name_readable(function, strlen(function), name, sizeof name);
    json_object_set_new(answer, "name", json_string(name));
    (void)name_short(function, strlen(function), name, NAME_SHORT_BYTES);
    json_object_set_new(answer, "short", json_string(name));
}

static json_t *answer_frame(struct lines *lines, const json_t *frame, bool demangle)
{
    const char *function = report_string(frame, "function"), *module = report_string(frame, "module");
    const char *build_id = report_string(frame, "build_id");
    json_t *answer = json_object(), *places = NULL;
    uint64_t offset;

    if (module && build_id && report_address(frame, "offset", &offset) == 0) {
        if (!is_exact(frame) && offset > 0)
            offset--; /* the call, not what follows it */
        places = lines_find(lines, module, build_id, offset);
        if (!function) /* the writer had no file that names it */
            function = lines_symbol(lines, module, build_id, offset);
    }
    if (function && demangle)
        add_names(answer, function);
    else if (function)
        json_object_set_new(answer, "name", json_string(function));
    if (places)
        json_object_set_new(answer, "places", places);
    return answer;
}

static json_t *answer_module(struct lines *lines, const json_t *question)
{
    static const char *const reasons[] = {[MODULES_GONE] = "gone",
                                          [MODULES_CHANGED] = "changed",
                                          [MODULES_UNREADABLE] = "unreadable",
                                          [MODULES_STRIPPED] = "stripped",
                                          [MODULES_NAMELESS] = "no build-id",
                                          [MODULES_IN_PART] = "in part"};
    const char *path = json_string_value(json_array_get(question, 0));
    struct modules_answer answer;

    lines_ask(lines, path, json_string_value(json_array_get(question, 1)), &answer);
    if (answer.lack == MODULES_LACK_NOTHING)
        return json_object();
    char *package = answer.lack == MODULES_STRIPPED ? package_of_file(answer.path) : NULL;
    json_t *json = json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "why", reasons[answer.lack], "path", answer.path,
                             "found", answer.found[0] ? answer.found : NULL, "wanted",
                             answer.wanted[0] ? answer.wanted : NULL, "package", package);
    free(package);
    return json;
}

static json_t *answer_question(struct lines *lines, const json_t *question, bool demangle)
{
    if (json_is_string(question))
        return json_pack("{s:o}", "name", readable_text(json_string_value(question)));
    return json_is_array(question) ? answer_module(lines, question) : answer_frame(lines, question, demangle);
}

struct work {
    const struct lookup *lookup;
    bool demangle;
};

/* In the child. */
static void answer_all(FILE *to, void *context)
{
    const struct work *work = context;
    struct lines *lines = lines_new(work->lookup->sources);
    size_t i;
    json_t *question;

    json_array_foreach(work->lookup->questions, i, question)
    {
        json_t *answer = answer_question(lines, question, work->demangle);

        if (json_dumpf(answer, to, JSON_COMPACT) < 0)
            fputs("{}", to);
        fputc('\n', to);
        fflush(to);
        json_decref(answer);
    }
    lines_free(lines);
}

static int take_answer(const char *line, size_t len, void *context)
{
    struct lookup *lookup = context;
    json_t *answer = json_loadb(line, len, 0, NULL);

    if (!answer)
        return -EBADMSG;
    return json_array_append_new(lookup->answers, answer) < 0 ? -ENOMEM : 0;
}

int lookup_run(struct lookup *lookup, bool demangle, const char **ret_reason)
{
    struct work work = {lookup, demangle};

    if (json_array_size(lookup->questions) == 0)
        return 0;
    return lookup_child_run(answer_all, &work, take_answer, lookup, ret_reason);
}

/* The answer to a question, or NULL. Owns key. */
static const json_t *find_answer(const struct lookup *lookup, char *key)
{
    const json_t *number = key ? json_object_get(lookup->numbers, key) : NULL;

    free(key);
    return number ? json_array_get(lookup->answers, (size_t)json_integer_value(number)) : NULL;
}

const char *lookup_function(const struct lookup *lookup, json_t *frame)
{
    const char *name = report_string(find_answer(lookup, frame_key(frame)), "name");

    return name ? name : report_string(frame, "function");
}

const char *lookup_short(const struct lookup *lookup, json_t *frame)
{
    const char *name = report_string(find_answer(lookup, frame_key(frame)), "short");

    return name ? name : report_string(frame, "function");
}

const json_t *lookup_places(const struct lookup *lookup, json_t *frame)
{
    const json_t *places = json_object_get(find_answer(lookup, frame_key(frame)), "places");

    return json_is_array(places) ? places : NULL;
}

const json_t *lookup_missing(const struct lookup *lookup, const json_t *frame)
{
    const json_t *answer = find_answer(lookup, module_key(frame));

    return report_string(answer, "why") ? answer : NULL;
}

const char *lookup_text(const struct lookup *lookup, const char *text)
{
    const char *name = text ? report_string(find_answer(lookup, text_key(text)), "name") : NULL;

    return name ? name : text;
}
