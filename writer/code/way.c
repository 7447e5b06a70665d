/* SPDX-License-Identifier: MIT */
#include "code/way.h"

#include <string.h>

#include "code/branch.h"
#include "code/eh_frame.h"

#define WAY_INSTRUCTIONS 4096
#define WAY_REACH        (UINT64_C(1) << 15) /* before and behind the first instruction */
#define WAY_BRANCHES     32                  /* that wait */

struct stop {
    uint64_t pc;
    struct machine machine;
};

struct search {
    const struct way *way;
    uint8_t seen[2 * WAY_REACH / 8]; /* a bit for each address that was reached */
    struct stop waiting[WAY_BRANCHES];
    size_t waiting_count;
    unsigned budget;
    bool takes_registers; /* a jump to a register leaves the function */
};

/* What an instruction does to the way. */
enum turn { TURN_ON, TURN_LEFT, TURN_DEAD };

static bool is_near(const struct search *search, uint64_t pc)
{
    return pc - (search->way->from - WAY_REACH) < 2 * WAY_REACH;
}

/* Returns whether pc is reached for the first time. */
static bool mark(struct search *search, uint64_t pc)
{
    const uint64_t bit = pc - (search->way->from - WAY_REACH);
    const uint8_t mask = (uint8_t)(1U << bit % 8);
    const bool is_new = !(search->seen[bit / 8] & mask);
    search->seen[bit / 8] |= mask;
    return is_new;
}

static bool is_inside(const struct way *way, uint64_t pc)
{
    return pc >= way->start && (!way->end || pc < way->end);
}

/* What follows a jump to another function is that one's return to the caller. */
static enum turn turn_at_jump(const struct search *search, uint64_t target, uint64_t *pc)
{
    if (!is_near(search, target) || (search->way->goal && !is_inside(search->way, target)))
        return search->way->goal ? TURN_DEAD : TURN_LEFT;
    *pc = target;
    return TURN_ON;
}

static void wait_at(struct search *search, uint64_t target, const struct machine *machine)
{
    if (search->waiting_count == WAY_BRANCHES || !is_near(search, target) ||
        (search->way->goal && !is_inside(search->way, target)))
        return;
    search->waiting[search->waiting_count++] = (struct stop){target, *machine};
}

/* Instructions of the map of one byte behind which nothing runs. */
static enum turn turn_at_end(const struct search *search, const struct instruction *insn)
{
    const bool is_jump = insn->opcode == 0xff && (insn->reg & 7) == 4;
    if (insn->opcode == 0xc2 || insn->opcode == 0xc3)
        return search->way->goal ? TURN_DEAD : TURN_LEFT;
    /* By a table of a switch: not to be followed. Else it is a call that is the function's last act. To a register it
     * may be either. */
    if (is_jump && (insn->mod == 3 ? search->takes_registers : insn->index == INSTRUCTION_NO_REGISTER))
        return search->way->goal ? TURN_DEAD : TURN_LEFT;
    const bool is_end = is_jump || insn->opcode == 0xcc || insn->opcode == 0xf4 || insn->opcode == 0xca ||
                        insn->opcode == 0xcb || insn->opcode == 0xcf;
    return is_end ? TURN_DEAD : TURN_ON;
}

static enum turn turn_at(struct search *search, struct machine *machine, uint64_t *pc)
{
    struct instruction insn;
    struct eh_bytes bytes;
    uint64_t target;
    enum turn turn;
    if (!eh_bytes_at(search->way->memory, *pc, &bytes) ||
        !instruction_decode(bytes.at, (size_t)(bytes.end - bytes.at), &insn) ||
        (insn.map == 1 && insn.opcode == 0x0b)) /* ud2 */
        return TURN_DEAD;
    switch (branch_read(&insn, bytes.at, *pc, &target)) {
    case BRANCH_JUMP:
        return turn_at_jump(search, target, pc);
    case BRANCH_CONDITIONAL:
        wait_at(search, target, machine);
        break;
    default:
        turn = insn.map ? TURN_ON : turn_at_end(search, &insn);
        if (turn != TURN_ON)
            return turn;
        machine_execute(machine, &insn, bytes.at);
    }
    *pc += insn.length;
    return *pc == search->way->end && *pc != search->way->goal ? TURN_DEAD : TURN_ON;
}

/* One way to its end. Returns whether it was accepted. */
static bool go_on(struct search *search, struct machine *machine, uint64_t pc)
{
    const struct way *way = search->way;
    enum turn turn = TURN_ON;
    while (turn == TURN_ON) {
        if (way->goal && pc == way->goal && way->accept(way->context, machine))
            return true;
        if (!is_near(search, pc) || !mark(search, pc) || search->budget == 0)
            return false;
        search->budget--;
        turn = turn_at(search, machine, &pc);
    }
    return turn == TURN_LEFT && way->accept(way->context, machine);
}

static bool go_all(const struct way *way, struct machine *machine, bool takes_registers)
{
    static struct search search; /* large; the writer has one thread */
    memset(search.seen, 0,
           sizeof search.seen); /* alone: the rest is larger, and thousands of threads are walked */
    search.way = way;
    search.budget = WAY_INSTRUCTIONS;
    search.takes_registers = takes_registers;
    search.waiting_count = 0;
    search.waiting[search.waiting_count++] = (struct stop){way->from, *machine};
    while (search.waiting_count) {
        struct stop *stop = &search.waiting[--search.waiting_count];
        *machine = stop->machine;
        if (go_on(&search, machine, stop->pc))
            return true;
    }
    return false;
}

bool way_go(const struct way *way, struct machine *machine)
{
    const struct machine first = *machine;
    if (go_all(way, machine, false))
        return true;
    *machine = first;
    return !way->goal && go_all(way, machine, true);
}

static bool accept_any(void *context, const struct machine *machine)
{
    (void)context, (void)machine;
    return true;
}

bool way_leads(const struct memory *memory, uint64_t start, uint64_t pc)
{
    const struct way way = {
        .memory = memory, .from = start, .goal = pc, .start = start, .accept = accept_any};
    struct machine machine = {0};
    return way_go(&way, &machine);
}
