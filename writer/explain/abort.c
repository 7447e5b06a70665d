/* SPDX-License-Identifier: MIT */
#include "explain/abort.h"

#include <stdio.h>
#include <string.h>

#include "walk/frame_class.h"

#define LOOK 24 /* innermost frames in which the cause of an abort is looked for */

#define HEAP                                                                                                 \
    "heap corruption", "glibc found damaged heap records: a write went beyond a block or into a freed one, " \
                       "perhaps long before and elsewhere"
#define HEAP_DOUBLE_FREE "heap corruption", "a block was freed twice, or its record was overwritten"
#define HEAP_POINTER                                                                                         \
    "heap corruption",                                                                                       \
        "free or realloc got a pointer that malloc had not returned, or the block's record was overwritten"
#define SMASHED                                                                                              \
    "stack smashing",                                                                                        \
        "a function wrote beyond an array on its stack; the stack protector found it when the function returned"
#define FORTIFY                                                                                              \
    "buffer overflow", "a libc function would have written or read beyond its buffer (_FORTIFY_SOURCE)"
#define MISUSE "libc check", "libc was used in a way that it forbids (_FORTIFY_SOURCE)"
#define FATAL  "libc fatal error", "libc reached a state from which it cannot continue"
#define ASSERT "assert", "an assertion of the program failed"

/*
 * How an abort is recognised: by words in the message that glibc keeps, or by a function in the stack of the
 * thread. The first row that matches wins, so what is special comes first.
 */
static const struct abort_row {
    const char *function, *message, *kind, *cause;
} rows[] = {
    {"__stack_chk_fail", "stack smashing detected", SMASHED},
    /* malloc's own assertions */
    {NULL, "malloc.c:", HEAP},
    {NULL, "arena.c:", HEAP},
    {"__malloc_assert", "sysmalloc", HEAP},
    {NULL, "pthread_mutex_", "assert",
     "an assertion of glibc about a mutex failed: "
     "the mutex was overwritten, freed, or unlocked by a thread that did not hold it"},
    {"__assert_fail", "Assertion `", ASSERT},
    {"__assert_fail", "Assertion failed: ", ASSERT}, /* musl's words */
    {"__assert_perror_fail", "Unexpected error: ", "assert",
     "assert_perror: a call that must not fail has failed"},
    {NULL, "%n in writable segment", "buffer overflow",
     "a format string in writable memory contains %n: perhaps foreign text was used as a format (_FORTIFY_SOURCE)"},
    {NULL, "%N$ use detected", MISUSE},
    {NULL, "longjmp causes uninitialized stack frame", "longjmp misuse",
     "longjmp to a function that has already returned (_FORTIFY_SOURCE)"},
    {NULL, "invalid open", "libc check",
     "open was called without a mode, but may create the file (_FORTIFY_SOURCE)"},
    {NULL, "FD_SETSIZE", "buffer overflow",
     "a descriptor of FD_SETSIZE (1024) or more was put into an fd_set"},
    {"__fdelt_chk", NULL, "buffer overflow",
     "a descriptor of FD_SETSIZE (1024) or more was put into an fd_set"},
    {"__fdelt_warn", NULL, "buffer overflow",
     "a descriptor of FD_SETSIZE (1024) or more was put into an fd_set"},
    {"__chk_fail", "buffer overflow detected", FORTIFY},
    {NULL, "double free", HEAP_DOUBLE_FREE},
    {NULL, "free(): invalid pointer", HEAP_POINTER},
    {NULL, "realloc(): invalid pointer", HEAP_POINTER},
    {NULL, "munmap_chunk(): ", HEAP_POINTER},
    {NULL, "mremap_chunk(): ", HEAP_POINTER},
    {"malloc_printerr", "free(): ", HEAP},
    {NULL, "malloc(): ", HEAP},
    {NULL, "malloc_consolidate(): ", HEAP},
    {NULL, "realloc(): ", HEAP},
    {NULL, "calloc(): ", HEAP},
    {NULL, "memalign(): ", HEAP},
    {NULL, "tcache_thread_shutdown(): ", HEAP},
    {NULL, "corrupted ", HEAP},
    {NULL, "unaligned ", HEAP},
    {NULL, "invalid ", HEAP},
    {NULL, "break adjusted to free malloc space", HEAP},
    {NULL, "Fatal glibc error: ", FATAL},
    {NULL, "The futex facility returned", "libc fatal error",
     "the kernel refused to wait on a lock, condition, semaphore or barrier: "
     "the object was overwritten or freed, or has an unaligned address"},
    {NULL, "Unexpected error ", FATAL},
    {NULL, "FATAL: ", FATAL},
    {NULL, "must be installed for pthread_", FATAL},
    {"__libc_fatal", NULL, FATAL},
    {"__libc_message", NULL, FATAL},
    {"__cxa_pure_virtual", NULL, "pure virtual call",
     "a pure virtual function was called on an object that was under construction, under destruction, or freed"},
    {"__cxa_deleted_virtual", NULL, "deleted virtual call", "a deleted virtual function was called"},
};

