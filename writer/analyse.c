/* SPDX-License-Identifier: MIT */
#include "analyse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stages.h"
#include "code/way.h"
#include "context/context.h"
#include "core/elf_symbols.h"
#include "core/module_files.h"
#include "explain/signal_from_core.h"
#include "explain/title.h"
#include "explain/exit.h"
#include "golang/go_stack.h"
#include "golang/go_words.h"
#include "golang/logged.h"
#include "report/fallback.h"
#include "verdict/verdict.h"
#include "walk/c_below_go.h"
#include "walk/place_words.h"
#include "watch/watch.h"

static int walk_one(struct crash *crash, size_t index, bool is_whole)
{
    const struct notes_thread *thread = &crash->notes.threads[index];
    struct stack *stack = &crash->stacks[index];
    if (!thread->is_captured)
        return 0;
    return is_whole ? walk_thread(&crash->walker, &thread->registers, stack)
                    : walk_innermost(&crash->walker, &thread->registers, stack);
}

static int find_routine(struct crash *crash, size_t index)
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

/* Where C was at fault that Go called: in a core of notes its thread is the only one. */
static int walk_c(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    struct user_regs_struct registers = notes->threads[0].registers;
    int error = 0;
    if (notes_is_died(notes) && notes->thread_count) {
        crash->go.c_stack = crash->stacks[0];
    } else if (notes->c_registers.size == sizeof registers) {
        memcpy(&registers, notes->c_registers.bytes, sizeof registers);
        error = walk_thread(&crash->walker, &registers, &crash->go.c_stack);
    } else {
        return 0;
    }
    crash->go.c_pc = registers.rip;
    return error;
}

/* Names are known. */
static void end_c_stack(struct crash *crash)
{
    struct stack *stack = &crash->go.c_stack;
    stack->count = c_below_go(&crash->walker, stack);
    if (notes_is_died(&crash->notes))
        crash->stacks[0] = *stack;
}

/* Walks the stacks, the faulting thread's first. */
static int walk_all(struct crash *crash)
{
    const size_t count = crash->notes.thread_count;
    bool is_whole = stage_begin(STAGE_STACK);
    int error = walk_init(&crash->walker, &crash->memory);
    /* Without a thread the first is empty. */
    crash->stacks = calloc(count + 1, sizeof *crash->stacks);
    crash->routine_places = malloc((count + 1) * sizeof *crash->routine_places);
    if (error || !crash->stacks || !crash->routine_places)
        return -ENOMEM;
    for (size_t i = 0; i <= count; i++)
        crash->routine_places[i] = PLACES_NONE;
    if (count)
        error = walk_one(crash, 0, is_whole);
    is_whole = stage_begin(STAGE_STACKS);
    for (size_t i = 1; i < count && !error; i++)
        error = walk_one(crash, i, is_whole);
    for (size_t i = 0; i < count && !error && is_whole; i++)
        error = find_routine(crash, i);
    if (!error && is_whole)
        error = walk_c(crash);
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

static void take_answers(struct crash *crash, const struct module *module, const struct symbol_query *queries,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct place *place = &crash->walker.places.items[queries[i].tag];
        const uint64_t start = queries[i].start + module->view.bias;
        if (!queries[i].size && !way_leads(&crash->memory, start, place->pc))
            continue; /* a label, and another function behind it */
        place->function = queries[i].name;
        place->function_size = queries[i].name_size;
        place->function_address = start;
    }
}

/* A place in a module that is gone keeps at least the module's name. */
static void find_unloaded(struct crash *crash)
{
    const struct places *places = &crash->walker.places;
    for (uint32_t i = 0; i < places->count && crash->unloaded.count; i++)
        if (!places->items[i].module)
            places->items[i].unloaded =
                unloaded_find(&crash->unloaded, &crash->maps, places->items[i].lookup);
}

