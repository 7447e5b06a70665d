/* SPDX-License-Identifier: MIT */
#include "report/fallback.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "report/json.h"

void fallback_signal(struct crash *crash)
{
    const siginfo_t *signal = &crash->notes.signal;
    const char *abbreviation = sigabbrev_np(signal->si_signo);
    struct signal_words *words = &crash->signal;
    *words = (struct signal_words){.origin = signal->si_code > 0 ? SIGNAL_FAULT : SIGNAL_SENT};
    if (abbreviation)
        snprintf(words->name, sizeof words->name, "SIG%s", abbreviation);
    else
        snprintf(words->name, sizeof words->name, "signal %d", signal->si_signo);
    if (signal->si_signo == SIGABRT && signal->si_code == SI_TKILL)
        words->origin = SIGNAL_ABORT;
    words->has_address = words->origin == SIGNAL_FAULT && signal->si_signo != SIGSYS;
    snprintf(words->code_name, sizeof words->code_name, "code %d", signal->si_code);
    snprintf(words->cause, sizeof words->cause, "code %d", signal->si_code);
    if (words->has_address)
        snprintf(words->cause, sizeof words->cause, "address 0x%" PRIxPTR, (uintptr_t)signal->si_addr);
    snprintf(words->description, sizeof words->description, "%s", words->cause);
}

void fallback_title(struct crash *crash)
{
    const char *kind = crash->notes.has_signal ? crash->signal.name : crash->notes.event;
    const struct stack *stack = &crash->stacks[0];
    const struct place *place = stack->count ? crash_place(crash, crash_frame(crash, stack, 0)) : NULL;
    char where[200] = "";
    if (place && place->module)
        snprintf(where, sizeof where, "%.160s+0x%" PRIx64, module_basename(place->module),
                 place_offset(place));
    snprintf(crash->kind_text, sizeof crash->kind_text, "%s", kind);
    crash->kind = crash->kind_text;
    snprintf(crash->title, sizeof crash->title, "%s%s%s", kind, where[0] ? " in " : "", where);
    snprintf(crash->signature, sizeof crash->signature, "%s%s%s", kind, where[0] ? " | " : "", where);
}

static void write_threads(const struct notes *notes, struct buffer *out)
{
    json_open(out, "threads", '[');
    for (size_t i = 0; i < notes->thread_count; i++) {
        const struct notes_thread *thread = &notes->threads[i];
        json_open(out, NULL, '{');
        json_number(out, "tid", thread->tid);
        json_string(out, "name", thread->name);
        json_bool(out, "crashed", thread->is_crashed);
        json_bool(out, "also_faulted", thread->has_also_faulted);
        json_string(out, "state", thread->is_captured ? "captured" : "missing");
        json_open(out, "frames", '[');
        json_close(out, ']');
        json_close(out, '}');
    }
    json_close(out, ']');
}

void fallback_report(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    json_open(out, NULL, '{');
    json_number(out, "format", CRUMPLE_FORMAT_VERSION);
    json_string(out, "crumple", CRUMPLE_VERSION);
    json_string(out, "event", notes->event);
    json_string(out, "id", crash->name);
    json_string(out, "time", crash->time);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "exe", notes->exe);
    json_string(out, "hostname", notes->hostname);
    json_number(out, "pid", notes->pid);
    json_number(out, "ppid", notes->ppid);
    json_number(out, "uid", notes->uid);
    json_number(out, "gid", notes->gid);
    json_number(out, "crashed_tid", notes->tid);
    if (notes->has_signal) {
        json_open(out, "signal", '{');
        json_number(out, "number", notes->signal.si_signo);
        json_string(out, "name", crash->signal.name);
        json_number(out, "code", notes->signal.si_code);
        json_string(out, "code_name", crash->signal.code_name);
        json_string(out, "description", crash->signal.description);
        json_close(out, '}');
    }
    write_threads(notes, out);
    json_open(out, "modules", '[');
    json_close(out, ']');
    report_json_soft_errors(crash, out);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}
