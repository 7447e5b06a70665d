/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See stopped/stacks.h. */
#include "stopped/stacks.h"

#include "state/config.h"
#include "stopped/signal_frames.h"
#include "base/io.h"
#include "memory/live_stacks.h"
#include "base/text.h"

#define RED_ZONE   128 /* System V ABI: bytes below rsp that a leaf function may use */
#define SCAN_BYTES 65536

static uint64_t window[SCAN_BYTES / 8];

/* Reads the stack from *sp on into 'window', *sp as safe_live_stack and alignment leave it; returns the
 * number of words. */
static size_t read_window(const struct safe_maps *maps, uint64_t *sp, size_t bytes)
{
    const struct safe_map *map = safe_live_stack(maps, sp);
    if (!map)
        return 0;
    *sp &= ~UINT64_C(7);
    if (bytes > map->end - *sp)
        bytes = map->end - *sp;
    /* The mapping may hold the guard of a neighbour, too. */
    for (; bytes >= 64; bytes = bytes / 2 & ~(size_t)7)
        if (safe_read_memory(*sp, window, bytes) == 0)
            return bytes / 8;
    return 0;
}

int safe_stacks_frames(const struct safe_maps *maps, uint64_t sp,
                       struct safe_frame frames[SAFE_STACKS_FRAMES])
{
    size_t words = read_window(maps, &sp, SCAN_BYTES);
    int n = 0;
    for (size_t i = 0; i < words && n < SAFE_STACKS_FRAMES; i++)
        if (safe_frame_is_trampoline(window[i]) && safe_frame_read(sp + i * 8, &frames[n]))
            n++;
    return n;
}

/* The end of the live stack in a mapping: glibc's thread descriptor, main's arguments, or the mapping's end.
 */
static uint64_t stack_end(const struct safe_map *map, uint64_t sp, uint64_t fs_base, bool *ret_known)
{
    uint64_t main_end = crumple_config->stack_end;
    *ret_known = true;
    if (main_end > sp && main_end >= map->start && main_end <= map->end)
        return main_end;
    if (fs_base > sp && fs_base < map->end)
        return fs_base;
    *ret_known = false;
    return map->end;
}

/*
 * A thread in a system call has nothing below its stack pointer; one that was interrupted elsewhere may. The
 * kernel has left the program counter behind the instruction, or on it when the call is to be restarted.
 */
static bool is_in_system_call(uint64_t pc)
{
    uint8_t code[4];
    if (safe_read_memory(pc - 2, code, sizeof code) < 0)
        return false;
    return (code[0] == 0x0f && code[1] == 0x05) || (code[2] == 0x0f && code[3] == 0x05);
}

/* Where the stack that the thread was given ends: at glibc's thread descriptor, or, of the first thread, at
 * its arguments. */
static uint64_t own_end(const struct safe_slot *slot)
{
    return slot->tid == safe_fault.pid ? crumple_config->stack_end : slot->fs_base;
}

/*
 * The stack pointer was overwritten, or a frame is larger than all that is below the stack: of the stack that
 * the thread was given, the oldest frames. Returns true: something is missing.
 */
static bool add_stack_of_thread(struct safe_segments *list, const struct safe_maps *maps, uint64_t end)
{
    const struct safe_map *map = end ? safe_maps_find(maps, end - 1) : NULL;
    uint64_t cap = crumple_config->stack_bytes;
    if (!safe_live_is_stack(map))
        return false;
    safe_segments_add(list, end - map->start > cap ? end - cap : map->start, end);
    return true;
}

static bool add_stack(struct safe_segments *list, const struct safe_maps *maps, uint64_t sp,
                      const struct safe_slot *slot, uint64_t red_zone)
{
    uint64_t pointer = sp, own = own_end(slot), cap = crumple_config->stack_bytes;
    const struct safe_map *map = safe_live_stack(maps, &sp);
    bool known, missing = false;
    /* The memory above a pointer that has left its stack may be the stack of another thread. */
    if (!map || (sp != pointer && !(own > map->start && own <= map->end)))
        missing = add_stack_of_thread(list, maps, own);
    if (!map)
        return missing;
    uint64_t end = stack_end(map, sp, slot->fs_base, &known);
    uint64_t start = sp;
    if (sp == pointer)
        start = sp - red_zone > map->start ? sp - red_zone : map->start;
    if (end - start <= cap) {
        safe_segments_add(list, start, end);
        return missing;
    }
    if (known) {
        safe_segments_add(list, start, start + cap / 4 * 3);
        safe_segments_add(list, end - cap / 4, end);
    } else {
        safe_segments_add(list, start, start + cap);
    }
    return true;
}

static bool holds(const struct safe_segments *list, uint32_t from, uint64_t address)
{
    for (uint32_t i = from; i < list->count; i++)
        if (address >= list->segment[i].start && address < list->segment[i].end)
            return true;
    return false;
}

/* The live stacks of code that was interrupted with these two registers; 'first': the thread's first segment.
 */
static bool add_stacks(struct safe_segments *list, uint32_t first, const struct safe_maps *maps,
                       const struct safe_slot *slot, const uint64_t sp_bp[2], uint64_t red_zone)
{
    bool cut = add_stack(list, maps, sp_bp[0], slot, red_zone);
    if (!holds(list, first, sp_bp[1]) && safe_live_is_frame(maps, sp_bp[1]))
        cut |= add_stack(list, maps, sp_bp[1], slot, 0);
    return cut;
}

bool safe_stacks_add(struct safe_segments *list, const struct safe_maps *maps, const ucontext_t *context,
                     const struct safe_slot *slot)
{
    const greg_t *reg = context->uc_mcontext.gregs;
    uint64_t at[2] = {(uint64_t)reg[REG_RSP], (uint64_t)reg[REG_RBP]};
    struct safe_frame frames[SAFE_STACKS_FRAMES];
    uint32_t first = list->count;
    bool cut =
        add_stacks(list, first, maps, slot, at, is_in_system_call((uint64_t)reg[REG_RIP]) ? 0 : RED_ZONE);
    for (int depth = 0; depth < 3; depth++) {
        int n = safe_stacks_frames(maps, at[0], frames);
        bool is_elsewhere = false;
        for (int i = 0; i < n; i++)
            /* Not by mappings: the kernel may show an alternate stack and the thread's own as one. */
            if (!holds(list, first, frames[i].sp)) {
                at[0] = frames[i].sp;
                at[1] = frames[i].bp;
                cut |= add_stacks(list, first, maps, slot, at, RED_ZONE);
                is_elsewhere = true;
            }
        if (!is_elsewhere)
            break;
    }
    return cut;
}
