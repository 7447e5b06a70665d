/* SPDX-License-Identifier: MIT */
#include "watch/watch_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/elf_symbols.h"
#include "base/stages.h"
#include "typed_deadline.h"
#include "walk/inlines.h"

#define DEBUG_MS 1000 /* for debug information, of all entries together */

/* Modules in the order in which the loader would look for a symbol. */
struct order {
    struct module **items;
    size_t count;
};

struct lookup {
    struct watch_found *found;
    struct typed_symbol *symbols; /* of each */
    size_t count;
    int64_t deadline_ms; /* 0: no debug information was asked yet */
};

static void add_module(struct order *order, struct module *module)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->items[i] == module)
            return;
    if (module)
        order->items[order->count++] = module;
}

static bool make_order(struct crash *crash, const struct watch_link *links, size_t link_count,
                       struct order *ret)
{
    *ret = (struct order){.items = calloc(crash->modules.count + 1, sizeof *ret->items)};
    if (!ret->items)
        return false;
    add_module(ret, watch_executable(crash));
    for (size_t i = 0; i < link_count; i++)
        add_module(ret, watch_link_module(crash, &links[i]));
    for (size_t i = 0; i < crash->modules.count; i++)
        add_module(ret, &crash->modules.items[i]);
    return true;
}

/* The file's name, or what stands before '.so' or '-' in it. crumple's own variables are none of the program's. */
static bool is_named(const struct module *module, const char *name)
{
    const char *base = module_basename(module);
    const size_t size = strlen(name);
    if (!*name)
        return strncmp(base, "libcrumple.so", 13) != 0;
    return strcmp(base, name) == 0 || strcmp(module->path, name) == 0 ||
           (strncmp(base, name, size) == 0 && (strncmp(base + size, ".so", 3) == 0 || base[size] == '-'));
}

/* Returns whether the module names only what it exports. */
static bool search_files(struct module *module, struct typed_symbol *wanted, size_t count)
{
    if (!module->image || typed_symbols_find(module->image, module->image_size, wanted, count))
        return false;
    elf_symbols_open_debug(module);
    return !module->debug_image ||
           !typed_symbols_find(module->debug_image, module->debug_size, wanted, count);
}

static void note_search(struct watch_found *found, const struct module *module, bool is_stripped)
{
    if (!module->image) {
        found->changed = module->file == MODULE_FILE_CHANGED ? module : found->changed;
        return;
    }
    if (!found->searched++) {
        found->first = module;
        found->is_stripped = is_stripped;
    }
}

/* One pass over the module's symbols, for all entries that may mean it and are not found yet. */
static void search_module(struct lookup *l, struct module *module)
{
    struct typed_symbol *wanted = calloc(l->count + 1, sizeof *wanted);
    size_t *whose = calloc(l->count + 1, sizeof *whose), count = 0;
    for (size_t i = 0; wanted && whose && i < l->count; i++)
        if (!l->found[i].module && is_named(module, l->found[i].entry->module)) {
            wanted[count] = (struct typed_symbol){.name = l->found[i].entry->symbol};
            whose[count++] = i;
        }
    if (count) {
        const bool is_stripped = search_files(module, wanted, count);
        for (size_t j = 0; j < count; j++) {
            struct watch_found *found = &l->found[whose[j]];
            note_search(found, module, is_stripped);
            if (wanted[j].is_found) {
                found->module = module;
                l->symbols[whose[j]] = wanted[j];
            }
        }
    }
    free(wanted);
    free(whose);
}

static bool needs_type(const struct watch_entry *entry)
{
    if (!entry->type || entry->type == WATCH_STR)
        return true;
    for (unsigned i = 0; i < entry->step_count; i++)
        if (entry->steps[i].kind != WATCH_ARROW_OFFSET)
            return true;
    return false;
}

/* The debug information of the variable that the symbol names. Of static variables of one name it may mean another one. */
static bool find_type(struct lookup *l, struct watch_found *found, struct typed_symbol *symbol,
                      struct typed_variable *ret)
{
    struct Dwarf *dwarf = inlines_debug(found->module);
    if (!dwarf)
        return false;
    if (!l->deadline_ms)
        l->deadline_ms = typed_now_ms() + stages_time_for(DEBUG_MS);
    if (!typed_find_variable(dwarf, found->entry->symbol, l->deadline_ms, ret))
        return false;
    const uint64_t address = ret->is_thread_local ? ret->tls_offset : ret->address;
    if (!ret->has_place || (address == symbol->address && ret->is_thread_local == symbol->is_thread_local))
        return true;
    if (!symbol->is_local || ret->is_thread_local != symbol->is_thread_local)
        return false;
    symbol->address = address;
    return true;
}

static void tell_missing(struct watch_found *found)
{
    const struct watch_entry *e = found->entry;
    char others[40] = "";
    if (found->changed && (*e->module || !found->first)) {
        snprintf(found->why, sizeof found->why,
                 "%.80s was replaced since it was loaded: its symbols would be those of another build",
                 module_basename(found->changed));
        return;
    }
    if (!found->first) {
        snprintf(found->why, sizeof found->why,
                 *e->module ? "no module is named %s" : "no module's file can be read", e->module);
        return;
    }
    if (found->searched > 1)
        snprintf(others, sizeof others, " and %zu other module%s", found->searched - 1,
                 found->searched > 2 ? "s" : "");
    snprintf(found->why, sizeof found->why, "there is no variable %s in %.80s%s%s", e->symbol,
             module_basename(found->first),
             found->is_stripped ? " (stripped: only exported variables have names)" : "", others);
}

static void plan(struct lookup *l, size_t index)
{
    struct watch_found *found = &l->found[index];
    struct typed_symbol *symbol = &l->symbols[index];
    struct typed_variable variable;
    if (!found->module) {
        tell_missing(found);
        return;
    }
    const bool is_typed = needs_type(found->entry) && find_type(l, found, symbol, &variable);
    if (!watch_plan_make(found->entry, symbol, is_typed ? &variable : NULL, module_basename(found->module),
                         &found->plan, found->why, sizeof found->why) &&
        !is_typed && l->deadline_ms && typed_is_late(l->deadline_ms))
        snprintf(
            found->why, sizeof found->why,
            "its type was not found in the time for it, for there is much debug information: add the type, such as ':u64'");
}

void watch_find(struct crash *crash, const struct watch_link *links, size_t link_count,
                struct watch_found *found, size_t count)
{
    struct order order;
    struct lookup l = {.found = found, .count = count, .symbols = calloc(count + 1, sizeof *l.symbols)};
    if (l.symbols && make_order(crash, links, link_count, &order)) {
        for (size_t i = 0; i < order.count; i++)
            search_module(&l, order.items[i]);
        for (size_t i = 0; i < count; i++)
            plan(&l, i);
        free(order.items);
    }
    free(l.symbols);
}
