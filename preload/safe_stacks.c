/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See safe_stacks.h. */
#include "safe_stacks.h"

#include "safe_frames.h"
#include "safe_io.h"
#include "safe_text.h"

#define RED_ZONE 128 /* System V ABI: bytes below rsp that a leaf function may use */
#define GUARD_MOST                                                                                           \
    (1u << 20) /* the gap below main's stack (stack_guard_gap of mm/mmap.c), or a guard page                 \
                */
#define SCAN_BYTES    65536
#define MAX_FRAMES    8   /* nested signal frames of a thread */
#define AROUND        128 /* bytes on each side of what a register points to */
#define POINTED_BYTES 256
#define POINTED_WORDS 512
#define POINTED_MAX   192

static uint64_t window[SCAN_BYTES / 8];

/* Reads the stack above sp into 'window'; returns the number of words. */
static size_t read_window(const struct safe_maps *maps, uint64_t sp, size_t bytes)
{
    const struct safe_map *map = safe_maps_find(maps, sp);
    if (!map || !map->readable)
        return 0;
    sp &= ~UINT64_C(7);
    if (bytes > map->end - sp)
        bytes = map->end - sp;
    return safe_read_memory(sp, window, bytes) < 0 ? 0 : bytes / 8;
}

/* The signal frames on the stack above sp, innermost first. Returns the count. */
static int find_frames(const struct safe_maps *maps, uint64_t sp, struct safe_frame *frames, int max)
{
    size_t i, words = read_window(maps, sp, SCAN_BYTES);
    int n = 0;
    for (i = 0; i < words && n < max; i++)
        if (safe_frame_is_trampoline(window[i]) && safe_frame_read((sp & ~UINT64_C(7)) + i * 8, &frames[n]))
            n++;
    return n;
}

static uint64_t slot_sp(const struct safe_slot *slot)
{
    return (uint64_t)slot->context->uc_mcontext.gregs[REG_RSP];
}

static bool is_captured(const struct safe_slot *slot)
{
    int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
    return state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED;
}

/* An outer frame of the same signal that hardware raised, on the stacks of this thread. */
static bool find_outer(const struct safe_slot *slot, const struct safe_maps *maps, int sig,
                       struct safe_frame *ret)
{
    struct safe_frame frames[MAX_FRAMES];
    uint64_t sp = slot_sp(slot);
    int depth;
    /* Each round follows the outermost frame to the stack it interrupted: an alternate stack, then the
     * thread's own. */
    for (depth = 0; depth < 3; depth++) {
        int i, n = find_frames(maps, sp, frames, MAX_FRAMES);
        for (i = 0; i < n; i++)
            if (frames[i].info.si_signo == sig && frames[i].info.si_code > 0) {
                *ret = frames[i];
                return true;
            }
        if (!n)
            return false;
        sp = frames[n - 1].sp;
    }
    return false;
}

static void origin_from_frame(struct safe_origin *origin, uint32_t slot, const struct safe_frame *frame)
{
    uint64_t fp = 0;
    origin->raised_by = safe_fault.tid;
    origin->slot = slot;
    origin->info = frame->info;
    /* The kernel's ucontext is shorter than libc's: its signal mask is one word. */
    safe_read_memory(frame->address + SAFE_FRAME_CONTEXT, &origin->context, 296);
    safe_read_memory(frame->address + SAFE_FRAME_CONTEXT + offsetof(ucontext_t, uc_mcontext.fpregs), &fp,
                     sizeof fp);
    origin->fp_state = fp;
}

void safe_stacks_origin_default(struct safe_origin *ret_origin)
{
    safe_zero(ret_origin, sizeof *ret_origin);
    ret_origin->info = safe_fault.info;
    safe_copy(&ret_origin->context, safe_fault.context, 296);
    ret_origin->fp_state = (uint64_t)safe_fault.context->uc_mcontext.fpregs;
}

void safe_stacks_find_origin(const struct safe_stop *stop, const struct safe_maps *maps,
                             struct safe_origin *ret_origin)
{
    const siginfo_t *info = &safe_fault.info;
    struct safe_frame frame;
    uint32_t i;

