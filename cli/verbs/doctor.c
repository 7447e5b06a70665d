/* SPDX-License-Identifier: MIT */
/* crumple doctor: what crumple will see of a program, a verdict a line. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "doctor/examine.h"
#include "screen/out.h"
#include "verbs/verbs.h"

#define INDENT 17 /* "warn  directory  " */

struct settings {
    const char *pid, *unit, *user;
    bool json;
    enum options_color color;
};

static const struct options_row options[] = {
    {0, "pid", "PID", "Examine a running process instead of a program.", options_read_string,
     offsetof(struct settings, pid)},
    {0, "unit", "NAME",
     "Examine the systemd service NAME by its unit files: its ExecStart= unless CMD is given, as its User=, with "
     "its Environment=.",
     options_read_string, offsetof(struct settings, unit)},
    {0, "user", "USER",
     "Judge for USER, a name or number (default: the caller, the unit's, or the process's).",
     options_read_string, offsetof(struct settings, user)},
    {0, "json", NULL, "Print one JSON object.", options_read_flag, offsetof(struct settings, json)},
    OPTIONS_COLOR_ROW(struct settings, color),
    {0, NULL, NULL, NULL, NULL, 0},
};

static int status_of(const struct verdicts *verdicts)
{
    static const int statuses[] = {VERB_OK, VERB_OK, VERB_NOTHING, VERB_DAMAGED};
    return statuses[verdicts_worst(verdicts)];
}

static void put_text(const char *text)
{
    char *clean = text_clean(text);
    verb_put_wrapped(clean ? clean : "", INDENT, INDENT);
    free(clean);
}

static void print(const struct examination *e, enum options_color wanted)
{
    struct out_colors colors = out_colors(wanted);
    const char *const of_level[] = {colors.good, "", colors.warning, colors.bad};
    text_put(stdout, e->program.path);
    printf(", user %u", (unsigned)e->user.uid);
    if (*e->user.name) {
        printf(" (");
        text_put(stdout, e->user.name);
        putchar(')');
    }
    printf("\n\n");
    for (size_t i = 0; i < e->verdicts.count; i++) {
        const struct verdict *v = &e->verdicts.items[i];
        printf("%s%-4s%s  %-*s ", of_level[v->level], verdict_word(v->level),
               *of_level[v->level] ? colors.reset : "", INDENT - 7, v->topic);
        put_text(v->text);
        if (v->advice) {
            printf("%*s", INDENT, "-> ");
            put_text(v->advice);
        }
    }
}

static json_t *utf8(const char *text)
{
    char *valid = text ? text_to_utf8(text) : NULL;
    json_t *string = valid ? json_string(valid) : json_null();
    free(valid);
    return string;
}

static bool print_json(const struct examination *e)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < e->verdicts.count; i++) {
        const struct verdict *v = &e->verdicts.items[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o, s:o}", "verdict", verdict_word(v->level), "topic",
                                        v->topic, "text", utf8(v->text), "advice", utf8(v->advice)));
    }
    json_t *all = json_pack("{s:o, s:o, s:i, s:o, s:i, s:o}", "program", utf8(e->program.path), "loaded",
                            utf8(e->program.loaded), "uid", (int)e->user.uid, "user", utf8(e->user.name),
                            "status", status_of(&e->verdicts), "verdicts", list);
    if (all)
        out_json(all, 2);
    json_decref(all);
    return all != NULL;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct examine_request request = {
        .command = operands->count        ? operands->words[0]
                   : operands->rest_count ? operands->rest[0]
                                          : NULL,
        .pid = settings->pid,
        .unit = settings->unit,
        .user = settings->user,
    };
    if (request.pid ? request.command || request.unit : !request.command && !request.unit) {
        say(request.pid ? "--pid goes with neither a program nor --unit"
                        : "which program? see 'crumple doctor --help'");
        return VERB_USAGE;
    }
    struct examination *e = malloc(sizeof *e);
    if (!e) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    examine(&request, e);
    int status = *e->refusal ? VERB_DAMAGED : status_of(&e->verdicts);
    if (*e->refusal)
        say("%s", e->refusal);
    else if (!settings->json)
        print(e, settings->color);
    else if (!print_json(e))
        e->verdicts.is_short = true;
    if (e->verdicts.is_short) {
        say("out of memory: verdicts are missing");
        status = VERB_DAMAGED;
    }
    examination_clear(e);
    free(e);
    return status;
}

const struct verb verbs_doctor_verb = {
    .name = "doctor",
    .operands = "[--] CMD [ARG]...",
    .summary = "what crumple will see of a program, and what to do about the rest",
    .about =
        "Examines a program that is to run with crumple, without starting it, or with --pid a process that runs, and prints a verdict a line: "
        "'ok'; 'note', good to know; 'warn', a part of a report or its place is in danger; 'fail', crumple will see nothing. "
        "A line with '->' says what to do. "
        "CMD is looked up as a shell does; its arguments are ignored. The CRUMPLE_ variables and LD_PRELOAD are those of this shell, of the unit, or of the process. "
        "What only a run can tell, 'crumple drill' does.",
    .examples =
        (const struct verb_example[]){
            {"crumple doctor redis-server", "as the user who asks"},
            {"crumple doctor --user www-data -- nginx -g 'daemon off;'", "as another user"},
            {"crumple doctor --unit redis-server", "as systemd would start it"},
            {"crumple doctor --pid $(pidof memcached)", "a process that runs"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "Nothing worse than a note."},
            {VERB_NOTHING, "A warning."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "crumple will see nothing of it, or it could not be examined."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1000,
    .takes_rest = true,
    .run = run,
};
