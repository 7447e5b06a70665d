/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See stopped/origin.h. */
#include "stopped/origin.h"

#include "base/io.h"
#include "base/text.h"
#include "stopped/sender.h"
#include "stopped/signal_frames.h"
#include "stopped/stacks.h"
#include "state/fault.h"
#include "state/signals.h"

#define KERNEL_CONTEXT                                                                                       \
    296 /* bytes of the kernel's ucontext: shorter than libc's, its signal mask is one word */
#define SAME_DEATH_NS UINT64_C(10000000000) /* from the handler of one thread to the death of another */

static uint64_t slot_sp(const struct safe_slot *slot)
{
    return (uint64_t)slot->context->uc_mcontext.gregs[REG_RSP];
}

static bool is_captured(const struct safe_slot *slot)
{
    int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
    return state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED;
}

/* An outer frame of the same signal that 'is_wanted' takes, on the stacks of this thread. */
static bool find_outer(const struct safe_slot *slot, const struct safe_maps *maps, int sig,
                       bool (*is_wanted)(const struct safe_frame *frame, int sig), struct safe_frame *ret)
{
    struct safe_frame frames[SAFE_STACKS_FRAMES];
    uint64_t sp = slot_sp(slot);
    /* Each round follows the outermost frame to the stack it interrupted: an alternate stack, then the
     * thread's own. */
    for (int depth = 0; depth < 3; depth++) {
        int n = safe_stacks_frames(maps, sp, frames);
        for (int i = 0; i < n; i++)
            if (is_wanted(&frames[i], sig)) {
                *ret = frames[i];
                return true;
            }
        if (!n)
            return false;
        sp = frames[n - 1].sp;
    }
    return false;
}

static bool is_fault(const struct safe_frame *frame, int sig)
{
    return frame->info.si_signo == sig && frame->info.si_code > 0;
}

static bool is_sent(const struct safe_frame *frame, int sig)
{
    return frame->info.si_signo == sig && safe_sender_is_other(&frame->info, safe_fault.pid);
}

static void origin_from_frame(struct safe_origin *origin, uint32_t slot, const struct safe_frame *frame)
{
    uint64_t fp = 0;
    origin->raised_by = safe_fault.tid;
    origin->slot = slot;
    origin->info = frame->info;
    safe_read_memory(frame->address + SAFE_FRAME_CONTEXT, &origin->context, KERNEL_CONTEXT);
    safe_read_memory(frame->address + SAFE_FRAME_CONTEXT + offsetof(ucontext_t, uc_mcontext.fpregs), &fp,
                     sizeof fp);
    origin->fp_state = fp;
}

void safe_origin_default(struct safe_origin *ret_origin)
{
    safe_zero(ret_origin, sizeof *ret_origin);
    ret_origin->info = safe_fault.info;
    safe_copy(&ret_origin->context, safe_fault.context, KERNEL_CONTEXT);
    ret_origin->fp_state = (uint64_t)safe_fault.context->uc_mcontext.fpregs;
}

/* The thread's handler is running. */
static bool from_outer(struct safe_origin *origin, const struct safe_stop *stop, uint32_t count,
                       const struct safe_maps *maps,
                       bool (*is_wanted)(const struct safe_frame *frame, int sig))
{
    struct safe_frame frame;
    for (uint32_t i = 0; i < count; i++)
        if (is_captured(&stop->slot[i]) &&
            find_outer(&stop->slot[i], maps, safe_fault.signo, is_wanted, &frame)) {
            origin_from_frame(origin, i, &frame);
            return true;
        }
    return false;
}

/* The handler has returned, and the instruction has faulted again, while another thread died of the signal
 * that the handler had sent to the process. */
static bool from_second_fault(struct safe_origin *origin, const struct safe_stop *stop)
{
    struct safe_frame frame;
    for (uint32_t i = 1; i < stop->count; i++) {
        const struct safe_slot *slot = &stop->slot[i];
        if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == SAFE_SLOT_FAULTED &&
            safe_frame_read((uint64_t)slot->context - SAFE_FRAME_CONTEXT, &frame) &&
            is_fault(&frame, safe_fault.signo)) {
            origin_from_frame(origin, i, &frame);
            return true;
        }
    }
    return false;
}

/* The handler has returned, or left by longjmp. The thread is the dying one at the same place, or another one,
 * wherever it is now. */
static bool from_note(struct safe_origin *origin, const struct safe_stop *stop)
{
    struct safe_given_back given;
    if (!safe_frames_given_back(safe_fault.signo, &given))
        return false;
    if (given.tid == safe_fault.tid) {
        if (given.frame.pc != (uint64_t)origin->context.uc_mcontext.gregs[REG_RIP] ||
            given.frame.sp != (uint64_t)origin->context.uc_mcontext.gregs[REG_RSP])
            return false;
    } else if (safe_fault.mono_ns - given.at_ns > SAME_DEATH_NS) {
        return false;
    }
    origin->raised_by = safe_fault.tid;
    origin->info = given.frame.info;
    for (uint32_t i = 1; i < stop->count; i++)
        if (stop->slot[i].tid == given.tid && is_captured(&stop->slot[i])) {
            origin->slot = i;
            safe_copy(&origin->context, stop->slot[i].context, KERNEL_CONTEXT);
            origin->fp_state = (uint64_t)stop->slot[i].context->uc_mcontext.fpregs;
        }
    return true;
}

static bool is_any_fault(const struct safe_frame *frame, int unused)
{
    (void)unused;
    return frame->info.si_signo >= 1 && frame->info.si_signo <= 64 && frame->info.si_code > 0 &&
           (SAFE_SIGBIT(frame->info.si_signo) & SAFE_SYNC_MASK);
}

/*
 * A handler of a fault hangs, and somebody ends the process by a signal, which may have come to any thread: the
 * report is about the thread that hangs.
 */
static void from_hanging_handler(struct safe_origin *origin, const struct safe_stop *stop,
                                 const struct safe_maps *maps)
{
    struct safe_frame frame;
    uint64_t mask;
    for (uint32_t i = 0; i < stop->count; i++) {
        const struct safe_slot *slot = &stop->slot[i];
        if (!is_captured(slot) || !find_outer(slot, maps, 0, is_any_fault, &frame))
            continue;
        safe_copy(&mask, &slot->context->uc_sigmask, sizeof mask);
        if (!safe_frame_is_live(&frame, mask))
            continue;
        origin->slot = i;
        safe_copy(&origin->context, slot->context, KERNEL_CONTEXT);
        origin->fp_state = (uint64_t)slot->context->uc_mcontext.fpregs;
        return;
    }
}

void safe_origin_find(const struct safe_stop *stop, const struct safe_maps *maps,
                      struct safe_origin *ret_origin)
{
    const siginfo_t *info = &safe_fault.info;
    safe_origin_default(ret_origin);
    /* The thread that makes a call, or is asked for a dump, is the one, whatever others do. */
    if (info->si_code > 0 || !safe_fault.signo)
        return;
    const bool is_own = info->si_pid == safe_fault.pid, is_raised = is_own && info->si_code == SI_TKILL;
    const uint32_t all = stop->count, senders = is_raised ? 1 : all;
    /* Only a signal that this process sent itself can be one raised again. */
    if (is_own && (from_outer(ret_origin, stop, all, maps, is_fault) || from_second_fault(ret_origin, stop) ||
                   from_outer(ret_origin, stop, senders, maps, is_sent) || from_note(ret_origin, stop)))
        return;
    if (!is_raised)
        from_hanging_handler(ret_origin, stop, maps);
}
