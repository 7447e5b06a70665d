/* SPDX-License-Identifier: MIT */
#include "doctor/setting_rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crumple_options.h"

#define TOPIC     "variables"
#define NAME_MAX_ 40
#define NEAR      2 /* typing errors */

#define NAME_ROW(variable, member, kind, fallback, min, max, help) #variable,
static const char *const names[] = {CRUMPLE_OPTIONS(NAME_ROW)};

/* Levenshtein's distance, of short names; larger ones are far apart. */
static unsigned distance(const char *a, size_t n, const char *b)
{
    unsigned row[NAME_MAX_ + 1];
    size_t m = strlen(b);
    if (n > NAME_MAX_ || m > NAME_MAX_)
        return NAME_MAX_;
    for (size_t k = 0; k <= m; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned best = diagonal + (a[i - 1] != b[k - 1]);
            diagonal = row[k];
            best = row[k] + 1 < best ? row[k] + 1 : best;
            row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
        }
    }
    return row[m];
}

static const char *nearest(const char *name, size_t n)
{
    unsigned least = NEAR + 1;
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned d = distance(name, n, names[i]);
        if (d && d < least) {
            least = d;
            found = names[i];
        }
    }
    return found;
}

static void take_problem(void *context, const char *name, const char *value, const char *problem,
                         const char *consequence)
{
    struct verdicts *ret = context;
    verdicts_add(ret, VERDICT_WARN, TOPIC, value ? "%s='%s': %s; %s" : "%s%.0s: %s; %s", name,
                 value ? value : "", problem, consequence);
    const char *near = value ? NULL : nearest(name, strlen(name));
    if (near)
        verdicts_advise(ret, "did you mean %s?", near);
    else
        verdicts_advise(ret, "see docs/configuration.md");
}

/* Names that the shim does not know as its own: CRUMPEL_DIR. */
static void judge_near_misses(char *const *environ, struct verdicts *ret)
{
    for (; environ && *environ; environ++) {
        size_t n = strcspn(*environ, "=");
        const char *near = strncmp(*environ, "CRUMPLE", 7) == 0 || strncmp(*environ, "CR", 2) != 0
                               ? NULL
                               : nearest(*environ, n);
        if (!near || n < 5)
            continue;
        verdicts_add(ret, VERDICT_WARN, TOPIC, "%.*s is no variable of crumple's", (int)n, *environ);
        verdicts_advise(ret, "did you mean %s?", near);
    }
}

static void judge_switches(const struct crumple_settings *settings, const char *exe_name,
                           struct verdicts *ret)
{
    if (!settings->enabled) {
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "CRUMPLE=0 disables crumple");
        verdicts_advise(ret, "unset CRUMPLE");
    } else if (fnmatch(settings->only, exe_name, 0) != 0) {
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "CRUMPLE_ONLY='%s' leaves '%s' alone", settings->only,
                     exe_name);
        verdicts_advise(ret, "CRUMPLE_ONLY='%s'", exe_name);
    }
}

void setting_judge(char *const *environ, const char *exe_name, struct crumple_settings *ret_settings,
                   struct verdicts *ret)
{
    size_t before = ret->count, set = 0;
    settings_parse(ret_settings, environ, take_problem, ret);
    judge_near_misses(environ, ret);
    judge_switches(ret_settings, exe_name, ret);
    if (ret->count > before)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        set += settings_getenv(environ, names[i]) != NULL;
    if (set)
        verdicts_add(ret, VERDICT_OK, TOPIC, "%zu CRUMPLE_ variable%s set, and understood", set,
                     set == 1 ? " is" : "s are");
    else
        verdicts_add(ret, VERDICT_OK, TOPIC, "no CRUMPLE_ variable is set: all defaults");
}

/* The names of a list without crumple's, with commas. Returns how many. */
static size_t other_preloads(const char *list, char *ret_names, size_t size)
{
    size_t count = 0, used = strlen(ret_names);
    for (const char *at = list ? list : ""; *at;) {
        at += strspn(at, " :\t\n");
        size_t n = strcspn(at, " :\t\n");
        const char *name = at;
        for (size_t i = 0; i < n; i++)
            name = at[i] == '/' ? at + i + 1 : name;
        int length = (int)(at + n - name);
        if (length > 0 && strncmp(name, "libcrumple.so", 13) != 0 && used < size) {
            used += (size_t)snprintf(ret_names + used, size - used, "%s%.*s", used ? ", " : "", length, name);
            count++;
        }
        at += n;
    }
    return count;
}

void setting_judge_preloads(const char *list, const char *system_list, struct verdicts *ret)
{
    char text[512] = "";
    size_t count = other_preloads(list, text, sizeof text);
    count += other_preloads(system_list, text, sizeof text);
    if (count)
        verdicts_add(ret, VERDICT_NOTE, "preloads",
                     "also preloaded: %s; if one of them takes faults, its handler comes first", text);
}
