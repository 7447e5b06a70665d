/* SPDX-License-Identifier: MIT */
#include "calls/masks.h"

#include <errno.h>
#include <string.h>

#include "libc/data/signals.h"
#include "loader/real.h"
#include "state/signals.h"
#include "calls/disposition.h"
#include "proc/try.h"

uint64_t masks_standing_in(void)
{
    return __atomic_load_n(&safe_entry_ours, __ATOMIC_ACQUIRE) & SAFE_SYNC_MASK;
}

/*
 * A signal with a handler of the application's own stays open only where something else that is blocked shows
 * that the belief still holds: a wrong one would kill at a fault that the handler mends. What was blocked
 * before shows nothing: siglongjmp and similar calls may lead back to it.
 */
uint64_t masks_keep_open(uint64_t mask)
{
    uint64_t entered = __atomic_load_n(&safe_entry_entered, __ATOMIC_ACQUIRE) & SAFE_SYNC_MASK;
    uint64_t others = mask & ~SAFE_SYNC_MASK & ~SAFE_NEVER_BLOCKED;
    if (entered && !(others & ~safe_mask_set))
        entered &= others ? safe_shadow : 0;
    return masks_standing_in() | entered;
}

void masks_adopt(void)
{
    uint64_t mask = 0;
    if (safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) < 0)
        return;
    uint64_t open = mask & masks_standing_in();
    if (!open)
        return;
    safe_shadow = open;
    safe_mask_set = mask & ~open & ~SAFE_NEVER_BLOCKED;
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
}

static void change_mark(int how)
{
    const uint64_t mark = SAFE_HANDLER_MARK;
    safe_call(SYS_rt_sigprocmask, how, &mark, NULL, 8);
}

uint64_t masks_hand_down(void)
{
    uint64_t shadow = safe_shadow, mask = 0;
    if (!(shadow | safe_handled.held) || safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) < 0)
        return 0;
    /* Changed since by something that no hook sees, the raw calls of a vfork child among them. */
    if ((mask & safe_mask_set) != safe_mask_set || (!safe_mask_set && disposition_is_vfork_child()))
        shadow = 0;
    shadow = (shadow | safe_held_by(mask)) & ~mask;
    if (shadow && safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &shadow, NULL, 8) < 0)
        return 0;
    if (!safe_is_marked(mask))
        return shadow;
    change_mark(SIG_UNBLOCK);
    return shadow | SAFE_HANDLER_MARK;
}

void masks_take_back(uint64_t handed)
{
    uint64_t open = handed & ~SAFE_HANDLER_MARK;
    if (handed & SAFE_HANDLER_MARK)
        change_mark(SIG_BLOCK);
    if (open)
        safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
}

/* A handler that opens what its own sa_mask blocks is to get it. */
static void note_opened(int how, uint64_t want)
{
    safe_opened = how == SIG_BLOCK     ? safe_opened & ~want
                  : how == SIG_UNBLOCK ? safe_opened | (want & SAFE_SYNC_MASK)
                                       : ~want & SAFE_SYNC_MASK;
    if (how != SIG_BLOCK)
        safe_opened_at = (uint64_t)__builtin_frame_address(0);
}

uint64_t masks_inherited(void)
{
    uint64_t mask = 0;
    if (!safe_handled.held || safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) < 0)
        return safe_shadow;
    return safe_shadow | safe_held_by(mask) | (safe_is_marked(mask) ? SAFE_HANDLER_MARK : 0);
}

struct belief {
    uint64_t shadow;
    uint64_t mask_set; /* what is sure to be in force, as far as the hooks made it */
};

/* What the application is to believe from now on, if nothing was blocked before that no hook has seen. */
static struct belief believe(int how, uint64_t want, uint64_t pass, struct belief old)
{
    switch (how) {
    case SIG_BLOCK:
        return (struct belief){old.shadow | (want & ~pass & SAFE_SYNC_MASK), old.mask_set};
    case SIG_UNBLOCK:
        return (struct belief){old.shadow & ~want, old.mask_set & ~pass & ~SAFE_NEVER_BLOCKED};
    default:
        return (struct belief){want & ~pass & SAFE_SYNC_MASK, old.mask_set & pass & ~SAFE_NEVER_BLOCKED};
    }
}

static void set_belief(struct belief belief)
{
    safe_shadow = belief.shadow;
    safe_mask_set = belief.mask_set;
}

/*
 * In a handler of a fault, after a call that blocked, unblocked or set 'pass'; 'shadow' is what it left out. What
 * the mark holds stays open, and a mark that holds nothing goes; libc lets no caller change it. Returns the mask
 * before the call, as the application knows it.
 */
