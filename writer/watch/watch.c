/* SPDX-License-Identifier: MIT */
#include "watch/watch.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "base/stages.h"
#include "crash/secrets.h"
#include "watch/watch_tls.h"
#include "watch/watch_values.h"

#define VALUES_MAX 131072 /* of thread-local variables, of all threads together */

struct work {
    struct crash *crash;
    struct watch_memory memory;
    struct watch_link *links;
    size_t link_count;
    size_t values_left;
    /* Of the module that was asked for last; one for each thread of the notes. */
    const struct module *module;
    uint64_t *blocks;
    uint8_t *states;
};

static const char *const why_no_block[] = {
    [WATCH_TLS_FOUND] = NULL,
    [WATCH_TLS_UNUSED] = "this thread has not used it",
    [WATCH_TLS_UNKNOWN] = "the loader's data on thread-local variables could not be read",
    [WATCH_TLS_ABSENT] = "the thread was not captured",
};

static size_t read_entries(struct crash *crash)
{
    const char *text = crash->notes.watch, *problem;
    struct watch_words *words = &crash->watch;
    words->items = text && *text ? calloc(WATCH_ENTRIES_MAX, sizeof *words->items) : NULL;
    while (words->items && words->count < WATCH_ENTRIES_MAX) {
        struct watch_entry *entry = &words->items[words->count].entry;
        if (!watch_entry_next(&text, entry, &problem))
            break;
        words->count += problem == NULL; /* the shim has warned */
    }
    return words->count;
}

static bool is_secret(const struct watch_entry *entry)
{
    const char *last = entry->symbol;
    for (unsigned i = 0; i < entry->step_count; i++)
        if (*entry->steps[i].name)
            last = entry->steps[i].name;
    return entry->is_secret || redact_is_secret(entry->name, strlen(entry->name)) ||
           redact_is_secret(last, strlen(last));
}

/* A text may be a line with a password in it, as one of the output may. */
static void redact_text(char **text)
{
    struct buffer clean = {0};
    redact_argument(&clean, *text, strlen(*text), "", 0);
    char *redacted = clean.failed ? NULL : strndup(clean.data ? clean.data : "", clean.size);
    buffer_release(&clean);
    free(*text);
    *text = redacted;
}

