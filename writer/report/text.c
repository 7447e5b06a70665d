/* SPDX-License-Identifier: MIT */
#include "report/text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "explain/exception.h"
#include "report/containment.h"
#include "report/blocked_report.h"
#include "report/context.h"
#include "report/culprit.h"
#include "report/died_report.h"
#include "report/logged_report.h"
#include "report/go_report.h"
#include "report/stack_text.h"

#define FOLD_NAMES 8  /* names and tids of a group that are listed */
#define FOLD_SHOWN 64 /* frames of a group's stack that are listed */

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

static void add_line(struct buffer *out, const char *label, const char *text)
{
    buffer_format(out, "%-10s ", label);
    add_clean(out, text);
    buffer_add_char(out, '\n');
}

static void add_exception(const struct crash *crash, struct buffer *out)
{
    char words[CRASH_TYPE_BYTES + 260];
    exception_words(crash, words, sizeof words);
    if (!words[0])
        return;
    buffer_format(out, "%-10s %s", "exception", crash->is_uncaught ? "uncaught " : "while handling ");
    add_clean(out, words);
    buffer_add_char(out, '\n');
}

static void add_head(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    const struct notes_thread *thread = crash_thread(crash);
    size_t captured = 0;
    for (size_t i = 0; i < notes->thread_count; i++)
        captured += notes->threads[i].is_captured;
    add_clean(out, crash->title);
    buffer_add_char(out, '\n');
    if (notes->recovery.action) {
        recovery_words(crash, out);
        buffer_add_char(out, '\n');
    }
    buffer_add_char(out, '\n');
    add_line(out, "cause", crash_description(crash));
    if (crash->reason)
        add_line(out, "reason", crash->reason);
    if (crash->manner.function[0])
        add_line(out, "manner", crash->manner.function);
    add_exception(crash, out);
    if (notes->culprit.state) {
        buffer_format(out, "%-10s ", "culprit");
        culprit_words(crash, out);
        buffer_add_char(out, '\n');
    }
    if (crash->where[0])
        add_line(out, "where", crash->where);
    context_text(crash, out);
    if (notes->has_signal)
        buffer_format(out, "%-10s %s (%d), %s%s\n", "signal", crash->signal.name, notes->signal.si_signo,
                      crash->signal.code_name,
                      notes->is_promoted ? "; the program's own handler ran first" : "");
    add_line(out, "program", notes->exe);
    buffer_format(out, "%-10s %" PRId64 ", parent %" PRId64 ", uid %" PRId64 ", gid %" PRId64 "\n", "pid",
                  notes->pid, notes->ppid, notes->uid, notes->gid);
    if (crash_is_goroutine(crash)) {
        buffer_format(out, "%-10s ", "in");
        go_text_goroutine(crash, out);
        buffer_add_char(out, '\n');
    } else if (notes->thread_count) {
        buffer_format(out, "%-10s %d '", "thread", thread->tid);
        add_clean(out, thread->name);
        buffer_format(out, "'; %zu of %zu threads captured\n", captured, notes->thread_count);
    }
    add_line(out, "time", crash->time);
    add_line(out, "host", notes->hostname);
    add_line(out, "signature", crash->signature);
    add_line(out, "id", crash->name);
}

static void add_stack(const struct crash *crash, const struct stack *stack, size_t frames_max,
                      struct buffer *out)
{
    const struct stack_text how = {.begin = "  ", .end = "\n", .frames_max = frames_max, .has_trust = true};
    stack_text_add(crash, stack, &how, out);
}

static void add_registers(const struct user_regs_struct *r, struct buffer *out)
{
    buffer_format(out, "  rip %016llx  rsp %016llx  rbp %016llx\n", r->rip, r->rsp, r->rbp);
    buffer_format(out, "  rax %016llx  rbx %016llx  rcx %016llx\n", r->rax, r->rbx, r->rcx);
    buffer_format(out, "  rdx %016llx  rsi %016llx  rdi %016llx\n", r->rdx, r->rsi, r->rdi);
    buffer_format(out, "  r8  %016llx  r9  %016llx  r10 %016llx\n", r->r8, r->r9, r->r10);
    buffer_format(out, "  r11 %016llx  r12 %016llx  r13 %016llx\n", r->r11, r->r12, r->r13);
    buffer_format(out, "  r14 %016llx  r15 %016llx  efl %016llx\n", r->r14, r->r15, r->eflags);
}

/* Threads with the same places on their stacks belong together. */
struct fold {
    uint64_t hash;
    size_t thread;
};

static uint64_t stack_hash(const struct crash *crash, size_t thread)
{
    const struct stack *stack = &crash->stacks[thread];
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ crash->notes.threads[thread].is_captured;
    for (size_t i = 0; i < stack->count; i++)
        hash = (hash ^ crash_frame(crash, stack, i)->place) * UINT64_C(0x100000001b3);
    return hash;
}

