/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks that are called in signal handlers, and in the helper process. */
#include "stopped/signal_frames.h"

#include <time.h>

#include "state/config.h"
#include "state/signals.h"
#include "stopped/sender.h"
#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define LOOK_BYTES  32768 /* how far up its stack a handler is looked for */
#define CHUNK_WORDS 64
#define STACKS      3 /* an alternate stack, the thread's own, and one more */

/* 'sig' is stored last and cleared first. */
static struct {
    _Atomic int sig;
    struct safe_given_back last;
} given_back;

bool safe_frame_is_trampoline(uint64_t word)
{
    return word == (uint64_t)safe_restore_rt ||
           (word && (word == safe_abort_restorer || word == safe_limit_restorer ||
                     word == crumple_config->libc_restorer));
}

/*
 * The kernel writes the siginfo only for a handler that asked for it (SA_SIGINFO;
 * arch/x86/kernel/signal_64.c), but always the processor's exception: vector, error code and address
 * (arch/x86/include/asm/trapnr.h). They are those of the thread's last fault. A division by zero is vector 0,
 * like none at all: it is not reported.
 */
static void infer(siginfo_t *info, const uint64_t *greg)
{
    safe_zero(info, sizeof *info);
    switch (greg[REG_TRAPNO]) {
    case 6:
        info->si_signo = SIGILL;
        info->si_code = ILL_ILLOPN;
        info->si_addr = (void *)greg[REG_RIP];
        break;
    case 13:
        info->si_signo = SIGSEGV;
        info->si_code = SI_KERNEL;
        break;
    case 14:
        info->si_signo = SIGSEGV;
        info->si_code = greg[REG_ERR] & 1 ? SEGV_ACCERR : SEGV_MAPERR;
        info->si_addr = (void *)greg[REG_CR2];
        break;
    default:
        break; /* some signal's frame */
    }
}

bool safe_frame_read(uint64_t address, struct safe_frame *ret)
{
    uint64_t greg[NGREG];
    if (safe_read_memory(address + SAFE_FRAME_CONTEXT + offsetof(ucontext_t, uc_mcontext), greg,
                         sizeof greg) < 0 ||
        safe_read_memory(address + SAFE_FRAME_INFO, &ret->info, sizeof ret->info) < 0 ||
        safe_read_memory(address + SAFE_FRAME_CONTEXT + offsetof(ucontext_t, uc_sigmask), &ret->mask,
                         sizeof ret->mask) < 0)
        return false;
    /* The code segment of 64-bit user code tells a frame from leftovers; 32-bit code segments do not exist
     * here. The rest of the word: gs and fs are 0, ss is 0x2b or not told. */
    if (greg[REG_CSGSFS] != UINT64_C(0x002b000000000033) && greg[REG_CSGSFS] != 0x33)
        return false;
    if (ret->info.si_signo < 1 || ret->info.si_signo > 64)
        infer(&ret->info, greg);
    ret->address = address;
    ret->pc = greg[REG_RIP];
    ret->sp = greg[REG_RSP];
    ret->bp = greg[REG_RBP];
    return true;
}

bool safe_frame_is_live(const struct safe_frame *frame, uint64_t mask)
{
    const int sig = frame->info.si_signo;
    return (mask & SAFE_SIGBIT(sig)) || safe_is_marked(mask) ||
           ((safe_app_action[sig].flags & SA_RESETHAND) && !safe_entry_armed[sig]);
}

/* Goes through the frames above an address of a stack, innermost first, until 'match' takes one: true, and
 * *ret is that one. Otherwise *ret is the outermost, its address 0 where there was none. */
static bool search(uint64_t from, uint64_t bytes,
                   bool (*match)(const struct safe_frame *frame, const void *arg), const void *arg,
                   struct safe_frame *ret)
{
    uint64_t words[CHUNK_WORDS];
    struct safe_frame frame;
    ret->address = 0;
    for (uint64_t at = from & ~UINT64_C(511); at < from + bytes; at += sizeof words) {
        if (safe_read_memory(at, words, sizeof words) < 0)
            return false;
        for (size_t i = 0; i < CHUNK_WORDS; i++) {
            if (at + i * 8 < from || !safe_frame_is_trampoline(words[i]) ||
                !safe_frame_read(at + i * 8, &frame))
                continue;
            *ret = frame;
            if (match(&frame, arg))
                return true;
        }
    }
    return false;
}

bool safe_frame_is_cause(const struct safe_frame *frame, int sig)
{
    return frame->info.si_signo == sig &&
           (frame->info.si_code > 0 || safe_sender_is_other(&frame->info, safe_getpid()));
}

static bool is_cause_of(const struct safe_frame *frame, const void *sig)
{
    return safe_frame_is_cause(frame, *(const int *)sig);
}

bool safe_frames_any(uint64_t sp, bool (*match)(const struct safe_frame *frame, const void *arg),
                     const void *arg)
{
    struct safe_frame last;
    for (int i = 0; i < STACKS; i++) {
        if (search(sp, LOOK_BYTES, match, arg, &last))
            return true;
        if (!last.address)
            return false;
        sp = last.sp;
    }
    return false;
}

static void note(int sig, const struct safe_frame *frame)
{
    __atomic_store_n(&given_back.sig, 0, __ATOMIC_RELEASE);
    given_back.last = (struct safe_given_back){safe_gettid(), sig, safe_clock_ns(CLOCK_MONOTONIC), *frame};
    __atomic_store_n(&given_back.sig, sig, __ATOMIC_RELEASE);
}

void safe_frames_note(int sig, uint64_t address)
{
    struct safe_frame frame;
    if (safe_frame_read(address, &frame) && safe_frame_is_cause(&frame, sig))
        note(sig, &frame);
}

void safe_frames_give_back(int sig)
{
    struct safe_frame frame;
    uint64_t blocked = 0;
    /* Where the signal is open it comes at once, with the frame still there; and outside of a handler nobody
     * blocks it. */
    safe_call(SYS_rt_sigprocmask, 0, NULL, &blocked, 8);
    if (!((blocked | safe_held_by(blocked)) & SAFE_SIGBIT(sig)))
        return;
    if (crumple_config && search((uint64_t)__builtin_frame_address(0), LOOK_BYTES, is_cause_of, &sig, &frame))
        note(sig, &frame);
}

bool safe_frames_given_back(int sig, struct safe_given_back *ret)
{
    if (__atomic_load_n(&given_back.sig, __ATOMIC_ACQUIRE) != sig)
        return false;
    *ret = given_back.last;
    return __atomic_load_n(&given_back.sig, __ATOMIC_ACQUIRE) == sig;
}
