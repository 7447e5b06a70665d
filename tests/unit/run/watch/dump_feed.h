/* SPDX-License-Identifier: MIT */
/* A filter, what is fed to it, and what it has let pass: what its tests share. */
#ifndef CRUMPLE_TESTS_UNIT_RUN_WATCH_DUMP_FEED_H
#define CRUMPLE_TESTS_UNIT_RUN_WATCH_DUMP_FEED_H

#include <stddef.h>
#include <string.h>

#include "unit.h"
#include "watch/dump_filter.h"

#define MESSAGE "panic: all is lost\n"
#define FIRST                                                                                                \
    "\ngoroutine 1 [running]:\n"                                                                             \
    "main.explode(0x7, {0xc0000140a8?, 0x1})\n\t/src/main.go:7 +0x1d\n"                                      \
    "main.main()\n\t/src/main.go:3 +0x72\n"
#define OTHER_A   "\ngoroutine 6 [chan receive, 5 minutes]:\nmain.wait(0x0?, 0x0?)\n\t/src/main.go:24 +0x31\n"
#define CREATED_A "created by main.others\n\t/src/main.go:33 +0x54\n"
#define RUNNING                                                                                              \
    "\ngoroutine 9 [running]:\n\tgoroutine running on other thread; stack unavailable\n"                     \
    "created by main.others\n\t/src/main.go:33 +0x54\n"
#define REST OTHER_A CREATED_A RUNNING OTHER_A CREATED_A

static struct dump_filter the_filter, *const filter = &the_filter;
static char passed[2 * DUMP_OTHERS_BYTES];
static size_t passed_size;
static int passes;
static int64_t now;

static inline void take(void *context, const char *bytes, size_t size)
{
    (void)context;
    ck_assert_uint_le(passed_size + size, sizeof passed - 1);
    memcpy(passed + passed_size, bytes, size);
    passed_size += size;
    passed[passed_size] = '\0';
    passes++;
}
static const struct dump_sink sink = {take, NULL};

static void begin(bool holds_back)
{
    memset(filter, 0, offsetof(struct dump_filter, others));
    filter->holds_back = holds_back;
    passed_size = 0;
    passed[0] = '\0';
    passes = 0;
    now = 1000;
}

static void feed_bytes(const char *bytes, size_t size, size_t chunk)
{
    for (size_t at = 0; at < size; at += chunk)
        dump_filter_feed(filter, bytes + at, size - at < chunk ? size - at : chunk, now, &sink);
}

static inline void feed(const char *text)
{
    feed_bytes(text, strlen(text), strlen(text));
}

static inline void end(bool is_go_end)
{
    dump_filter_end(filter, is_go_end, now, &sink);
}

static inline void tick(int ms)
{
    now += ms;
    dump_filter_tick(filter, now, &sink);
}

/* What is kept as the end's dump. */
static inline void kept_is(const char *text)
{
    ck_assert(filter->is_last);
    ck_assert_uint_eq(filter->size - filter->start, strlen(text));
    ck_assert_mem_eq(filter->text + filter->start, text, strlen(text));
}

#endif
