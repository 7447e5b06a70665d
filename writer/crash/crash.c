/* SPDX-License-Identifier: MIT */
#include "crash/crash.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "date.h"
#include "scrub.h"
#include "base/stages.h"

#define CLOCK_SLACK_NS INT64_C(10000000000) /* both clocks agree within this, or it was another boot */
#define RECENT_US      INT64_C(90000000)    /* CRUMPLE_WAIT=core has a writer wait for a minute */

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

bool crash_is_recent(const struct crash *crash)
{
    const int64_t us = crash_elapsed_us(crash);
    return us >= 0 && us <= RECENT_US;
}

static void crash_set_time(struct crash *crash, int fd)
{
    struct stat status;
    if (!crash->notes.time_ns && fstat(fd, &status) == 0)
        crash->notes.time_ns =
            (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
    date_format(crash->notes.time_ns / 1000, crash->time);
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
    if (!all->failed && all->size)
        *told = (struct core_span){(const uint8_t *)all->data, all->size};
}

int crash_open(int fd, const char *name, struct crash *ret_crash, struct core_damage *ret_damage)
{
    struct crash *crash = ret_crash;
    *crash = (struct crash){.exe_fd = -1, .peek = {.from = -1, .to = -1}};
    snprintf(crash->name, sizeof crash->name, "%s", name);
    int error = core_open(fd, &crash->core, ret_damage);
    if (!error)
        error = notes_read(&crash->core, &crash->notes, ret_damage);
    if (error) {
        crash_release(crash);
        return error;
    }
    if (notes_is_from_outside(&crash->notes))
        crash->no_core = notes_is_died(&crash->notes)
                             ? CRUMPLE_SEEN_FROM_OUTSIDE
                             : CRUMPLE_ONLY_LOGGED; /* and there is no memory in the core */
    crash_set_time(crash, fd);
    crash_add_soft_errors(crash);
    return 0;
}

void crash_add_soft_error(struct crash *crash, const char *line)
{
    struct buffer *all = &crash->soft_errors;
    if (all->size && buffer_last(all) != '\n')
        buffer_add_char(all, '\n');
    buffer_add_text(all, line);
    buffer_add_char(all, '\n');
    if (!all->failed)
        crash->notes.soft_errors = (struct core_span){(const uint8_t *)all->data, all->size};
}

/* Without a plan there is no core: never an unscrubbed one. */
static void begin_scrub(struct crash *crash)
{
    if (scrub_open(crash->core.base, crash->core.size, &crash->scrub) == 0) {
        crash_add_soft_error(crash, CRUMPLE_STACK_SCRUBBED_WORDS
                             ": of memory and registers the core has only what is an address");
        return;
    }
    crash->no_core = CRUMPLE_STACK_SCRUBBED_WORDS;
    crash_add_soft_error(crash, CRUMPLE_STACK_SCRUBBED_WORDS
                         ", and the core cannot be scrubbed: the bundle has no core and no registers");
}

void crash_limit_memory(struct crash *crash, bool is_in_memory)
{
    const char *mode = crash->notes.stack;
    if (mode && strcmp(mode, "scrubbed") == 0) {
        if (!crash->no_core)
            begin_scrub(crash);
    } else if (mode && !crash->no_core) {
        crash->no_core = CRUMPLE_STACK_NONE_WORDS;
        crash_add_soft_error(crash, CRUMPLE_STACK_NONE_WORDS ": the bundle has no core and no registers");
    } else if (is_in_memory) {
        crash->no_core = CRUMPLE_NOT_DUMPABLE;
        crash_add_soft_error(crash, CRUMPLE_NOT_DUMPABLE ": the bundle has no core and no registers");
    }
}

struct user_regs_struct crash_shown_registers(const struct crash *crash,
                                              const struct user_regs_struct *registers)
{
    struct user_regs_struct shown = *registers;
    if (crash->scrub)
        scrub_registers(crash->scrub, &shown);
    return shown;
}

const char *crash_build_id(const struct crash *crash)
{
    const uint64_t headers = notes_auxv(&crash->notes, AT_PHDR);
    for (size_t i = 0; i < crash->modules.count; i++) {
        const struct module *module = &crash->modules.items[i];
        if (headers >= module->base && headers < module->end)
            return module->build_id[0] ? module->build_id : NULL;
    }
    return NULL;
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
    buffer_release(&crash->secrets);
    free(crash->tags.items);
    scrub_release(crash->scrub);
    free(crash->descriptors.text);
    free(crash->descriptors.items);
    free(crash->vitals.text);
    watch_words_release(&crash->watch);
    free(crash->waits.items);
    free(crash->waits.held);
    free(crash->waits.places);
    free(crash->logs.memory);
    go_dump_release(&crash->logged.stack);
    free(crash->logged.stack_text);
    go_dump_release(&crash->go.dump);
    go_build_release(&crash->go.build);
    free(crash->go.printed);
    free(crash->stacks);
    free(crash->routine_places);
    *crash = (struct crash){0};
}
