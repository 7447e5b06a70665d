/* SPDX-License-Identifier: MIT */
/*
 * What a program may tell crumple, and ask of it, if it wants to: C (gnu89, C99 and later) and C++11. The program needs
 * no library for it: the references are weak, and NULL where crumple is not preloaded.
 *
 *   crumple_tag("match_id", "%d", match->id);         every report of this thread says match_id=42
 *   crumple_event("player %d joined", player->id);    every report of the process has the last 256 of them
 *
 * Write a call as it stands here: each name is also a macro, which calls the function if crumple is there, and is
 * CRUMPLE_ABSENT if not. Functions return 0 or a negative errno, leave errno as it is, take no lock that another
 * thread can hold for long, and allocate nothing on the heap. docs/context.md says more.
 *
 * Values are formats of printf. The conversions d i u x X c s p and %%, with 'hh h l ll z j t', '-', '0', a width and,
 * for s, a precision, may be used in signal handlers too; others, such as %f, are done by libc's vsnprintf.
 */
#ifndef CRUMPLE_H
#define CRUMPLE_H

#define CRUMPLE_ABSENT (-38) /* -ENOSYS: crumple is not there, or it is disabled */

#ifdef __cplusplus
extern "C" {
#endif

#define CRUMPLE_WEAK             __attribute__((weak))
#define CRUMPLE_FORMAT(from, to) __attribute__((weak, format(printf, from, to)))

/**
 * A fact of the calling thread: it stands in each report under the thread's 'tags' until the thread says otherwise or
 * ends; if the thread faults, in the head of the report, in lists and on stderr. name: at most 31 letters, digits and
 * '_', '.', '-', ':', '/'. A '!' before it makes the value a secret: reports show [secret]. Of the value, 95 bytes are
 * kept. A thread has at most 16 tags. Signal-safe with the conversions above. A vfork child tags its parent's thread.
 *
 * -EINVAL: the name, or a NULL; -ENOSPC: a 17th tag; -ENOMEM; -EAGAIN: a signal handler has interrupted the same call.
 */
int crumple_tag(const char *name, const char *format, ...) CRUMPLE_FORMAT(2, 3);

/** The same for the time of a piece of work: crumple_tag_pop() brings back what the name stood for before. */
int crumple_tag_push(const char *name, const char *format, ...) CRUMPLE_FORMAT(2, 3);

/** Takes back the latest push of the name by this thread. -ENOENT: there is none. */
int crumple_tag_pop(const char *name) CRUMPLE_WEAK;

/** Removes the thread's tag, whatever has pushed it. -ENOENT: there is none. */
int crumple_untag(const char *name) CRUMPLE_WEAK;

/** A fact of the process. A tag of the faulting thread wins over it. At most 16. */
int crumple_process_tag(const char *name, const char *format, ...) CRUMPLE_FORMAT(2, 3);
int crumple_process_untag(const char *name) CRUMPLE_WEAK;

/** Something that has happened. Every report has the last 256 of them, with thread and time; 119 bytes are kept. */
int crumple_event(const char *format, ...) CRUMPLE_FORMAT(1, 2);

/**
 * Runs function(argument), and says whether it faulted. Only with a rule of CRUMPLE_RECOVER that names the function, such as
 * 'handle_message=contain', in a thread of pthread_create, and if crumple knows of no reason against it: a lock that is held
 * (also one that was taken before the guard), a wakeup that is owed, destructors on the stack, the allocator or another function of
 * libc at work (docs/context.md). Otherwise a fault is what it is without the guard. A function that is left by longjmp is guarded no more.
 *
 * Returns 0: it has returned; 1: it faulted, was reported, and has been left where it was: what it had begun is yours to undo.
 * Or it has run without a guard: CRUMPLE_ABSENT; -EPERM: no rule names it; -ESRCH: not in this thread.
 */
int crumple_guard(void (*function)(void *), void *argument) CRUMPLE_WEAK;

/**
 * Captures all threads of this process in a bundle, as 'crumple dump' does; the process goes on (docs/dump.md). The
 * other threads are stopped for some milliseconds, the calling one waits until the bundle is complete. reason: any text
 * or NULL; 127 bytes of it are kept. Any thread, also in a signal handler. Leaves errno as it is.
 *
 * Returns 0, or a negative errno: -EAGAIN: another dump or the report of a fault is under way, or the last dump was less
 * than a second ago; -ENOSYS: crumple is disabled; -EIO: no bundle was made, and a line on stderr says why; -ETIMEDOUT:
 * it took too long; -EXDEV: the process has left its PID namespace (unshare); -EPERM: a vfork child.
 */
int crumple_dump(const char *reason) CRUMPLE_WEAK;

#undef CRUMPLE_WEAK
#undef CRUMPLE_FORMAT

#ifdef __cplusplus
}
#endif

/*
 * In code that is not position independent (-no-pie) the linker takes a weak name that it does not find for NULL, for
 * good, unless the reference goes through the global offset table (binutils, elfxx-x86.h: UNDEFINED_WEAK_RESOLVED_TO_ZERO).
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__PIC__) && !defined(__PIE__)
#define CRUMPLE_FIND(function)                                                                               \
    (__extension__({                                                                                         \
        __typeof__(&function) crumple_found;                                                                 \
        __asm__(".weak " #function "\n\tmovq " #function "@GOTPCREL(%%rip), %0" : "=r"(crumple_found));      \
        crumple_found;                                                                                       \
    }))
#else
#define CRUMPLE_FIND(function) (&function)
#endif

/* Variadic macros are of C99 and C++11; strict older ones have the functions alone: if (crumple_tag) crumple_tag(...). */
#if !defined(__STRICT_ANSI__) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L) ||               \
    (defined(__cplusplus) && __cplusplus >= 201103L)
#define CRUMPLE_ASK(function, ...)                                                                           \
    (CRUMPLE_FIND(function) ? CRUMPLE_FIND(function)(__VA_ARGS__) : CRUMPLE_ABSENT)
#define crumple_tag(...)            CRUMPLE_ASK(crumple_tag, __VA_ARGS__)
#define crumple_tag_push(...)       CRUMPLE_ASK(crumple_tag_push, __VA_ARGS__)
#define crumple_tag_pop(name)       CRUMPLE_ASK(crumple_tag_pop, name)
#define crumple_untag(name)         CRUMPLE_ASK(crumple_untag, name)
#define crumple_process_tag(...)    CRUMPLE_ASK(crumple_process_tag, __VA_ARGS__)
#define crumple_process_untag(name) CRUMPLE_ASK(crumple_process_untag, name)
#define crumple_event(...)          CRUMPLE_ASK(crumple_event, __VA_ARGS__)
#define crumple_guard(function, argument)                                                                    \
    (CRUMPLE_FIND(crumple_guard) ? CRUMPLE_FIND(crumple_guard)(function, argument)                           \
                                 : ((function)(argument), CRUMPLE_ABSENT))
#define crumple_dump(reason) CRUMPLE_ASK(crumple_dump, reason)
#endif

#endif