static const struct place *place_at(const struct crash *crash, size_t index)
{
    return crash_place(crash, crash_frame(crash, &crash->stacks[0], index));
}

static bool stack_has(const struct crash *crash, const char *function)
{
    for (size_t i = 0; i < crash->stacks[0].count && i < LOOK; i++) {
        const struct place *place = place_at(crash, i);
        if (place->function && place->function_size == strlen(function) &&
            memcmp(place->function, function, place->function_size) == 0)
            return true;
    }
    return false;
}

/* The allocator that called abort, if one did: it says why on stderr, and nowhere else. */
static const struct module *aborting_allocator(const struct crash *crash)
{
    for (size_t i = 0; i < crash->stacks[0].count && i < LOOK; i++) {
        const struct module *module = place_at(crash, i)->module;
        enum frame_class class = module ? frame_class_of(module_basename(module)) : FRAME_NOWHERE;
        if (class == FRAME_ALLOCATOR)
            return module;
        if (class != FRAME_LIBC && class != FRAME_CRUMPLE)
            return NULL;
    }
    return NULL;
}

static const struct abort_row *find_row(const struct crash *crash, const char *message)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct abort_row *row = &rows[i];
        if (message && row->message && strstr(message, row->message))
            return row;
        if (crash && row->function && stack_has(crash, row->function))
            return row;
    }
    return NULL;
}

const char *abort_words_kind_of(const char *message)
{
    const struct abort_row *row = find_row(NULL, message);
    return row ? row->kind : NULL;
}

void abort_words_find(const struct crash *crash, struct abort_words *ret_words)
{
    const struct abort_row *row = find_row(crash, crash->reason);
    const struct module *allocator = row ? NULL : aborting_allocator(crash);
    ret_words->by = NULL;
    ret_words->kind = row ? row->kind : "abort";
    ret_words->cause = row ? row->cause : "the program called abort()";
    if (allocator) {
        snprintf(ret_words->text, sizeof ret_words->text,
                 "the allocator %.80s called abort(); it gives the reason on stderr only",
                 module_basename(allocator));
        ret_words->cause = ret_words->text;
        ret_words->by = module_basename(allocator);
    } else if (!row && crash->reason) {
        ret_words->cause = "the program aborted with a message";
    }
}

/* "program: file:line: function: Assertion `...' failed." without its program and its function. */
static bool shorten_assertion(const char *message, char *out, size_t size)
{
    const char *assertion = strstr(message, "Assertion `"), *start = strstr(message, ": "), *end;
    assertion = assertion ? assertion : strstr(message, "Unexpected error: ");
    if (!assertion || !start || (start += 2) >= assertion || !(end = strstr(start, ": ")) || end >= assertion)
        return false;
    snprintf(out, size, "%.*s: %s", (int)(end - start < 100 ? end - start : 100), start, assertion);
    return true;
}

/* What loggers put in front: "** (process:12): ERROR **: 06:24:07.667: text", "F20261129 06:22:46.510 1 a.cc:2] text". */
static const char *skip_stamp(const char *message)
{
    const char *text = strstr(message, " **: "), *glog = strstr(message, "] ");
    if (text && (strncmp(message, "** ", 3) == 0 || strncmp(message, "(process:", 9) == 0)) {
        text += 5;
        const size_t time = strspn(text, "0123456789:.");
        return time > 8 && text[time] == ' ' ? text + time + 1 : text;
    }
    if (message[0] == 'F' && strspn(message + 1, "0123456789") >= 4 && glog)
        return glog + 2;
    return message;
}

const char *abort_words_short(const char *message, char *out, size_t size)
{
    static const char *const ends[] = {": terminated", " ***", " detected"}; /* in this order */
    if (shorten_assertion(message, out, size))
        return out;
    message = skip_stamp(message);
    size_t skipped = strspn(message, "* ");
    snprintf(out, size, "%s", skipped && message[skipped] ? message + skipped : message);
    for (size_t i = 0; skipped && i < sizeof ends / sizeof ends[0]; i++) {
        size_t length = strlen(out), end = strlen(ends[i]);
        if (length > end && strcmp(out + length - end, ends[i]) == 0)
            out[length - end] = '\0';
    }
    return out;
}
