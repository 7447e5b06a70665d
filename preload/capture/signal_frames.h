/* SPDX-License-Identifier: MIT */
/*
 * Signal frames on a stack (arch/x86/include/asm/sigframe.h: the return address into the trampoline, then
 * struct ucontext of the kernel's size, then siginfo), and the one memory of a fault that an application's
 * handler has already seen.
 */
#ifndef PRELOAD_CAPTURE_SIGNAL_FRAMES_H
#define PRELOAD_CAPTURE_SIGNAL_FRAMES_H

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

/* True for the return address of a signal handler: ours, or one that libc installed. */
bool safe_frame_is_trampoline(uint64_t word);
/* Reads the frame at an address where such a word lies. False when it is not one. */
bool safe_frame_read(uint64_t address, struct safe_frame *ret);

/* True when 'match' takes one of the frames above sp, on this stack or on those that it interrupted; the
 * innermost come first. Bounded: the outermost frames of a deep stack may be missed. */
bool safe_frames_any(uint64_t sp, bool (*match)(const struct safe_frame *frame, const void *arg),
                     const void *arg);

/*
 * A handler that sets its signal back to the default is about to raise it again. Where the signal is blocked
 * meanwhile, it comes only when the handler has returned and its frame, with the original siginfo, is gone:
 * so it is noted here, by the hook, from the frame of the handler that called it. Does nothing outside of a
 * handler for a fault of 'sig'.
 */
void safe_frames_give_back(int sig);
/* The same of a frame whose address is known. */
void safe_frames_note(int sig, uint64_t address);
/* The siginfo of a fault noted by this thread at the very place it is at now. */
bool safe_frames_gave_back(int tid, int sig, const ucontext_t *context, siginfo_t *ret_info);

#endif
