/* SPDX-License-Identifier: MIT */
#include "walk/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_format.h"
#include "walk/by_code.h"

/* Bounds on the guesses: a frame pointer this far up, or a return address this far up, is not believed. */
#define WALK_MAX_FRAME_BYTES (UINT64_C(1) << 20)
#define WALK_SCAN_WORDS      256
#define WALK_SIGNAL_WORDS    64 /* Go's handler has 32; farther up may be what is left of an older frame */
#define WALK_LEAF_WORDS      64
#define WALK_LEAF_CODE       4096

/* Many threads with deep stacks must not make a report that no reader accepts. */
#define WALK_MAX_FRAMES_TOTAL  (1u << 20)
#define WALK_FRAMES_WHEN_LARGE 16

struct walk_state {
    struct unwind_registers registers;     /* of the current frame; only pc and sp while the cursor is live */
    const struct user_regs_struct *others; /* the caller-saved ones, while they are known */
    struct user_regs_struct outer;         /* of a signal frame */
    bool is_cursor_live;                   /* libunwind's cursor stands at the current frame */
    bool is_return;                        /* pc is a return address */
    bool is_after_signal;                  /* the stack pointer may go anywhere */
    uint8_t trust;
};

int walk_init(struct walker *walker, const struct memory *memory)
{
    *walker = (struct walker){.memory = memory};
    int error = unwind_init(&walker->unwinder, memory);
    if (!error)
        error = places_init(&walker->places);
    if (error)
        walk_release(walker);
    return error;
}

void walk_release(struct walker *walker)
{
    unwind_release(&walker->unwinder);
    places_release(&walker->places);
    kept_release(&walker->kept);
    free(walker->frames);
    *walker = (struct walker){0};
}

const char *walk_trust_name(uint8_t trust)
{
    static const char *const names[] = {"context", "cfi", "fp", "scan", "call", "leaf", "printed", "code"};
    return trust < sizeof names / sizeof names[0] ? names[trust] : "scan";
}

