/* SPDX-License-Identifier: MIT */
#include "explain/signal_from_core.h"

#include <inttypes.h>
#include <stdio.h>

#include "explain/after_fault.h"
#include "signal/signal.h"

static bool read_memory(const void *context, uint64_t address, void *bytes, size_t size)
{
    return memory_read(context, address, bytes, size);
}

/* The frame before 'from', and those that it returns to, are a handler's. */
static bool runs_handler(const struct crash *crash, size_t from)
{
    const struct stack *stack = &crash->stacks[0];
    for (size_t i = from; i < stack->count; i++)
        if (crash_place(crash, crash_frame(crash, stack, i))->is_signal_frame)
            return true;
    return false;
}

/* The address of the fault may be in a library that dlclose has unmapped. */
static void describe_unloaded(struct crash *crash, const struct user_regs_struct *registers)
{
    const uint64_t address = (uintptr_t)crash->notes.signal.si_addr;
    struct signal_words *words = &crash->signal;
    if (words->origin != SIGNAL_FAULT || crash->notes.signal.si_signo != SIGSEGV)
        return;
    const struct unloaded_module *module = unloaded_find(&crash->unloaded, &crash->maps, address);
    if (!module)
        return;
    bool is_jump = registers && registers->rip == address;
    uint64_t offset = address - module->start;
    words->class = FAULT_UNLOADED;
    if (is_jump)
        snprintf(words->cause, sizeof words->cause,
                 "jump to %.90s+0x%" PRIx64 ", which was unloaded by dlclose", unloaded_basename(module),
                 offset);
    else
        snprintf(words->cause, sizeof words->cause,
                 "address 0x%" PRIx64 " in %.70s+0x%" PRIx64 ", which was unloaded by dlclose", address,
                 unloaded_basename(module), offset);
    snprintf(words->description, sizeof words->description,
             "%s to address 0x%" PRIx64 ": %.250s was there until dlclose unloaded it",
             is_jump ? "jump" : "access", address, module->path);
}

/* Of the signal of the notes, at these registers. */
static void describe(struct crash *crash, const struct user_regs_struct *registers, size_t from,
                     struct signal_words *ret_words)
{
    const struct fault_input input = {
        .signal = &crash->notes.signal,
        .access = crash->notes.access,
        .file = &crash->notes.file,
        .maps = &crash->maps,
        /* The words show what a register holds. */
        .registers = crash->no_core || crash->scrub ? NULL : registers,
        .is_on_handler_stack = runs_handler(crash, from),
        .read = read_memory,
        .context = &crash->memory,
    };
    signal_describe(&crash->notes, &input, ret_words);
}

void signal_from_core(struct crash *crash)
{
    const struct notes_thread *thread = crash_thread(crash);
    const struct user_regs_struct *registers = thread->is_captured ? &thread->registers : NULL;
    struct after_fault first;
    describe(crash, registers, 0, &crash->signal);
    const bool is_limit = crash->notes.handler_ns != 0;
    if ((is_limit || crash->signal.origin != SIGNAL_ABORT) && after_fault_find(crash, true, &first)) {
        crash->handler.words = crash->signal;
        if (is_limit)
            snprintf(crash->handler.words.cause, sizeof crash->handler.words.cause,
                     "the handler's time was over (CRUMPLE_HANDLER)");
        after_fault_put_first(crash, &first);
        registers = &first.registers;
        describe(crash, registers, first.frame + 1, &crash->signal);
    }
    describe_unloaded(crash, registers);
}
