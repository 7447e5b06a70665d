/* SPDX-License-Identifier: MIT */
#include "doctor/examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/confine.h"
#include "base/text.h"
#include "doctor/gather.h"
#include "doctor/go_rules.h"
#include "doctor/process_rules.h"
#include "doctor/routine_rules.h"
#include "doctor/setting_rules.h"
#include "doctor/unit_rules.h"
#include "doctor/watch_rules.h"
#include "lookup/package.h"

static void look_at_object(struct gathered *f)
{
    struct elf_facts elf;
    bool is_glibc = false;
    if (f->object < 0)
        return;
    elf_look(f->object, "", NULL, 0, &elf);
    for (size_t i = 0; i < elf.needed_count; i++)
        is_glibc |= strcmp(elf.needed[i], "libc.so.6") == 0;
    f->shim.is_of_other_libc = elf.is_read && is_glibc == f->shim.is_for_musl;
    elf_clear(&elf);
}

/* What is read of foreign bytes, inside the sandbox. */
static void look(struct gathered *f, const struct program *program)
{
    char path[96];
    struct stat status;
    confine_to_showing(true, NULL, NULL, 0);
    if (f->file >= 0)
        elf_look(f->file, text_base_name(program->loaded), f->settings.rules, f->settings.rule_count,
                 &f->elf);
    look_at_object(f);
    f->marks.needs_libraries = f->elf.needed_count > 0;
    if (f->is_running && !f->process.maps_error)
        for (size_t i = 0; i < f->process.module_count; i++)
            libraries_add(&f->libraries, f->process.modules[i]);
    else
        libraries_follow(&f->elf, program->loaded, &f->libraries);
    snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%.2s/%s.debug", f->elf.build_id,
             f->elf.build_id + 2 * (*f->elf.build_id != '\0'));
    watch_judge(f, program, &f->about_watch);
    f->has_debug_file = *f->elf.build_id && stat(path, &status) == 0;
    if (!f->is_running && !f->elf.has_symtab && !f->has_debug_file) /* a process may have another root */
        f->package = package_of_file(program->loaded);
}

static void judge_file(const struct gathered *f, const struct program *program, struct verdicts *ret)
{
    if (!f->elf.is_read) {
        verdicts_add(ret, VERDICT_WARN, "program", "its tables cannot be read: more is not known of it");
        return;
    }
    const bool forbids = program_forbids_containment(program, &f->elf, &f->libraries);
    const bool takes_part = program_judge_runtime(&f->elf, &f->libraries, &f->settings, ret);
    if (takes_part && (!f->is_running || process_module(&f->process, "libcrumple.so")))
        program_judge_handlers(&f->elf, ret);
    if (f->is_running)
        process_judge_signals(&f->process, ret);
    program_judge_symbols(&f->elf, f->has_debug_file, f->package, ret);
    if (!program->facts.is_go) /* Go's own tables are others */
        program_judge_unwinding(&f->elf, ret);
    if (!takes_part)
        return;
    if (f->is_running && !forbids)
        routine_judge_threads(&f->settings, &f->process, ret);
    else
        routine_judge_program(&f->settings, &f->elf, forbids, ret);
}

static void judge_unit(const struct gathered *f, struct verdicts *ret)
{
    const struct unit_needs needs = {
        .object = f->shim.object,
        .writer = f->shim.writer,
        .dir = f->directory.base,
        .preload = settings_getenv(f->unit_environ, "LD_PRELOAD"),
        .is_exec_start = f->is_exec_start,
    };
    unit_judge(&f->unit, &needs, ret);
}

/* Of a program that no preload reaches only that is said, and what matters to crumple-run. */
static void judge(struct gathered *f, struct examination *e)
{
    struct verdicts *ret = &e->verdicts;
    if (f->is_running && e->program.facts.kind != PROGRAM_STATIC) /* of those that is said below */
        process_judge_preload(&f->process, f->process.environ ? &f->settings : NULL, ret);
    const bool is_reached = program_judge_kind(&e->program, &f->marks, ret);
    if (e->program.facts.is_go)
        go_judge(f->marks.is_below_run, settings_getenv(f->environ, "GOTRACEBACK"), ret);
    if (is_reached)
        judge_file(f, &e->program, ret);
    if (f->is_running && !f->process.environ)
        verdicts_add(ret, VERDICT_NOTE, "variables",
                     "its environment cannot be read: as if no CRUMPLE_ variable were set");
    else
        verdicts_take(ret, &f->about_variables);
    verdicts_take(ret, &f->about_watch);
    if (is_reached) {
        setting_judge_preloads(settings_getenv(f->environ, "LD_PRELOAD"), f->preloads, ret);
        shim_judge(&f->shim, &e->user, ret);
    }
    const bool by_systemd = f->has_unit && !f->is_running; /* not from here: other limits, another parent */
    if (!by_systemd || unit_may_write(&f->unit, f->directory.base)) /* else the unit has the reason */
        directory_judge(&f->directory, &e->user, ret);
    if (is_reached && !by_systemd)
        process_judge_limits(&f->process, f->is_running, ret);
    if (!by_systemd)
        surroundings_judge(&f->surroundings, &f->process, f->is_running, ret);
    if (f->has_unit)
        judge_unit(f, ret);
}

void examine(const struct examine_request *request, struct examination *ret)
{
    struct gathered *facts = malloc(sizeof *facts);
    *ret = (struct examination){.refusal = ""};
    if (!facts) {
        snprintf(ret->refusal, sizeof ret->refusal, "out of memory");
        return;
    }
    if (gather(request, facts, ret)) {
        look(facts, &ret->program);
        judge(facts, ret);
    }
    gather_clear(facts);
    free(facts);
}

void examination_clear(struct examination *examination)
{
    verdicts_clear(&examination->verdicts);
}