static __attribute__((noinline)) uint64_t in_handler(int how, bool is_set, uint64_t pass, uint64_t shadow,
                                                     uint64_t before)
{
    const uint64_t held = safe_handled.held, both = pass & held;
    if (!safe_is_marked(before))
        return before;
    if (is_set && how == SIG_SETMASK) {
        safe_handled.held = held & (pass | shadow);
        change_mark(safe_handled.held ? SIG_BLOCK : SIG_UNBLOCK);
    } else if (is_set && how == SIG_UNBLOCK) {
        safe_handled.held = held & ~pass;
        change_mark(safe_handled.held ? SIG_BLOCK : SIG_UNBLOCK);
    }
    /* A signal that was pending, and that the call has let through, was put off again: by the mark. */
    if (is_set && both)
        safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &both, NULL, 8);
    return (before & ~SAFE_HANDLER_MARK) | held;
}

/* As kernel(), with all bits of the mask before. */
static int change_unhidden(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                           sigset_t *old)
{
    const int error = (int)-safe_call(SYS_rt_sigprocmask, how, set, old, 8);
    if (error == 0 || kernel == real.pthread_sigmask)
        return error;
    errno = error;
    return -1;
}

int masks_change(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                 sigset_t *old)
{
    struct belief was = {safe_shadow, safe_mask_set}, now = was;
    uint64_t want = 0, pass = 0;
    union masks_word changed;
    sigset_t unseen;

    if ((!was.shadow && !((safe_entry_ours | safe_entry_entered) & SAFE_SYNC_MASK)) ||
        disposition_is_vfork_child())
        return kernel(how, set, old);
    if (set) {
        want = masks_to_bits(set);
        pass = how == SIG_UNBLOCK ? want : want & ~masks_keep_open(want);
        changed.bits = pass; /* not *set, which may be one word */
        note_opened(how, want);
        /* Before the call: a signal it lets through is judged by the new view, and by no more than stays
         * blocked. */
        now = believe(how, want, pass, was);
        set_belief(now);
    }
    const sigset_t *passed = set ? &changed.set : NULL;
    /* The kernel writes one word there, or refuses to. What libc hides of it has the mark of a handler. */
    int error = LIBC_HIDDEN_SIGNALS ? change_unhidden(kernel, how, passed, old ? old : &unseen)
                                    : kernel(how, passed, old ? old : &unseen);
    if (error != 0) {
        /* With EFAULT the kernel has set the mask, and could not tell the one before. */
        if (!set || (error > 0 ? error : errno) != EFAULT)
            set_belief(was);
        return error;
    }
    uint64_t before = masks_to_bits(old ? old : &unseen);
    if (__builtin_expect(before & SAFE_HANDLER_MARK & SAFE_NEVER_BLOCKED, 0))
        before = in_handler(how, set, pass, now.shadow, before);
    if ((before & was.mask_set) !=
        was.mask_set) { /* by siglongjmp, the return of a handler: all is doubted */
        was = now = (struct belief){0, 0};
        if (set)
            now = believe(how, want, pass, was);
    }
    /* What was only there before it may go without a call: a handler's own signal, for one. */
    if (set && how != SIG_UNBLOCK)
        now.mask_set |= pass & ~before & ~SAFE_NEVER_BLOCKED;
    set_belief(now);
    if (old)
        masks_set_bits(old, (before | was.shadow) & ~LIBC_HIDDEN_SIGNALS);
    return 0;
}

/* Those that were put off: blocked in truth and pending. Unblocked in a wait, each would end it again and
 * again. */
static __attribute__((noinline)) uint64_t put_off_among(uint64_t signals)
{
    uint64_t blocked = 0;
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8);
    return signals & blocked;
}

const sigset_t *masks_wait_begin(struct masks_wait *wait, const sigset_t *mask)
{
    uint64_t keep = masks_standing_in(), bits;
    wait->changed = mask && (keep || safe_shadow || safe_entry_entered) && !disposition_is_vfork_child() &&
                    safe_try_read(&bits, mask, sizeof bits);
    if (!wait->changed)
        return mask;
    wait->shadow = safe_shadow;
    wait->mask_set = safe_mask_set;
    wait->outer = safe_wait;
    keep &= bits;
    wait->passed.bits = keep ? (bits & ~keep) | put_off_among(keep) : bits;
    safe_mask_set = 0;
    safe_shadow = keep;
    safe_wait = (struct safe_wait){wait->passed.bits, (uint64_t)wait};
    return &wait->passed.set;
}

void masks_wait_end(const struct masks_wait *wait)
{
    if (wait->changed) {
        safe_shadow = wait->shadow;
        safe_mask_set = wait->mask_set;
        safe_wait = wait->outer;
    }
}
