/* SPDX-License-Identifier: MIT */
#include "crash/crash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/elf_symbols.h"
#include "report/fallback.h"
#include "explain/signal_from_core.h"
#include "base/stages.h"
#include "explain/title.h"
#include "verdict/verdict.h"

#define CLOCK_SLACK_NS INT64_C(10000000000) /* both clocks agree within this, or it was another boot */

static int64_t clock_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t crash_elapsed_us(const struct crash *crash)
{
    if (!crash->notes.mono_ns)
        return -1;
    int64_t elapsed = clock_ns(CLOCK_MONOTONIC) - (int64_t)crash->notes.mono_ns;
    int64_t elapsed_real = clock_ns(CLOCK_REALTIME) - (int64_t)crash->notes.time_ns;
    int64_t difference = elapsed > elapsed_real ? elapsed - elapsed_real : elapsed_real - elapsed;
    return elapsed < 0 || difference > CLOCK_SLACK_NS ? -1 : elapsed / 1000;
}

static void crash_set_time(struct crash *crash, int fd)
{
    struct stat status;
    if (!crash->notes.time_ns && fstat(fd, &status) == 0)
        crash->notes.time_ns =
            (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
    time_t seconds = (time_t)(crash->notes.time_ns / 1000000000);
    struct tm parts;
    char text[32] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &parts))
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(crash->time, sizeof crash->time, "%s.%06uZ", text,
             (unsigned)(crash->notes.time_ns % 1000000000 / 1000));
}

static int crash_walk_thread(struct crash *crash, size_t index, bool is_whole)
{
    const struct notes_thread *thread = &crash->notes.threads[index];
    struct stack *stack = &crash->stacks[index];
    if (!thread->is_captured)
        return 0;
    return is_whole ? walk_thread(&crash->walker, &thread->registers, stack)
                    : walk_innermost(&crash->walker, &thread->registers, stack);
}

static int crash_find_routine(struct crash *crash, size_t index)
{
    const uint64_t routine = crash->notes.threads[index].routine;
    bool is_new;
    if (!routine)
        return 0;
    uint32_t number = places_get(&crash->walker.places, routine, false, &is_new);
    if (number == PLACES_NONE)
        return -ENOMEM;
    if (is_new)
        crash->walker.places.items[number].module = modules_find(&crash->modules, routine);
    crash->routine_places[index] = number;
    return 0;
}

/* The stacks, the faulting thread's first. */
static int crash_walk(struct crash *crash)
{
    const size_t count = crash->notes.thread_count;
    bool is_whole = stage_begin(STAGE_STACK);
    int error = walk_init(&crash->walker, &crash->memory);
    crash->stacks = calloc(count, sizeof *crash->stacks);
    crash->routine_places = malloc(count * sizeof *crash->routine_places);
    if (error || !crash->stacks || !crash->routine_places)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        crash->routine_places[i] = PLACES_NONE;
    error = crash_walk_thread(crash, 0, is_whole);
    is_whole = stage_begin(STAGE_STACKS);
    for (size_t i = 1; i < count && !error; i++)
        error = crash_walk_thread(crash, i, is_whole);
    for (size_t i = 0; i < count && !error && is_whole; i++)
        error = crash_find_routine(crash, i);
    return error;
}

struct module_query {
    const struct module *module;
    struct symbol_query query;
};

static int compare_queries(const void *left, const void *right)
{
    const struct module_query *a = left, *b = right;
    if (a->module != b->module)
        return a->module < b->module ? -1 : 1;
    return a->query.address < b->query.address ? -1 : a->query.address > b->query.address;
}

static void crash_take_answers(struct crash *crash, const struct module *module,
                               const struct symbol_query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct place *place = &crash->walker.places.items[queries[i].tag];
        place->function = queries[i].name;
        place->function_size = queries[i].name_size;
        place->function_address = queries[i].start + module->view.bias;
    }
}

/* Places in modules that are gone keep at least the module's name. */
static void crash_find_unloaded(struct crash *crash)
{
    const struct places *places = &crash->walker.places;
    for (uint32_t i = 0; i < places->count && crash->unloaded.count; i++)
        if (!places->items[i].module)
            places->items[i].unloaded =
                unloaded_find(&crash->unloaded, &crash->maps, places->items[i].lookup);
}

