/* SPDX-License-Identifier: MIT */
#include "verdict/guards.h"

#include <stdlib.h>
#include <string.h>

#include "code/eh_frame.h"
#include "verdict/guard_code.h"
#include "verdict/guard_sites.h"
#include "code/lsda.h"

#define SEEN_SIZE  65536u /* instructions, a power of two */
#define SEEN_MOST  (SEEN_SIZE / 4 * 3)
#define FORKS_MOST 1024

/* Where to go on, and what is known of the registers there: addresses that instructions name. */
struct fork {
    uint64_t address;
    uint64_t registers[16];
};

/*
 * Two ways to follow code. From a place on: a guard that is released or aborted without having been acquired
 * on the way was held at the beginning; for every path to the end of an initialiser passes its beginning. And
 * from an acquire on, up to where it ends: does it come to the goal?
 */
struct guards {
    struct guard_calls calls;
    uint64_t seen[SEEN_SIZE];
    size_t seen_count;
    struct fork forks[FORKS_MOST];
    size_t fork_count;
    struct eh_procedure part;
    struct guard_set *set;
    uint64_t goal; /* an address inside of an instruction; 0: the first way */
    bool is_reached;
};

struct guards *guards_open(const struct memory *memory)
{
    struct guards *guards = calloc(1, sizeof *guards);
    if (guards)
        guards->calls.memory = memory;
    return guards;
}

void guards_close(struct guards *guards)
{
    free(guards);
}

static void set_add(struct guard_set *set, uint64_t guard)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->guard[i] == guard)
            return;
    if (set->count == GUARDS_MOST)
        set->is_partial = true;
    else
        set->guard[set->count++] = guard;
}

/* Returns whether the instruction is new; false also when there are too many. */
static bool see(struct guards *guards, uint64_t address)
{
    uint32_t at = (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 40) % SEEN_SIZE;
    while (guards->seen[at]) {
        if (guards->seen[at] == address)
            return false;
        at = (at + 1) % SEEN_SIZE;
    }
    if (guards->seen_count >= SEEN_MOST) {
        guards->set->is_partial = true;
        return false;
    }
    guards->seen[at] = address;
    guards->seen_count++;
    return true;
}

static void fork_to(struct guards *guards, uint64_t address, const uint64_t registers[16])
{
    if (guards->fork_count == FORKS_MOST) {
        guards->set->is_partial = true;
        return;
    }
    struct fork *fork = &guards->forks[guards->fork_count++];
    fork->address = address;
    memcpy(fork->registers, registers, sizeof fork->registers);
}

/* The part of a function around address becomes the present one. */
static bool enter_part(struct guards *guards, uint64_t address)
{
    if (address >= guards->part.start && address < guards->part.end)
        return true;
    struct eh_procedure part;
    if (eh_frame_find(guards->calls.memory, guards->calls.module, address, &part) < 0)
        return false;
    guards->part = part;
    return true;
}

/* Control never falls into a landing pad: the call before it does not return, whatever its name is. */
static bool is_landing(const struct guards *guards, uint64_t address)
{
    struct eh_bytes bytes;
    return guards->part.lsda && eh_bytes_at(guards->calls.memory, guards->part.lsda, &bytes) &&
           lsda_has_landing(bytes, guards->part.start, guards->calls.module->view.bias != 0, address);
}

/* A call, or a jump out of the function. Returns whether the code after it is executed. */
static bool pass_call(struct guards *guards, const struct instruction *insn, const uint64_t registers[16])
{
    switch (guard_calls_of(&guards->calls, insn, registers)) {
    case GUARD_CALL_ACQUIRE:
        return guards->goal != 0;
    case GUARD_CALL_RELEASE:
    case GUARD_CALL_ABORT:
        if (guards->goal)
            return false;
        set_add(guards->set, guard_code_argument(registers));
        return true;
    case GUARD_CALL_NORETURN:
        return false;
    default:
        return true;
    }
}

static void follow_jump(struct guards *guards, const struct instruction *insn, const uint64_t registers[16])
{
    if (!pass_call(guards, insn, registers))
        return;
    if (insn->has_target)
        fork_to(guards, insn->target, registers);
    else if (!insn->has_address)
        guards->set->is_partial = true; /* a table of jumps */
}