static int fold_compare(const void *left, const void *right)
{
    const struct fold *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static void add_group_names(const struct crash *crash, const struct fold *group, size_t count,
                            struct buffer *out)
{
    if (count > 1)
        buffer_format(out, "%zu threads: ", count);
    else
        buffer_add_text(out, "thread ");
    for (size_t i = 0; i < count && i < FOLD_NAMES; i++) {
        const struct notes_thread *thread = &crash->notes.threads[group[i].thread];
        buffer_format(out, "%s%d '", i ? ", " : "", thread->tid);
        add_clean(out, thread->name);
        buffer_add_char(out, '\'');
        if (thread->has_also_faulted)
            buffer_format(out, " (also faulted: signal %d at 0x%" PRIx64 ")", thread->also_signal,
                          thread->also_address);
        if (!thread->is_captured)
            buffer_format(out, " (not captured%s%.1s)", thread->proc_state ? ", state " : "",
                          thread->proc_state > ' ' && thread->proc_state < 0x7f ? &thread->proc_state : "");
    }
    if (count > FOLD_NAMES)
        buffer_format(out, " and %zu more", count - FOLD_NAMES);
    buffer_add_char(out, '\n');
}

static void add_group_wait(const struct crash *crash, const struct fold *group, size_t count,
                           struct buffer *out)
{
    struct blocked_group wait = {0};
    for (size_t i = 0; i < count; i++)
        blocked_group_add(crash, group[i].thread, &wait);
    blocked_group_text(&wait, out);
    if (count == 1)
        blocked_text_locks(crash, group->thread, out);
}

/* The largest group first would need a second sort; the order is that of each group's first thread. */
static int fold_order(const void *left, const void *right)
{
    const struct fold *const *a = left, *const *b = right;
    return (*a)->thread < (*b)->thread ? -1 : (*a)->thread > (*b)->thread;
}

static void add_groups(const struct crash *crash, struct fold *folds, const struct fold **groups,
                       size_t count, struct buffer *out)
{
    size_t group_count = 0;
    qsort(folds, count, sizeof *folds, fold_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || folds[i].hash != folds[i - 1].hash)
            groups[group_count++] = &folds[i];
    qsort(groups, group_count, sizeof *groups, fold_order);
    for (size_t i = 0; i < group_count; i++) {
        const struct fold *group = groups[i];
        size_t size = 1;
        while (group + size < folds + count && group[size].hash == group->hash)
            size++;
        buffer_add_char(out, '\n');
        add_group_names(crash, group, size, out);
        add_group_wait(crash, group, size, out);
        add_stack(crash, &crash->stacks[group->thread], FOLD_SHOWN, out);
    }
}

static void add_others(const struct crash *crash, struct buffer *out)
{
    if (crash->notes.thread_count < 2)
        return;
    size_t count = crash->notes.thread_count - 1;
    struct fold *folds = calloc(count, sizeof *folds);
    const struct fold **groups = calloc(count, sizeof *groups);
    if (folds && groups) {
        for (size_t i = 0; i < count; i++)
            folds[i] = (struct fold){stack_hash(crash, i + 1), i + 1};
        buffer_add_text(out, "\nother threads, grouped by equal stacks:\n");
        add_groups(crash, folds, groups, count, out);
    } else {
        out->failed = true;
    }
    free(folds);
    free(groups);
}

static void add_modules(const struct crash *crash, struct buffer *out)
{
    bool is_first = true;
    for (size_t i = 0; i < crash->modules.count; i++) {
        const struct module *module = &crash->modules.items[i];
        if (module->file == MODULE_FILE_OK)
            continue;
        if (is_first)
            buffer_add_text(out, "\nmodules whose files differ from those that ran:\n");
        is_first = false;
        buffer_format(out, "  0x%" PRIx64 " %s ", module->base,
                      module->file == MODULE_FILE_MISSING ? "missing" : "changed");
        add_clean(out, module->path);
        buffer_add_char(out, '\n');
    }
}

static void add_soft_errors(const struct crash *crash, struct buffer *out)
{
    const char *at = (const char *)crash->notes.soft_errors.bytes, *end = at + crash->notes.soft_errors.size;
    if (at == end)
        return;
    buffer_add_text(out, "\nnot captured:\n");
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        if (next == at)
            continue;
        buffer_add_text(out, "  ");
        buffer_add_clean(out, at, (size_t)(next - at));
        buffer_add_char(out, '\n');
    }
}

static void add_thread_line(const struct crash *crash, struct buffer *out)
{
    const char *quote = crash_is_goroutine(crash) ? "" : "'";
    if (crash_is_goroutine(crash))
        buffer_add_char(out, '\n');
    else
        buffer_format(out, "\nthread %d '", crash_thread(crash)->tid);
    add_clean(out, crash_thread(crash)->name);
    buffer_format(out, "%s:\n", quote);
}

void report_text_write(const struct crash *crash, struct buffer *out)
{
    const struct notes_thread *thread = crash_thread(crash);
    add_head(crash, out);
    died_text(crash, out);
    logged_text(crash, out);
    if (!crash_is_goroutine(crash) && crash->go.stack.count) {
        buffer_format(out, "\ngoroutine %" PRIu64 ", as Go printed it:\n", crash->go.dump.groups[0].first);
        add_stack(crash, &crash->go.stack, CRUMPLE_MAX_FRAMES, out);
    }
    if (crash->notes.thread_count) {
        add_thread_line(crash, out);
        blocked_text(crash, 0, out);
        blocked_text_locks(crash, 0, out);
        add_stack(crash, &crash->stacks[0], CRUMPLE_MAX_FRAMES, out);
    }
    if (thread->is_captured && !crash->no_core) {
        buffer_add_text(out, "\nregisters:\n");
        const struct user_regs_struct shown = crash_shown_registers(crash, &thread->registers);
        add_registers(&shown, out);
    }
    add_others(crash, out);
    go_text(crash, out);
    died_text_output(crash, out);
    context_long_text(crash, out);
    add_modules(crash, out);
    add_soft_errors(crash, out);
}