/* mov $__NR_rt_sigreturn,%rax; syscall. Behind a call: crumple's, where a handler's time is limited. */
static bool walk_is_signal_frame(const struct walker *walker, uint64_t pc)
{
    static const uint8_t trampoline[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    enum { CALL = 0xe8, CALL_BYTES = 5 };
    uint8_t code[CALL_BYTES + sizeof trampoline];
    if (!memory_read(walker->memory, pc, code, sizeof trampoline))
        return false;
    if (code[0] != CALL)
        return memcmp(code, trampoline, sizeof trampoline) == 0;
    return memory_read(walker->memory, pc, code, sizeof code) &&
           memcmp(code + CALL_BYTES, trampoline, sizeof trampoline) == 0;
}

static uint32_t walk_place(struct walker *walker, uint64_t pc, bool is_return)
{
    bool is_new;
    uint32_t index = places_get(&walker->places, pc, is_return, &is_new);
    if (index == PLACES_NONE || !is_new)
        return index;
    struct place *place = &walker->places.items[index];
    place->is_signal_frame = walk_is_signal_frame(walker, pc);
    /* The byte before a signal trampoline belongs to whatever comes before it. */
    if (place->is_signal_frame)
        place->lookup = pc;
    place->module = modules_find(walker->memory->modules, place->lookup);
    place->is_executable = maps_is_executable(walker->memory->maps, place->lookup);
    place->has_information = place->is_executable && unwind_has_information(&walker->unwinder, place->lookup);
    if (place->module && place->is_executable && !place->has_information)
        by_code_prepare(walker->memory, place);
    return index;
}

static int walk_reserve(struct walker *walker)
{
    if (walker->capacity - walker->count >= CRUMPLE_MAX_FRAMES)
        return 0;
    size_t capacity = walker->capacity ? walker->capacity * 2 : 16 * CRUMPLE_MAX_FRAMES;
    void *grown = realloc(walker->frames, capacity * sizeof *walker->frames);
    if (!grown)
        return -ENOMEM;
    walker->frames = grown;
    walker->capacity = capacity;
    return 0;
}

static bool walk_read_word(const struct walker *walker, uint64_t address, uint64_t *ret_word)
{
    return core_read(walker->memory->core, address, ret_word, sizeof *ret_word) == sizeof *ret_word;
}

/* Whether address can be one that a call pushed. If the code is unknown, only is_strict refuses. */
static bool walk_is_return_address(const struct walker *walker, uint64_t address, bool is_strict)
{
    if (!maps_is_executable(walker->memory->maps, address - 1))
        return false;
    int follows = memory_follows_call(walker->memory, address);
    return is_strict ? follows > 0 : follows != 0;
}

static void walk_move(struct walk_state *state, uint64_t pc, uint64_t sp, uint8_t trust)
{
    state->registers.pc = pc;
    state->registers.sp = sp;
    /* A call that has gone nowhere has changed nothing. */
    state->registers.known &= trust == TRUST_CALL ? KNOWN_ALL : trust == TRUST_FP ? KNOWN_RBP : 0;
    state->trust = trust;
    state->is_return = true;
    state->is_cursor_live = false;
    state->others = NULL;
}

/*
 * Leaves a signal frame: the stack pointer is at the ucontext, whose gregs begin at byte 40. Done by hand
 * since not every C library describes its trampoline by CFI.
 */
static bool walk_signal_frame(struct walker *walker, struct walk_state *state)
{
    enum { R8, R9, R10, R11, R12, R13, R14, R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP, COUNT };
    uint64_t saved[COUNT];
    if (core_read(walker->memory->core, state->registers.sp + 40, saved, sizeof saved) != sizeof saved)
        return false;
    walk_move(state, saved[RIP], saved[RSP], TRUST_CONTEXT);
    state->registers = (struct unwind_registers){.pc = saved[RIP],
                                                 .sp = saved[RSP],
                                                 .rbp = saved[RBP],
                                                 .rbx = saved[RBX],
                                                 .r12 = saved[R12],
                                                 .r13 = saved[R13],
                                                 .r14 = saved[R14],
                                                 .r15 = saved[R15],
                                                 .known = KNOWN_ALL};
    state->outer = (struct user_regs_struct){.rax = saved[RAX],
                                             .rcx = saved[RCX],
                                             .rdx = saved[RDX],
                                             .rsi = saved[RSI],
                                             .rdi = saved[RDI],
                                             .r8 = saved[R8],
                                             .r9 = saved[R9],
                                             .r10 = saved[R10],
                                             .r11 = saved[R11]};
    state->others = &state->outer;
    state->is_return = false;
    state->is_after_signal = true;
    return true;
}

/* A call through a bad pointer pushed its return address and got no further. */
static bool walk_bad_pc(struct walker *walker, struct walk_state *state)
{
    uint64_t address;
    if (!walk_read_word(walker, state->registers.sp, &address) ||
        !walk_is_return_address(walker, address, false))
        return false;
    walk_move(state, address, state->registers.sp + 8, TRUST_CALL);
    return true;
}

/* Whether the chain of frame pointers goes on there. */
static bool walk_is_chain(const struct walker *walker, uint64_t rbp)
{
    uint64_t saved[2];
    return rbp % 8 == 0 && core_read(walker->memory->core, rbp, saved, sizeof saved) == sizeof saved &&
           saved[0] > rbp && walk_is_return_address(walker, saved[1], true);
}

/* Go's handler lets the code at fault 'call' sigpanic(): no call is before that address, but it stands in a chain. */
static bool walk_is_pushed_by_handler(const struct walker *walker, uint64_t address, uint64_t next_rbp)
{
    return maps_is_executable(walker->memory->maps, address) && walk_is_chain(walker, next_rbp);
}

static bool walk_frame_pointer(struct walker *walker, struct walk_state *state)
{
    const uint64_t rbp = state->registers.rbp, sp = state->registers.sp;
    uint64_t saved[2];
    if (rbp % 8 != 0 || rbp < sp || rbp - sp > WALK_MAX_FRAME_BYTES)
        return false;
    if (core_read(walker->memory->core, rbp, saved, sizeof saved) != sizeof saved)
        return false;
    /* The caller may use rbp as it likes; if its code is unknown, only a chain of frame pointers is
     * believed. */
    bool is_chain = saved[0] == 0 || saved[0] > rbp;
    if (!walk_is_return_address(walker, saved[1], !is_chain) &&
        !(saved[0] > rbp && walk_is_pushed_by_handler(walker, saved[1], saved[0])))
        return false;
    walk_move(state, saved[1], rbp + 16, TRUST_FP);
    state->registers.rbp = saved[0];
    return true;
}

/*
 * The innermost frame of code without rules, such as a leaf written in assembly, need not have a frame
 * pointer: then rbp is the caller's, and would skip it. A direct call of this very code, on the stack below
 * rbp, settles it.
 */
static bool walk_leaf(struct walker *walker, struct walk_state *state)
{
    uint64_t at = (state->registers.sp + 7) & ~UINT64_C(7), word;
    for (size_t i = 0; i < WALK_LEAF_WORDS && walk_read_word(walker, at, &word); i++, at += 8) {
        if (!maps_is_executable(walker->memory->maps, word - 1) ||
            !memory_calls(walker->memory, word, state->registers.pc, WALK_LEAF_CODE))
            continue;
        if (at == state->registers.rbp + 8)
            return false; /* there is a frame pointer after all, and it knows the caller's */
        walk_move(state, word, at + 8, TRUST_LEAF);
        return true;
    }
    return false;
}

/* Code that a program makes at run time has returns that are none: only that of files is followed. */
static bool walk_by_code(struct walker *walker, struct walk_state *state, struct place *place)
{
    struct unwind_registers registers = state->registers;
    if (!place->module || !place->is_executable || !by_code_step(walker->memory, place, &registers))
        return false;
    walk_move(state, registers.pc, registers.sp, TRUST_CODE);
    state->registers = registers;
    return true;
}

static bool walk_scan(struct walker *walker, struct walk_state *state)
{
    uint64_t at = (state->registers.sp + 7) & ~UINT64_C(7), word;
    for (size_t i = 0; i < WALK_SCAN_WORDS && walk_read_word(walker, at, &word); i++, at += 8) {
        if (!walk_is_return_address(walker, word, true))
            continue;
        walk_move(state, word, at + 8, TRUST_SCAN);
        return true;
    }
    return false;
}

/* A handler without rules, such as Go's, was entered by the kernel: the word that leads to the trampoline cannot be mistaken, as a
 * return address can. */
static bool walk_scan_signal(struct walker *walker, struct walk_state *state)
{
    uint64_t at = (state->registers.sp + 7) & ~UINT64_C(7), word;
    for (size_t i = 0; i < WALK_SIGNAL_WORDS && walk_read_word(walker, at, &word); i++, at += 8) {
        if (!maps_is_executable(walker->memory->maps, word) || !walk_is_signal_frame(walker, word))
            continue;
        walk_move(state, word, at + 8, TRUST_CONTEXT);
        return true;
    }
    return false;
}

/* Returns 1, 0 at the end of the stack, or -EFAULT where the rules lead to memory that is not there. */
static int walk_information(struct walker *walker, struct walk_state *state)
{
    struct unwinder *u = &walker->unwinder;
    if (!state->is_cursor_live && unwind_start(u, &state->registers, state->others, state->is_return) < 0)
        return -EFAULT;
    state->is_cursor_live = true;
    int result = unwind_step(u);
    if (result <= 0) {
        state->is_cursor_live = false;
        return result;
    }
    unwind_position(u, &state->registers.pc, &state->registers.sp);
    state->is_return = true;
    state->trust = TRUST_CFI;
    return state->registers.pc != 0;
}

/* Only of the thread that is told in full, which is walked first. */
static void walk_keep(struct walker *walker, const struct walk_state *state)
{
    struct unwind_registers registers = state->registers;
    if (state->is_cursor_live)
        unwind_get(&walker->unwinder, &registers);
    kept_add(&walker->kept, &registers, state->is_return ? NULL : state->others);
}

/* Goes one frame out. Returns whether there is one. */
static bool walk_step(struct walker *walker, struct walk_state *state, struct place *place)
{
    if (state->is_cursor_live && (place->is_signal_frame || !place->has_information))
        unwind_get(&walker->unwinder, &state->registers);
    if (place->is_signal_frame && walk_signal_frame(walker, state))
        return true;
    if (!state->is_return && !place->is_executable && walk_bad_pc(walker, state))
        return true;
    if (place->has_information) {
        int result = walk_information(walker, state);
        /* A rule that leads nowhere in the innermost frame is a smashed stack: what is left of it may still
         * tell. */
        if (result >= 0 || state->is_return)
            return result > 0;
    } else if (walk_by_code(walker, state, place) || (!state->is_return && walk_leaf(walker, state)) ||
               walk_frame_pointer(walker, state)) {
        return true;
    }
    /* By the ABI the outermost frame has a frame pointer of 0. */
    if (state->is_return && state->registers.rbp == 0)
        return false;
    return walk_scan_signal(walker, state) || walk_scan(walker, state);
}

int walk_thread(struct walker *walker, const struct user_regs_struct *registers, struct stack *ret_stack)
{
    if (walk_reserve(walker) < 0)
        return -ENOMEM;
    struct walk_state state = {
        .registers = {registers->rip, registers->rsp, registers->rbp, registers->rbx, registers->r12,
                      registers->r13, registers->r14, registers->r15, KNOWN_ALL},
        .others = registers,
        .trust = TRUST_CONTEXT,
    };
    struct stack stack = {.first = walker->count};
    size_t most = stack.first < WALK_MAX_FRAMES_TOTAL ? CRUMPLE_MAX_FRAMES : WALK_FRAMES_WHEN_LARGE;
    uint64_t last_sp = 0;
    for (;;) {
        uint32_t place = walk_place(walker, state.registers.pc, state.is_return);
        if (place == PLACES_NONE)
            return -ENOMEM;
        walker->frames[walker->count++] = (struct frame){state.registers.sp, place, state.trust};
        if (stack.first == 0)
            walk_keep(walker, &state);
        last_sp = state.registers.sp;
        state.is_after_signal = false;
        if (!walk_step(walker, &state, &walker->places.items[place]))
            break;
        if (state.registers.sp <= last_sp && !state.is_after_signal)
            break;
        if (++stack.count == most) {
            stack.is_truncated = true;
            break;
        }
    }
    stack.count = walker->count - stack.first;
    *ret_stack = stack;
    return 0;
}

int walk_innermost(struct walker *walker, const struct user_regs_struct *registers, struct stack *ret_stack)
{
    bool is_new;
    uint32_t index = places_get(&walker->places, registers->rip, false, &is_new);
    if (index == PLACES_NONE || walk_reserve(walker) < 0)
        return -ENOMEM;
    struct place *place = &walker->places.items[index];
    if (is_new) {
        place->module = modules_find(walker->memory->modules, place->lookup);
        place->is_executable = maps_is_executable(walker->memory->maps, place->lookup);
    }
    *ret_stack = (struct stack){.first = walker->count, .count = 1};
    walker->frames[walker->count++] = (struct frame){registers->rsp, index, TRUST_CONTEXT};
    return 0;
}

int walk_add_printed(struct walker *walker, const struct place *place, struct stack *stack)
{
    if (stack->count == 0)
        stack->first = walker->count;
    if (stack->count == CRUMPLE_MAX_FRAMES) {
        stack->is_truncated = true;
        return 0;
    }
    const uint32_t index = places_append(&walker->places, place);
    if (index == PLACES_NONE || walk_reserve(walker) < 0)
        return -ENOMEM;
    walker->frames[walker->count++] = (struct frame){0, index, TRUST_PRINTED};
    stack->count++;
    return 0;
}