/* Function names of all places, module by module. */
static int crash_name_places(struct crash *crash)
{
    const struct places *places = &crash->walker.places;
    struct module_query *all = calloc(places->count + 1, sizeof *all);
    struct symbol_query *queries = calloc(places->count + 1, sizeof *queries);
    size_t count = 0;
    if (!all || !queries) {
        free(all);
        free(queries);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < places->count; i++) {
        const struct place *place = &places->items[i];
        if (place->module)
            all[count++] = (struct module_query){
                place->module, {.address = place->lookup - place->module->view.bias, .tag = i}};
    }
    qsort(all, count, sizeof *all, compare_queries);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && all[end].module == all[first].module; end++)
            queries[end] = all[end].query;
        struct module *module = &crash->modules.items[all[first].module - crash->modules.items];
        elf_symbols_resolve(&crash->core, module, queries + first, end - first);
        crash_take_answers(crash, module, queries + first, end - first);
    }
    free(all);
    free(queries);
    return 0;
}

/* What was left out stands with what could not be captured. */
static void crash_add_soft_errors(struct crash *crash)
{
    struct core_span *told = &crash->notes.soft_errors;
    struct buffer *all = &crash->soft_errors;
    buffer_add(all, told->bytes, told->size);
    if (all->size && buffer_last(all) != '\n')
        buffer_add_char(all, '\n');
    stages_explain(all);
    if (!all->failed)
        *told = (struct core_span){(const uint8_t *)all->data, all->size};
}

int crash_open(int fd, const char *name, struct crash *ret_crash, struct core_damage *ret_damage)
{
    struct crash *crash = ret_crash;
    *crash = (struct crash){0};
    snprintf(crash->name, sizeof crash->name, "%s", name);
    int error = core_open(fd, &crash->core, ret_damage);
    if (!error)
        error = notes_read(&crash->core, &crash->notes, ret_damage);
    if (error) {
        crash_release(crash);
        return error;
    }
    crash_set_time(crash, fd);
    crash_add_soft_errors(crash);
    return 0;
}

void crash_keep_from_disk(struct crash *crash)
{
    struct buffer *all = &crash->soft_errors;
    crash->has_no_core = true;
    if (all->size && buffer_last(all) != '\n')
        buffer_add_char(all, '\n');
    buffer_add_text(all, CRUMPLE_NOT_DUMPABLE ": the bundle has no core and no registers\n");
    if (!all->failed)
        crash->notes.soft_errors = (struct core_span){(const uint8_t *)all->data, all->size};
}

static int crash_read(struct crash *crash)
{
    const bool is_wanted = stage_begin(STAGE_MAPS);
    int error = is_wanted && crash->notes.maps.size ? maps_read(crash->notes.maps, &crash->maps)
                                                    : maps_read_core(&crash->core, &crash->maps);
    if (!error && stage_begin(STAGE_MODULES))
        error = modules_load(&crash->core, &crash->notes, &crash->modules);
    if (!error)
        error = unloaded_read(crash->notes.unloaded, &crash->unloaded);
    crash->memory = (struct memory){&crash->core, &crash->modules, &crash->maps};
    crash->read_us = crash_elapsed_us(crash);
    return error;
}

/* Signal, signature and title. */
static int crash_name(struct crash *crash)
{
    const struct notes_thread *thread = crash_thread(crash);
    if (exit_is(crash))
        ; /* it has none */
    else if (stage_begin(STAGE_SIGNAL)) {
        signal_facts_describe(crash);
        unloaded_describe(&crash->unloaded, &crash->maps, &crash->notes.signal,
                          thread->is_captured ? &thread->registers : NULL, &crash->signal);
    } else
        fallback_signal(crash);
    if (stage_begin(STAGE_TITLE))
        return title_make(crash);
    fallback_title(crash);
    return 0;
}

int crash_analyse(struct crash *crash)
{
    int error = crash_read(crash);
    if (!error)
        error = crash_walk(crash);
    if (!error && stage_begin(STAGE_NAMES))
        error = crash_name_places(crash);
    if (!error)
        crash_find_unloaded(crash);
    if (!error && verdict_is_asked(crash) && stage_begin(STAGE_VERDICT)) {
        crash->has_verdict = true;
        error = verdict_make(crash, &crash->verdict);
    }
    if (error)
        return error;
    crash->unwound_us = crash_elapsed_us(crash);
    return crash_name(crash);
}

void crash_release(struct crash *crash)
{
    walk_release(&crash->walker);
    modules_release(&crash->modules);
    unloaded_release(&crash->unloaded);
    maps_release(&crash->maps);
    notes_release(&crash->notes);
    core_close(&crash->core);
    buffer_release(&crash->soft_errors);
    free(crash->stacks);
    free(crash->routine_places);
    *crash = (struct crash){0};
}
