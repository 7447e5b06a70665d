/* SPDX-License-Identifier: MIT */
#include "doctor/watch_rules.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "typed_deadline.h"
#include "watch_plan.h"

#define TOPIC     "watch"
#define DEBUG_MS  1000 /* as in the writer, for all entries together */
#define WHY_BYTES 480

struct watching {
    struct watch_entry entries[WATCH_ENTRIES_MAX];
    bool is_found[WATCH_ENTRIES_MAX];
    size_t count, searched;
    bool is_first_stripped;
    int64_t deadline_ms;
    struct verdicts *verdicts;
};

static uint8_t *map(int fd, size_t *ret_size)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
        return NULL;
    /* Private and writable: libelf writes to it when it unpacks a section. */
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    *ret_size = (size_t)status.st_size;
    return bytes == MAP_FAILED ? NULL : bytes;
}

static bool is_named(const char *file, const char *module)
{
    const size_t size = strlen(module);
    if (!*module) /* as the writer does: see watch_find.c */
        return strncmp(file, "libcrumple.so", 13) != 0;
    return strcmp(file, module) == 0 ||
           (strncmp(file, module, size) == 0 && (strncmp(file + size, ".so", 3) == 0 || file[size] == '-'));
}

static void judge_found(struct watching *w, const struct watch_entry *entry,
                        const struct typed_symbol *symbol, Dwarf *dwarf, const char *file)
{
    char why[WHY_BYTES], type[TYPED_NAME_BYTES];
    struct typed_variable variable;
    struct watch_plan plan;
    const bool is_typed = dwarf && typed_find_variable(dwarf, entry->symbol, w->deadline_ms, &variable);
    if (!watch_plan_make(entry, symbol, is_typed ? &variable : NULL, file, &plan, why, sizeof why)) {
        verdicts_add(w->verdicts, VERDICT_WARN, TOPIC, "%s: %s", entry->name, why);
        return;
    }
    if (entry->type)
        snprintf(type, sizeof type, "%s", watch_type_name(entry->type));
    else
        typed_name(&plan.typed, type, sizeof type);
    verdicts_add(w->verdicts, VERDICT_OK, TOPIC, "%s: %.*s of %s, %s%s", entry->name,
                 (int)entry->expression_size, entry->expression, file, type,
                 plan.is_thread_local ? ", of each thread" : "");
}

static int open_debug_file(const char *build_id)
{
    char path[128];
    snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id,
             build_id + 2 * (*build_id != '\0'));
    return *build_id ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
}

/* Names and types from one file; those of a stripped one may lie in its debug file. */
struct image {
    uint8_t *bytes, *debug;
    size_t size, debug_size;
};

static Dwarf *open_dwarf(const struct image *image, Elf **ret_elf)
{
    Dwarf *dwarf = NULL;
    elf_version(EV_CURRENT);
    for (int i = 0; i < 2 && !dwarf; i++) {
        uint8_t *bytes = i == 0 ? image->bytes : image->debug;
        *ret_elf = bytes ? elf_memory((char *)bytes, i == 0 ? image->size : image->debug_size) : NULL;
        dwarf = *ret_elf ? dwarf_begin_elf(*ret_elf, DWARF_C_READ, NULL) : NULL;
        if (!dwarf)
            elf_end(*ret_elf);
    }
    return dwarf;
}

static void search(struct watching *w, const struct image *image, const char *file)
{
    struct typed_symbol symbols[WATCH_ENTRIES_MAX];
    size_t whose[WATCH_ENTRIES_MAX], count = 0;
    Elf *elf = NULL;
    for (size_t i = 0; i < w->count; i++)
        if (!w->is_found[i] && is_named(file, w->entries[i].module)) {
            symbols[count] = (struct typed_symbol){.name = w->entries[i].symbol};
            whose[count++] = i;
        }
    if (!count)
        return;
    const bool is_whole =
        typed_symbols_find(image->bytes, image->size, symbols, count) ||
        (image->debug && typed_symbols_find(image->debug, image->debug_size, symbols, count));
    w->is_first_stripped |= !w->searched++ && !is_whole;
    Dwarf *dwarf = open_dwarf(image, &elf);
    for (size_t i = 0; i < count; i++) {
        if (!symbols[i].is_found)
            continue;
        w->is_found[whose[i]] = true;
        judge_found(w, &w->entries[whose[i]], &symbols[i], dwarf, file);
    }
    if (dwarf) {
        dwarf_end(dwarf);
        elf_end(elf);
    }
}

static void search_file(struct watching *w, int fd, const char *file)
{
    struct elf_facts facts;
    struct image image = {0};
    image.bytes = map(fd, &image.size);
    if (!image.bytes)
        return;
    elf_look(fd, "", NULL, 0, &facts);
    const int debug = open_debug_file(facts.build_id);
    image.debug = map(debug, &image.debug_size);
    search(w, &image, file);
    if (image.debug)
        munmap(image.debug, image.debug_size);
    munmap(image.bytes, image.size);
    if (debug >= 0)
        (void)close(debug);
    elf_clear(&facts);
}

static void search_libraries(struct watching *w, const struct gathered *facts, const struct program *program)
{
    const bool is_running = facts->is_running && !facts->process.maps_error;
    const size_t count = is_running ? facts->process.module_count : facts->libraries.count;
    for (size_t i = 0; i < count; i++) {
        const char *name = is_running ? facts->process.modules[i] : facts->libraries.names[i];
        const int fd = is_running ? open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                                  : libraries_open(&facts->elf, program->loaded, name);
        if (fd < 0)
            continue;
        search_file(w, fd, text_base_name(name));
        (void)close(fd);
    }
}

static void judge_missing(const struct watching *w, const struct gathered *facts, const char *file)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct watch_entry *e = &w->entries[i];
        if (w->is_found[i])
            continue;
        if (*e->module)
            verdicts_add(w->verdicts, VERDICT_WARN, TOPIC, "%s: no module %s with a variable %s was found",
                         e->name, e->module, e->symbol);
        else
            verdicts_add(w->verdicts, VERDICT_WARN, TOPIC,
                         "%s: there is no variable %s in %s%s and its libraries", e->name, e->symbol, file,
                         w->is_first_stripped ? " (stripped: only exported variables have names)" : "");
        if (!facts->is_running)
            verdicts_advise(
                w->verdicts,
                "libraries that it opens later are not looked at: 'crumple doctor --pid PID' does");
    }
}

void watch_judge(const struct gathered *facts, const struct program *program, struct verdicts *ret)
{
    const char *text = facts->settings.watch, *problem;
    struct watching *w = *text && facts->file >= 0 ? calloc(1, sizeof *w) : NULL;
    if (!w)
        return;
    w->verdicts = ret;
    w->deadline_ms = typed_now_ms() + DEBUG_MS;
    while (w->count < WATCH_ENTRIES_MAX && watch_entry_next(&text, &w->entries[w->count], &problem))
        w->count += problem == NULL; /* else the variables have said so */
    search_file(w, facts->file, text_base_name(program->loaded));
    search_libraries(w, facts, program);
    judge_missing(w, facts, text_base_name(program->loaded));
    free(w);
}