/* "{user = anna, password = sesame}": what follows the name of a secret member is cut off, for its end is not known. */
static void redact_members(char **text)
{
    static const char cut[] = "[redacted] ...";
    for (const char *equals = strstr(*text, " = "); equals; equals = strstr(equals + 1, " = ")) {
        const char *name = equals;
        while (name > *text && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
            name--;
        if (!redact_is_secret(name, (size_t)(equals - name)))
            continue;
        const size_t kept = (size_t)(equals + 3 - *text);
        char *redacted = calloc(1, kept + sizeof cut);
        if (redacted) {
            memcpy(redacted, *text, kept);
            strcpy(redacted + kept, cut);
        }
        free(*text);
        *text = redacted;
        return;
    }
}

/* "g_key is 0x6b6f6c...": what was taken for a pointer may be the secret itself. */
static void hide_error(struct crash *crash, const struct watch_result *result, struct watch_value *value,
                       int64_t tid)
{
    char *words = NULL;
    if (!strstr(value->error, "0x"))
        return;
    crash_add_secret(crash, "watch", result->entry.name, tid, value->error, strlen(value->error));
    free(value->error);
    if (value->broke_at && asprintf(&words, "%s leads nowhere; what it holds is secret", value->broke_at) < 0)
        words = NULL;
    value->error = words ? words : strdup("it could not be read; what leads there is secret");
}

static void hide(struct crash *crash, const struct watch_result *result, struct watch_value *value,
                 int64_t tid)
{
    if (result->is_secret && value->error)
        hide_error(crash, result, value, tid);
    if (!value->text)
        return;
    if (!result->is_secret) {
        if (result->is_text || !result->entry.type)
            redact_text(&value->text);
        if (!result->entry.type && value->text)
            redact_members(&value->text);
        return;
    }
    crash_add_secret(crash, "watch", result->entry.name, tid, value->text, strlen(value->text));
    free(value->text);
    value->text = strdup(CRUMPLE_SECRET);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void read_once(struct work *work, const struct watch_found *found, struct watch_result *result)
{
    struct watch_target target = {.start = found->module->view.bias};
    watch_values_read(&work->memory, found, &target, 1);
    result->value = target.value;
    hide(work->crash, result, &result->value, 0);
}

static bool find_blocks(struct work *work, const struct module *module)
{
    if (work->module == module)
        return true;
    const size_t count = work->crash->notes.thread_count + 1;
    work->blocks = work->blocks ? work->blocks : calloc(count, sizeof *work->blocks);
    work->states = work->states ? work->states : calloc(count, sizeof *work->states);
    if (!work->blocks || !work->states)
        return false;
    watch_tls_find(&work->memory, module, work->links, work->link_count, work->blocks, work->states);
    work->module = module;
    return true;
}

static void read_threads(struct work *work, const struct watch_found *found, struct watch_result *result)
{
    const size_t all = work->crash->notes.thread_count;
    const size_t count = all < work->values_left ? all : work->values_left;
    struct watch_target *targets = calloc(count + 1, sizeof *targets);
    struct watch_value *values = calloc(count + 1, sizeof *values);
    result->is_per_thread = true;
    if (!count || !targets || !values || !find_blocks(work, found->module)) {
        result->value.error = strdup("there is no room for the values of so many threads");
        free(targets);
        free(values);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        targets[i].start = work->blocks[i];
        targets[i].value.error = copy(why_no_block[work->states[i]]);
    }
    watch_values_read(&work->memory, found, targets, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = targets[i].value;
        hide(work->crash, result, &values[i], work->crash->notes.threads[i].tid);
    }
    work->values_left -= count;
    result->threads = values;
    result->thread_count = count;
    result->value =
        (struct watch_value){copy(values[0].text), copy(values[0].error), copy(values[0].broke_at)};
    free(targets);
}

static void name_type(const struct watch_found *found, struct watch_result *result)
{
    const struct watch_plan *plan = &found->plan;
    if (found->entry->type)
        strncpy(result->type, watch_type_name(found->entry->type), sizeof result->type - 1);
    else
        typed_name(&plan->typed, result->type, sizeof result->type);
}

static void read_one(struct work *work, const struct watch_found *found, struct watch_result *result)
{
    result->is_secret = is_secret(&result->entry);
    result->is_text = found->plan.text && !result->is_secret;
    if (*found->why) {
        result->value.error = strdup(found->why);
        return;
    }
    /* Who asked for it may have meant one of the executable's, which has no symbol. */
    if (found->module != watch_executable(work->crash) && !*found->entry->module)
        result->module = module_basename(found->module);
    name_type(found, result);
    if (found->plan.is_thread_local)
        read_threads(work, found, result);
    else
        read_once(work, found, result);
}

static void refuse_all(struct watch_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        words->items[i].is_secret = is_secret(&words->items[i].entry);
        words->items[i].value.error = strdup("it was not read: the report has no memory of the process");
    }
}

static void read_all(struct work *work, struct watch_found *found)
{
    struct crash *crash = work->crash;
    struct watch_words *words = &crash->watch;
    work->link_count = watch_links_read(&work->memory, work->links, WATCH_LINKS_MAX);
    for (size_t i = 0; i < words->count; i++)
        found[i].entry = &words->items[i].entry;
    watch_find(crash, work->links, work->link_count, found, words->count);
    const int64_t begun_us = crash_elapsed_us(crash);
    for (size_t i = 0; i < words->count; i++)
        read_one(work, &found[i], &words->items[i]);
    words->later_ms = work->memory.has_peeked && work->memory.may_differ ? begun_us / 1000 : -1;
}

void watch_read(struct crash *crash)
{
    const size_t count = notes_is_from_outside(&crash->notes) ? 0 : read_entries(crash);
    const bool runs_on = strcmp(crash->notes.event, "contained") == 0;
    struct work work = {.crash = crash, .values_left = VALUES_MAX};
    work.memory = (struct watch_memory){.crash = crash,
                                        .peek = &crash->peek,
                                        .prefers_process = runs_on,
                                        .may_differ = runs_on || notes_is_dump(&crash->notes)};
    crash->watch.later_ms = -1;
    if (!count)
        return;
    if (crash->no_core) {
        refuse_all(&crash->watch);
        return;
    }
    struct watch_found *found = calloc(count, sizeof *found);
    work.links = calloc(WATCH_LINKS_MAX, sizeof *work.links);
    if (found && work.links)
        read_all(&work, found);
    free(found);
    free(work.links);
    free(work.blocks);
    free(work.states);
}
