/* SPDX-License-Identifier: MIT */
#include "walk/by_code.h"

#include "code/references.h"
#include "code/way.h"
#include "core/elf_symbols.h"

#define FRAME_BYTES_MAX (UINT64_C(1) << 20)
#define CALL_WORDS      256                 /* of the stack, in which a call of this code is looked for */
#define CALL_REACH      (UINT64_C(1) << 15) /* from its target on */
#define REFERENCES_MAX  16                  /* the nearest that are tried */
#define REFERENCE_TRIES 8                   /* of threads at one place; each reads all code of its module */
#define ENTRY_STACK     (UINT64_C(1) << 40) /* the stack pointer of an entry, which is not known yet */

struct step {
    const struct memory *memory;
    const struct unwind_registers *registers; /* of the frame */
    uint64_t slot;                            /* where the return address must be; 0: anywhere */
    bool is_guess;                            /* the function's beginning is */
    struct unwind_registers caller;           /* found */
};

/* The registers that survive calls. */
static const struct {
    uint8_t number; /* in code */
    uint8_t bit;    /* of known */
    size_t at;      /* in struct unwind_registers */
} saved[] = {
    {MACHINE_RBX, KNOWN_RBX, offsetof(struct unwind_registers, rbx)},
    {MACHINE_RBP, KNOWN_RBP, offsetof(struct unwind_registers, rbp)},
    {12, KNOWN_R12, offsetof(struct unwind_registers, r12)},
    {13, KNOWN_R13, offsetof(struct unwind_registers, r13)},
    {14, KNOWN_R14, offsetof(struct unwind_registers, r14)},
    {15, KNOWN_R15, offsetof(struct unwind_registers, r15)},
};

#define SAVED_COUNT (sizeof saved / sizeof saved[0])

static uint64_t *register_at(struct unwind_registers *registers, size_t i)
{
    return (uint64_t *)((char *)registers + saved[i].at);
}

static bool read_word(const struct step *step, uint64_t address, uint64_t *ret_word)
{
    return core_read(step->memory->core, address, ret_word, sizeof *ret_word) == sizeof *ret_word;
}

/* Takes the caller's pc from the slot, if a call can have put it there. Where the caller's code is not known, as its
 * file is on another machine, the way is believed, unless its beginning is a guess. */
static bool take_caller(struct step *step, uint64_t slot, uint64_t pc)
{
    const uint64_t distance = slot - step->registers->sp;
    if (distance > FRAME_BYTES_MAX || (step->slot && slot != step->slot) ||
        !maps_is_executable(step->memory->maps, pc - 1))
        return false;
    const int follows = memory_follows_call(step->memory, pc);
    if (step->is_guess ? follows != 1 : follows == 0)
        return false;
    step->caller = (struct unwind_registers){.pc = pc, .sp = slot + 8};
    return true;
}

static bool accept_return(void *context, const struct machine *machine)
{
    struct step *step = context;
    const struct machine_value sp = machine->registers[MACHINE_RSP];
    if (sp.kind != MACHINE_NUMBER)
        return false;
    const struct machine_value pc = machine_load(machine, sp.number);
    if (pc.kind != MACHINE_NUMBER || !take_caller(step, sp.number, pc.number))
        return false;
    for (size_t i = 0; i < SAVED_COUNT; i++) {
        const struct machine_value value = machine->registers[saved[i].number];
        *register_at(&step->caller, i) = value.number;
        step->caller.known |= value.kind == MACHINE_NUMBER ? saved[i].bit : 0;
    }
    return true;
}

/* From the frame's code on to its return: the stack then tells all. */
static bool go_out(struct step *step, const struct place *place)
{
    const struct way way = {step->memory,    place->pc,     0,   place->code_start,
                            place->code_end, accept_return, step};
    struct machine machine = {.memory = step->memory};
    machine.registers[MACHINE_RSP] = (struct machine_value){step->registers->sp, MACHINE_NUMBER};
    for (size_t i = 0; i < SAVED_COUNT; i++)
        if (step->registers->known & saved[i].bit)
            machine.registers[saved[i].number] = (struct machine_value){
                *register_at((struct unwind_registers *)step->registers, i), MACHINE_NUMBER};
    return way_go(&way, &machine);
}

