/* SPDX-License-Identifier: MIT */
#include "explain/signal_from_core.h"

static bool read_memory(const void *context, uint64_t address, void *bytes, size_t size)
{
    return memory_read(context, address, bytes, size);
}

static bool runs_handler(const struct crash *crash)
{
    const struct stack *stack = &crash->stacks[0];
    for (size_t i = 0; i < stack->count; i++)
        if (crash_place(crash, crash_frame(crash, stack, i))->is_signal_frame)
            return true;
    return false;
}

void signal_facts_describe(struct crash *crash)
{
    const struct notes_thread *thread = crash_thread(crash);
    const struct fault_input input = {
        .signal = &crash->notes.signal,
        .access = crash->notes.access,
        .maps = &crash->maps,
        /* The words tell what a register holds. */
        .registers = thread->is_captured && !crash->has_no_core ? &thread->registers : NULL,
        .is_on_handler_stack = runs_handler(crash),
        .read = read_memory,
        .context = &crash->memory,
    };
    signal_describe(&crash->notes, &input, &crash->signal);
}