    safe_stacks_origin_default(ret_origin);
    /* Only a signal that this process sent itself can be a fault raised again. */
    if (info->si_code > 0 || info->si_pid != safe_fault.pid)
        return;
    for (i = 0; i < stop->count; i++)
        if (is_captured(&stop->slot[i]) && find_outer(&stop->slot[i], maps, info->si_signo, &frame)) {
            origin_from_frame(ret_origin, i, &frame);
            return;
        }
    if (safe_frames_gave_back(safe_fault.tid, info->si_signo, safe_fault.context, &ret_origin->info))
        ret_origin->raised_by = safe_fault.tid;
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

/*
 * The stack pointer was overwritten: of the stack that the thread was given, the oldest frames. It ends at
 * glibc's thread descriptor, or, of the first thread, at its arguments. Returns true: something is missing.
 */
static bool add_stack_of_thread(struct safe_segments *list, const struct safe_maps *maps, uint64_t fs_base)
{
    uint64_t end = safe_fault.tid == safe_fault.pid ? crumple_config->stack_end : fs_base;
    const struct safe_map *map = end ? safe_maps_find(maps, end - 1) : NULL;
    uint64_t cap = crumple_config->stack_bytes;
    if (!map || !map->readable || !map->writable)
        return false;
    safe_segments_add(list, end - map->start > cap ? end - cap : map->start, end);
    return true;
}

static bool add_stack(struct safe_segments *list, const struct safe_maps *maps, uint64_t sp, uint64_t fs_base,
                      uint64_t red_zone)
{
    const struct safe_map *map = safe_maps_find(maps, sp);
    uint64_t cap = crumple_config->stack_bytes;
    uint64_t start, end;
    bool known;
    if (!map || !map->readable) {
        /* An overflow: sp is in the guard below the stack, the live stack begins with the mapping above. */
        map = safe_maps_above(maps, sp);
        if (!map || map->start - sp > GUARD_MOST || !map->writable)
            return add_stack_of_thread(list, maps, fs_base);
        sp = map->start + red_zone;
    }
    end = stack_end(map, sp, fs_base, &known);
    start = sp - red_zone > map->start ? sp - red_zone : map->start;
    if (end - start <= cap) {
        safe_segments_add(list, start, end);
        return false;
    }
    if (known) {
        safe_segments_add(list, start, start + cap / 4 * 3);
        safe_segments_add(list, end - cap / 4, end);
    } else {
        safe_segments_add(list, start, start + cap);
    }
    return true;
}

bool safe_stacks_add(struct safe_segments *list, const struct safe_maps *maps, const ucontext_t *context,
                     uint64_t fs_base)
{
    uint64_t sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
    uint64_t pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    struct safe_frame frames[MAX_FRAMES];
    bool cut = add_stack(list, maps, sp, fs_base, is_in_system_call(pc) ? 0 : RED_ZONE);
    int depth;
    for (depth = 0; depth < 3; depth++) {
        int i, n = find_frames(maps, sp, frames, MAX_FRAMES);
        uint64_t next = 0;
        for (i = 0; i < n; i++)
            /* The kernel may show an alternate stack and the thread's own as one mapping: it is distance that
             * tells. */
            if (frames[i].sp < sp || frames[i].sp - sp > crumple_config->stack_bytes / 2) {
                cut |= add_stack(list, maps, frames[i].sp, fs_base, RED_ZONE);
                next = frames[i].sp;
            }
        if (!next)
            break;
        sp = next;
    }
    return cut;
}

void safe_stacks_add_surroundings(struct safe_segments *list, const struct safe_maps *maps,
                                  const ucontext_t *context)
{
    const greg_t *reg = context->uc_mcontext.gregs;
    uint64_t sp = (uint64_t)reg[REG_RSP];
    size_t i, words;
    int added = 0;
    for (i = 0; i <= REG_RIP; i++) {
        uint64_t at = (uint64_t)reg[i];
        if (at > 4096)
            safe_segments_add_mapped(list, maps, at, at > AROUND ? at - AROUND : 0, at + AROUND);
    }
    words = read_window(maps, sp, POINTED_WORDS * 8);
    for (i = 0; i < words && added < POINTED_MAX; i++) {
        const struct safe_map *map;
        if (window[i] < 65536)
            continue;
        map = safe_maps_find(maps, window[i]);
        if (map && map->readable && map->writable && !(sp >= map->start && sp < map->end)) {
            safe_segments_add_mapped(list, maps, window[i], window[i], window[i] + POINTED_BYTES);
            added++;
        }
    }
}
