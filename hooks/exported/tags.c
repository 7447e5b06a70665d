/* SPDX-License-Identifier: MIT */
/*
 * The functions of include/crumple.h by which a program says what it is doing. They are no libc function's, and are
 * called in any context: in signal handlers, too, as long as libc's vsnprintf is not needed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/sys.h"
#include "base/text.h"
#include "loader/real.h"
#include "state/config.h"
#include "tell/format.h"
#include "tell/words.h"

HOOK int crumple_tag(const char *name, const char *format, ...);
HOOK int crumple_tag_push(const char *name, const char *format, ...);
HOOK int crumple_tag_pop(const char *name);
HOOK int crumple_untag(const char *name);
HOOK int crumple_process_tag(const char *name, const char *format, ...);
HOOK int crumple_process_untag(const char *name);
HOOK int crumple_event(const char *format, ...);

/* Into a buffer of the caller first: what faults here, a bad pointer of the program, leaves no table half changed. */
static void compose(char *out, size_t size, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    if (safe_format(out, size, format, args) < 0) {
        int saved = errno;
        out[0] = '\0';
        (void)vsnprintf(out, size, format, again);
        errno = saved;
    }
    va_end(again);
}

#define COMPOSE(out, format)                                                                                 \
    do {                                                                                                     \
        va_list args;                                                                                        \
        va_start(args, format);                                                                              \
        compose(out, sizeof out, format, args);                                                              \
        va_end(args);                                                                                        \
    } while (0)

/* No crumple, or a NULL: a report is not worth a fault of the program. */
static int why_not(void)
{
    return crumple_config ? -EINVAL : -ENOSYS;
}

/* A secret is not left on the stack, whose end is in a core. */
static int forget(const char *name, char value[SAFE_TAG_VALUE_BYTES], int result)
{
    if (*name == '!')
        safe_zero(value, SAFE_TAG_VALUE_BYTES);
    return result;
}

HOOK int crumple_tag(const char *name, const char *format, ...)
{
    char value[SAFE_TAG_VALUE_BYTES];
    if (!crumple_config || !name || !format)
        return why_not();
    COMPOSE(value, format);
    return forget(name, value, safe_thread_tag(name, value, false));
}

HOOK int crumple_tag_push(const char *name, const char *format, ...)
{
    char value[SAFE_TAG_VALUE_BYTES];
    if (!crumple_config || !name || !format)
        return why_not();
    COMPOSE(value, format);
    return forget(name, value, safe_thread_tag(name, value, true));
}

HOOK int crumple_tag_pop(const char *name)
{
    if (!crumple_config || !name)
        return why_not();
    return safe_tags_own ? safe_tags_pop(safe_tags_own, name) : -ENOENT;
}

HOOK int crumple_untag(const char *name)
{
    if (!crumple_config || !name)
        return why_not();
    return safe_tags_own ? safe_tags_remove(safe_tags_own, name) : -ENOENT;
}

HOOK int crumple_process_tag(const char *name, const char *format, ...)
{
    char value[SAFE_TAG_VALUE_BYTES];
    if (!crumple_config || !name || !format)
        return why_not();
    COMPOSE(value, format);
    return forget(name, value, safe_process_tag(name, value));
}

HOOK int crumple_process_untag(const char *name)
{
    if (!crumple_config || !name)
        return why_not();
    return safe_process_tag(name, NULL);
}

/* libc's clock reads no system call's worth of time; it is signal-safe. */
static uint64_t now_ns(void)
{
    struct timespec now;
    if (!real.clock_gettime || real.clock_gettime(CLOCK_REALTIME, &now) != 0)
        return safe_clock_ns(CLOCK_REALTIME);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

HOOK int crumple_event(const char *format, ...)
{
    char text[SAFE_EVENT_TEXT_BYTES];
    if (!crumple_config || !format)
        return why_not();
    COMPOSE(text, format);
    return safe_told_event_add(text, now_ns());
}
