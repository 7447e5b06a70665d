/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <string.h>

#include "crumple_options.h"
#include "crumple_run_options.h"
#include "settings_recover.h"
#include "settings_values.h"
#include "tag_list.h"
#include "watch_entry.h"

enum kind { SWITCH, PATH, PATHS, TIME, SIZE, GLOB, CHOICE, TEXT, SIGNALS, RULES, BREAKER, BACKOFF, KEEP };

struct option {
    const char *name;
    enum kind kind;
    size_t offset, bytes;
    const char *fallback; /* the default; for CHOICE all words */
    uint64_t min, max;
};

/* For sizes of members. */
extern const struct crumple_settings *model;
#define OPTION_ROW(variable, member, kind, fallback, min, max, help)                                         \
    {#variable, kind, offsetof(struct crumple_settings, member), sizeof model->member, fallback, min, max},
static const struct option options[] = {CRUMPLE_OPTIONS(OPTION_ROW)};
#define OPTION_COUNT (sizeof options / sizeof *options)

const char *settings_getenv(char *const *envp, const char *name)
{
    size_t n = strlen(name);
    for (; envp && *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
            return *envp + n + 1;
    return NULL;
}

static const char *store_text(const struct option *o, char *member, const char *value)
{
    if (o->kind == PATH && value[0] && value[0] != '/')
        return "not an absolute path";
    if (o->kind == PATHS && !settings_paths(value, SETTINGS_PATHS_MAX))
        return "not a list of at most eight absolute paths";
    if (strlen(value) >= o->bytes)
        return "too long";
    strcpy(member, value);
    return NULL;
}

/* "not one of text, json, off" */
static const char *not_one_of(const char *words)
{
    static char text[128];
    size_t used = strlen(strcpy(text, "not one of "));
    for (; *words && used < sizeof text - 3; words++) {
        if (*words == ' ')
            text[used++] = ',';
        text[used++] = *words;
    }
    text[used] = '\0';
    return text;
}

/* Stores a value. Returns NULL, or in words what is wrong with it; the words last until the next call. */
static const char *store(const struct option *o, struct crumple_settings *settings, const char *value)
{
    char *member = (char *)settings + o->offset;
    uint64_t number = 0;
    int choice;
    switch (o->kind) {
    case SIGNALS:
        settings->signals_in_threads = strcmp(value, "thread") == 0;
        return settings_signals(value, &settings->signals) ? NULL : "not a list of signals such as pipe,term";
    case RULES:
        return settings_parse_rules(settings, value);
    case BREAKER:
        return settings_parse_breaker(settings, value);
    case BACKOFF:
        return settings_parse_backoff(settings, value);
    case KEEP:
        return settings_parse_keep(settings, value);
    case SWITCH:
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return "neither 0 nor 1";
        *(bool *)member = value[0] == '1';
        return NULL;
    case PATH:
    case PATHS:
    case GLOB:
    case TEXT:
        return store_text(o, member, value);
    case CHOICE:
        choice = settings_choice(value, o->fallback);
        if (choice < 0)
            return not_one_of(o->fallback);
        *(int *)member = choice;
        return NULL;
    case TIME:
        if (!settings_time(value, &number))
            return "not a time such as 10s, 500ms or 2m";
        break;
    case SIZE:
        if (!settings_size(value, &number))
            return "not a size such as 4096, 64K or 1M";
        break;
    }
    if (number < o->min || number > o->max)
        return "out of range";
    *(uint64_t *)member = number;
    return NULL;
}

static void store_default(const struct option *o, struct crumple_settings *settings)
{
    if (o->kind == CHOICE)
        *(int *)((char *)settings + o->offset) = 0;
    else
        (void)store(o, settings, o->fallback);
}

/* The writer leaves out an entry that is wrong: all others are read. */
static void tell_wrong_watches(const char *watch, settings_problem *tell, void *context)
{
    struct watch_entry entry;
    const char *problem;
    unsigned count = 0;
    while (watch_entry_next(&watch, &entry, &problem)) {
        char text[256];
        const size_t size = entry.size < sizeof text - 1 ? entry.size : sizeof text - 1;
        memcpy(text, entry.text, size);
        text[size] = '\0';
        if (++count > WATCH_ENTRIES_MAX)
            problem = "there are more than 64 entries";
        if (problem)
            tell(context, "CRUMPLE_WATCH", text, problem, "it is not read, the other entries are");
        if (count > WATCH_ENTRIES_MAX)
            return;
    }
}

/* The same of a tag. It may be a secret, so the line does not repeat it. */
static void tell_wrong_tags(const char *tags, settings_problem *tell, void *context)
{
    const char *problem = tag_list_problem(tags);
    if (problem)
        tell(context, "CRUMPLE_TAGS", NULL, problem, "wrong entries are left out");
}

static void tell_unknown(char *const *envp, settings_problem *tell, void *context)
{
    for (; envp && *envp; envp++) {
        char name[64];
        size_t n = strcspn(*envp, "=");
        bool is_of_run = strncmp(*envp, CRUMPLE_RUN_PREFIX, sizeof CRUMPLE_RUN_PREFIX - 1) == 0;
        if (strncmp(*envp, "CRUMPLE_", 8) != 0 || is_of_run || n >= sizeof name)
            continue;
        memcpy(name, *envp, n);
        name[n] = '\0';
        if (strcmp(name, CRUMPLE_PAGER_VARIABLE) == 0)
            continue;
        size_t i = 0;
        for (; i < OPTION_COUNT && strcmp(options[i].name, name) != 0; i++)
            ;
        if (i == OPTION_COUNT)
            tell(context, name, NULL, "no such variable", "ignored");
    }
}

void settings_default(struct crumple_settings *ret)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        store_default(&options[i], ret);
}

void settings_parse(struct crumple_settings *ret, char *const *envp, settings_problem *tell, void *context)
{
    const char *self = settings_getenv(envp, "CRUMPLE");
    settings_default(ret);
    if (self && strcmp(self, "0") == 0) {
        ret->enabled = false;
        return;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = settings_getenv(envp, options[i].name);
        const char *problem = value && *value ? store(&options[i], ret, value) : NULL;
        if (problem) {
            tell(context, options[i].name, strcmp(options[i].name, "CRUMPLE_TAGS") == 0 ? NULL : value,
                 problem, options[i].kind == RULES ? "nothing is contained" : "using the default");
            store_default(&options[i], ret);
        }
    }
    tell_wrong_watches(ret->watch, tell, context);
    tell_wrong_tags(ret->tags, tell, context);
    tell_unknown(envp, tell, context);
}
