/* SPDX-License-Identifier: MIT */
#include "context/locks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/elf_symbols.h"
#include "walk/function_names.h"

static bool read_line(char *line, const struct tid_index *tids, struct held_lock *ret)
{
    char *kind = strchr(line, ' '), *address = kind ? strchr(kind + 1, ' ') : NULL, *end;
    if (!address)
        return false;
    *kind++ = *address++ = '\0';
    const size_t thread = tid_index_find(tids, strtol(line, &end, 10));
    if (*end || thread == SIZE_MAX || !*kind || strlen(kind) >= sizeof ret->kind ||
        strspn(kind, "abcdefghijklmnopqrstuvwxyz") != strlen(kind))
        return false;
    *ret = (struct held_lock){.thread = (uint32_t)thread};
    snprintf(ret->kind, sizeof ret->kind, "%s", kind);
    ret->address = strtoull(address, &end, 16);
    return end != address && !*end;
}

static int compare_held(const void *left, const void *right)
{
    const struct held_lock *a = left, *b = right;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static bool is_sorted(const struct held_lock *held, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (held[i].thread < held[i - 1].thread)
            return false;
    return true;
}

int locks_read(struct core_span note, const struct tid_index *tids, struct waits *waits)
{
    char *text = malloc(note.size + 1), *rest = text;
    size_t count = 0, lines = 1;
    if (!text)
        return -ENOMEM;
    memcpy(text, note.bytes, note.size);
    text[note.size] = '\0';
    for (size_t i = 0; i < note.size; i++)
        lines += text[i] == '\n';
    lines = lines < LOCKS_MAX ? lines : LOCKS_MAX;
    waits->held = calloc(lines, sizeof *waits->held);
    for (char *line; waits->held && count < lines && (line = strsep(&rest, "\n"));)
        count += read_line(line, tids, &waits->held[count]);
    waits->held_count = count;
    /* glibc's qsort is a merge sort, which keeps the order of equal ones, if memory is not short. */
    if (count && !is_sorted(waits->held, count))
        qsort(waits->held, count, sizeof *waits->held, compare_held);
    free(text);
    return waits->held ? 0 : -ENOMEM;
}

static int compare_places(const void *left, const void *right)
{
    const struct lock_place *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

/* With its .bss, which no file mapping covers. */
static struct module *module_around(struct modules *modules, uint64_t address)
{
    for (size_t i = 0; i < modules->count; i++) {
        struct module *module = &modules->items[i];
        const uint64_t end = elf_view_end(&module->view);
        if (address >= module->base && (address < module->end || address < end))
            return module;
    }
    return NULL;
}

static void name_run(struct crash *crash, struct module *module, struct lock_place *places, size_t count)
{
    struct symbol_query *queries = calloc(count, sizeof *queries);
    for (size_t i = 0; i < count; i++) {
        places[i].module = module_basename(module);
        places[i].start = module->view.bias;
        if (queries)
            queries[i] =
                (struct symbol_query){.address = places[i].address - module->view.bias, .is_data = true};
    }
    if (queries)
        elf_symbols_resolve(&crash->core, module, queries, count);
    for (size_t i = 0; i < count && queries; i++) {
        if (!queries[i].name)
            continue;
        places[i].name = queries[i].name;
        places[i].name_size = queries[i].name_size;
        places[i].start = queries[i].start + module->view.bias;
    }
    free(queries);
}

int locks_find_places(struct crash *crash, const uint64_t *addresses, size_t count)
{
    struct waits *waits = &crash->waits;
    struct lock_place *places = calloc(count + waits->held_count + 1, sizeof *places);
    size_t all = 0, kept = 0;
    if (!places)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        places[all++].address = addresses[i];
    for (size_t i = 0; i < waits->held_count; i++)
        places[all++].address = waits->held[i].address;
    qsort(places, all, sizeof *places, compare_places);
    for (size_t i = 0; i < all; i++)
        if (!kept || places[i].address != places[kept - 1].address)
            places[kept++] = places[i];
    for (size_t first = 0, end; first < kept; first = end) {
        struct module *module = module_around(&crash->modules, places[first].address);
        end = first + 1;
        while (end < kept && module_around(&crash->modules, places[end].address) == module)
            end++;
        if (module)
            name_run(crash, module, places + first, end - first);
    }
    waits->places = places;
    waits->place_count = kept;
    return 0;
}

const char *locks_place_text(const struct crash *crash, uint64_t known, uint64_t address,
                             char text[LOCK_PLACE_BYTES])
{
    const struct lock_place wanted = {.address = known}, *found = NULL;
    char offset[24] = "";
    if (crash->waits.place_count)
        found =
            bsearch(&wanted, crash->waits.places, crash->waits.place_count, sizeof wanted, compare_places);
    text[0] = '\0';
    if (!found || !found->module || address < found->start)
        return text;
    if (address > found->start)
        snprintf(offset, sizeof offset, "+0x%" PRIx64, address - found->start);
    if (found->name) {
        char name[LOCK_PLACE_NAME + 1];
        function_names_readable(found->name, found->name_size, name, sizeof name);
        snprintf(text, LOCK_PLACE_BYTES, "%s%s", name, offset);
    } else {
        snprintf(text, LOCK_PLACE_BYTES, "%.*s%s", LOCK_PLACE_NAME, found->module, offset);
    }
    return text;
}