/* Names the functions of all places, module by module. */
static int name_places(struct crash *crash)
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
                place->module,
                {.address = place->lookup - place->module->view.bias,
                 .tag = i,
                 .takes_labels = place->is_executable}}; /* not _edata, for a jump into data */
    }
    qsort(all, count, sizeof *all, compare_queries);
    for (size_t first = 0, end; first < count; first = end) {
        end = first;
        for (; end < count && all[end].module == all[first].module; end++)
            queries[end] = all[end].query;
        struct module *module = &crash->modules.items[all[first].module - crash->modules.items];
        elf_symbols_resolve(&crash->core, module, queries + first, end - first);
        take_answers(crash, module, queries + first, end - first);
    }
    free(all);
    free(queries);
    return 0;
}

/* The names of such a module come from the symbols that are in memory: the exported ones. */
static void tell_lost_files(struct crash *crash)
{
    const struct module *lost = NULL;
    char line[600];
    size_t count = 0;
    for (size_t i = 0; i < crash->modules.count; i++) {
        const struct module *module = &crash->modules.items[i];
        const struct maps_range *range = maps_find(&crash->maps, module->base);
        /* Else only its path leads nowhere: after chroot. */
        const bool is_deleted = range && maps_is_deleted(range);
        if (module->image || (module->file != MODULE_FILE_CHANGED && !is_deleted))
            continue;
        lost = lost ? lost : module;
        count++;
    }
    if (!lost || crash->exe_fd < 0)
        return;
    snprintf(
        line, sizeof line,
        "%s%s: deleted or replaced while it ran, and only a process with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE "
        "can still open the old file: without a debug file only its exported functions have names",
        module_basename(lost), count > 1 ? " and other modules" : "");
    crash_add_soft_error(crash, line);
}

static int read_modules(struct crash *crash)
{
    const struct live_process live = {crash->exe_fd, crash->notes.pid, &crash->maps};
    const bool is_wanted = stage_begin(STAGE_MAPS);
    int error = is_wanted && crash->notes.maps.size ? maps_read(crash->notes.maps, &crash->maps)
                                                    : maps_read_core(&crash->core, &crash->maps);
    if (!error && stage_begin(STAGE_MODULES))
        error = modules_load(&crash->core, &crash->notes, &live, &crash->modules);
    tell_lost_files(crash);
    if (!error)
        error = unloaded_read(crash->notes.unloaded, &crash->unloaded);
    crash->memory = (struct memory){&crash->core, &crash->modules, &crash->maps};
    crash->read_us = crash_elapsed_us(crash);
    return error;
}

/* Signal, signature and title. An exit and a dump have no signal. */
static int explain(struct crash *crash)
{
    const bool is_wanted = stage_begin(STAGE_TITLE);
    if (!exit_is(crash) && !notes_is_from_outside(&crash->notes) && !notes_is_dump(&crash->notes))
        (is_wanted ? signal_from_core : fallback_signal)(crash);
    if (!is_wanted) {
        fallback_title(crash);
        return 0;
    }
    int error = place_words_set(&crash->walker.places);
    if (!error)
        error = notes_is_logged(&crash->notes) ? logged_describe(crash) : title_make(crash);
    if (!error && crash->go.is_there)
        go_words_set(crash);
    return error;
}

int analyse_crash(struct crash *crash)
{
    int error = read_modules(crash);
    if (!error)
        error = walk_all(crash);
    if (!error && stage_begin(STAGE_NAMES))
        error = name_places(crash);
    if (!error)
        find_unloaded(crash);
    if (!error)
        end_c_stack(crash);
    if (!error && stage_begin(STAGE_GOROUTINES))
        error = go_stack_read(crash);
    if (!error && verdict_is_asked(crash) && stage_begin(STAGE_VERDICT)) {
        crash->has_verdict = true;
        error = verdict_make(crash, &crash->verdict);
    }
    if (error)
        return error;
    crash->unwound_us = crash_elapsed_us(crash);
    if (!crash->has_verdict)
        analyse_context(crash);
    return explain(crash);
}

void analyse_context(struct crash *crash)
{
    if (stage_begin(STAGE_WATCH))
        watch_read(crash);
    if (stage_begin(STAGE_CONTEXT))
        context_gather(crash);
}