/* What the caller had in a register: where the function has stored it, or still there. */
static void take_saved(struct step *step, const struct machine *machine, size_t i, uint64_t distance)
{
    const uint8_t number = saved[i].number;
    uint64_t *value = register_at(&step->caller, i);
    for (size_t j = 0; j < machine->store_count; j++)
        if (machine->stores[j].value.kind == MACHINE_CALLERS && machine->stores[j].value.number == number &&
            read_word(step, machine->stores[j].address + distance, value)) {
            step->caller.known |= saved[i].bit;
            return;
        }
    const struct machine_value now = machine->registers[number];
    if (now.kind != MACHINE_CALLERS || now.number != number)
        return;
    *value = *register_at((struct unwind_registers *)step->registers, i);
    step->caller.known |= step->registers->known & saved[i].bit;
}

static bool accept_here(void *context, const struct machine *machine)
{
    struct step *step = context;
    const struct machine_value sp = machine->registers[MACHINE_RSP], bp = machine->registers[MACHINE_RBP];
    uint64_t distance, pc;
    if (sp.kind == MACHINE_NUMBER)
        distance = step->registers->sp - sp.number;
    else if (bp.kind == MACHINE_NUMBER && step->registers->known & KNOWN_RBP)
        distance = step->registers->rbp - bp.number;
    else
        return false;
    if (!read_word(step, ENTRY_STACK + distance, &pc) || !take_caller(step, ENTRY_STACK + distance, pc))
        return false;
    for (size_t i = 0; i < SAVED_COUNT; i++)
        take_saved(step, machine, i, distance);
    return true;
}

/* From the function's beginning to the frame's code: what it has pushed by then. */
static bool go_in(struct step *step, const struct place *place, uint64_t start, uint64_t end)
{
    const struct way way = {step->memory, start, place->pc, start, end, accept_here, step};
    struct machine machine = {0};
    machine.registers[MACHINE_RSP] = (struct machine_value){ENTRY_STACK, MACHINE_NUMBER};
    for (size_t i = 0; i < SAVED_COUNT; i++)
        machine.registers[saved[i].number] = (struct machine_value){saved[i].number, MACHINE_CALLERS};
    return way_go(&way, &machine);
}

/* A hidden function that never returns: a direct call on the stack names its beginning, and it must lead from there to here. */
static bool go_in_by_call(struct step *step, const struct place *place)
{
    uint64_t at = (step->registers->sp + 7) & ~UINT64_C(7), word;
    for (size_t i = 0; i < CALL_WORDS && read_word(step, at, &word); i++, at += 8) {
        uint64_t start;
        if (!maps_is_executable(step->memory->maps, word - 1) ||
            !memory_call_target(step->memory, word, &start) || place->pc - start > CALL_REACH)
            continue;
        step->slot = at;
        if (go_in(step, place, start, 0))
            return true;
    }
    step->slot = 0;
    return false;
}

/* A hidden function that never returns and is called by a pointer: some code calls it, or takes its address. */
static bool go_in_by_reference(struct step *step, struct place *place)
{
    uint64_t starts[REFERENCES_MAX];
    if (place->reference_tries++ >= REFERENCE_TRIES)
        return false;
    const size_t count =
        references_before(step->memory, place->module, place->lookup, starts, REFERENCES_MAX);
    for (size_t i = 0; i < count; i++)
        if (go_in(step, place, starts[i], 0)) {
            place->code_start = starts[i]; /* threads share it */
            return true;
        }
    return false;
}

void by_code_prepare(const struct memory *memory, struct place *place)
{
    struct module *module = modules_find(memory->modules, place->lookup);
    if (!module)
        return;
    struct symbol_query query = {.address = place->lookup - module->view.bias, .takes_labels = true};
    elf_symbols_resolve(memory->core, module, &query, 1);
    if (!query.name)
        return;
    place->code_start = query.start + module->view.bias;
    place->code_end = query.size ? place->code_start + query.size : 0;
}

bool by_code_step(const struct memory *memory, struct place *place, struct unwind_registers *registers)
{
    struct step step = {.memory = memory, .registers = registers};
    if (!(place->code_start && go_in(&step, place, place->code_start, place->code_end)) &&
        !go_out(&step, place)) {
        step.is_guess = true;
        if (!go_in_by_call(&step, place) && !go_in_by_reference(&step, place))
            return false;
    }
    *registers = step.caller;
    return true;
}