/* Straight on from a fork, to where the code ends or is known. */
static void follow(struct guards *guards, struct fork *from)
{
    uint64_t at = from->address;
    struct instruction insn;
    if (!enter_part(guards, at))
        return; /* an entry of a linkage table */
    while (at < guards->part.end && see(guards, at)) {
        if (!guard_code_fetch(guards->calls.memory, at, &insn)) {
            guards->set->is_partial = true;
            return;
        }
        const uint64_t next = at + insn.length;
        guards->is_reached |= guards->goal >= at && guards->goal < next;
        if (insn.kind == INSTRUCTION_END)
            return;
        if (insn.kind == INSTRUCTION_JUMP) {
            follow_jump(guards, &insn, from->registers);
            return;
        }
        if (insn.kind == INSTRUCTION_CALL &&
            (!pass_call(guards, &insn, from->registers) || is_landing(guards, next)))
            return;
        if (insn.kind == INSTRUCTION_BRANCH)
            fork_to(guards, insn.target, from->registers);
        guard_code_track(&insn, from->registers);
        at = next;
    }
}

static void follow_all(struct guards *guards, struct guard_set *set)
{
    memset(guards->seen, 0, sizeof guards->seen);
    guards->seen_count = 0;
    guards->set = set;
    while (guards->fork_count) {
        struct fork fork = guards->forks[--guards->fork_count];
        follow(guards, &fork);
    }
}

/* acquire returns 0 where somebody else has made the variable: that way is none of ours. */
static void fork_after_acquire(struct guards *guards, uint64_t after)
{
    const uint64_t registers[16] = {0};
    struct instruction insn;
    uint64_t at = after;
    for (unsigned i = 0; i < 6 && guard_code_fetch(guards->calls.memory, at, &insn); i++) {
        at += insn.length;
        if (insn.kind == INSTRUCTION_BRANCH && (insn.opcode & 0x0e) == 4) {
            fork_to(guards, insn.opcode & 1 ? insn.target : at, registers);
            return;
        }
        if (insn.kind != INSTRUCTION_PLAIN)
            break;
    }
    fork_to(guards, after, registers);
}

/* The second way. */
static void find_by_acquires(struct guards *guards, uint64_t goal, struct guard_set *set)
{
    struct guard_site sites[GUARD_SITES_MOST];
    size_t count = guard_sites_find(&guards->calls, goal, sites, &set->is_partial);
    for (size_t i = 0; i < count; i++) {
        struct guard_set one = {0};
        guards->goal = goal;
        guards->is_reached = false;
        fork_after_acquire(guards, sites[i].after);
        follow_all(guards, &one);
        if (guards->is_reached || one.is_partial)
            set_add(set, sites[i].guard);
    }
    guards->goal = 0;
}

void guards_held(struct guards *guards, const struct module *module, uint64_t pc, bool is_return,
                 struct guard_set *ret_held)
{
    const uint64_t registers[16] = {0}, lookup = pc - is_return;
    *ret_held = (struct guard_set){0};
    guards->part = (struct eh_procedure){0};
    if (!guard_calls_begin(&guards->calls, module) || !enter_part(guards, lookup))
        return;
    bool goes_on = !is_return || (pc < guards->part.end && !is_landing(guards, pc) &&
                                  guard_calls_before(&guards->calls, pc) != GUARD_CALL_NORETURN);
    if (goes_on) {
        fork_to(guards, pc, registers);
        follow_all(guards, ret_held);
    }
    if (goes_on && !ret_held->is_partial)
        return;
    *ret_held = (struct guard_set){0};
    find_by_acquires(guards, lookup, ret_held);
}

void guards_given_back(struct guards *guards, const struct module *module, uint64_t landing,
                       struct guard_set *ret_given)
{
    const uint64_t registers[16] = {0};
    *ret_given = (struct guard_set){0};
    guards->part = (struct eh_procedure){0};
    if (!guard_calls_begin(&guards->calls, module))
        return;
    fork_to(guards, landing, registers);
    follow_all(guards, ret_given);
}

bool guards_cover(const struct guard_set *given, const struct guard_set *held)
{
    if (held->is_partial || given->count < held->count)
        return !held->is_partial && !held->count;
    for (size_t i = 0; i < held->count; i++) {
        bool is_given = held->guard[i] == 0;
        for (size_t j = 0; j < given->count; j++)
            is_given |= given->guard[j] == 0 || given->guard[j] == held->guard[i];
        if (!is_given)
            return false;
    }
    return true;
}
