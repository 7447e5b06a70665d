/* SPDX-License-Identifier: MIT */
/*
 * Signal frames on a stack (arch/x86/include/asm/sigframe.h: the return address into the trampoline, then
 * struct ucontext of the kernel's size, then siginfo), and the record of a fault that an application's
 * handler has already seen. Signal-safe; in hooks, the handler and the helper.
 */
#ifndef CRUMPLE_PRELOAD_STOPPED_SIGNAL_FRAMES_H
#define CRUMPLE_PRELOAD_STOPPED_SIGNAL_FRAMES_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define SAFE_FRAME_CONTEXT 8
#define SAFE_FRAME_INFO    (SAFE_FRAME_CONTEXT + 304)

struct safe_frame {
    uint64_t address;
    siginfo_t info;
    uint64_t pc, sp, bp, mask; /* of the interrupted code */
};

/** True for the return address of a signal handler, crumple's or libc's. */
bool safe_frame_is_trampoline(uint64_t word);
/** Reads the frame at an address where such a word lies. False when it is not one. */
bool safe_frame_read(uint64_t address, struct safe_frame *ret);

/** Whether the handler of a fatal signal that this frame belongs to still runs, in a thread that is further down this
 * stack with this mask: what the handler's action blocks is blocked, or it was the handler for one time. Otherwise the
 * frame may be what a handler has left behind. */
bool safe_frame_is_live(const struct safe_frame *frame, uint64_t mask);

/** True if 'match' accepts one of the frames above sp, innermost first, on this stack or on those that it
 * interrupted. Bounded: the outermost frames of a deep stack may be missed. */
bool safe_frames_any(uint64_t sp, bool (*match)(const struct safe_frame *frame, const void *arg),
                     const void *arg);

/** True if the frame tells why the process dies of 'sig': of a fault, or sent by another process. A process
 * that raises the signal itself has a reason, which an outer frame may tell. */
bool safe_frame_is_cause(const struct safe_frame *frame, int sig);

/**
 * A handler that restores its signal's default is about to raise the signal again. If the signal is blocked
 * in the meantime, it arrives only after the handler has returned and its frame, with the original siginfo,
 * is gone. If it is sent to the process, another thread may die of it. So the hook notes the siginfo here,
 * from the frame of the handler that called it. Does nothing outside a handler for a cause of 'sig'.
 */
void safe_frames_give_back(int sig);
/** The same for a frame at a known address. */
void safe_frames_note(int sig, uint64_t address);

/* What was noted last. */
struct safe_given_back {
    int tid, sig;
    uint64_t at_ns; /* CLOCK_MONOTONIC */
    struct safe_frame frame;
};
/** False if nothing was noted for this signal, or a thread is writing. */
bool safe_frames_given_back(int sig, struct safe_given_back *ret);

#endif
