/* SPDX-License-Identifier: MIT */
/* The helper's end, in this process: what is asked, hidden, not mapped, too much, or asked by nobody any more. */
#include "out/peek.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct safe_peek peek;
static uint64_t words[1000];
static uint8_t packet[CRUMPLE_PEEK_PACKET];

static void ask(uint32_t number, const struct crumple_peek_read *reads, uint32_t count)
{
    const struct crumple_peek_head head = {number, count};
    memcpy(packet, &head, sizeof head);
    memcpy(packet + sizeof head, reads, count * sizeof *reads);
    const size_t bytes = sizeof head + count * sizeof *reads;
    ck_assert_int_eq(write(peek.writers_to, packet, bytes), (ssize_t)bytes);
}

/* The next answer; returns its bytes behind the head. */
static size_t take(struct crumple_peek_head *ret_head)
{
    const ssize_t size = read(peek.writers_from, packet, sizeof packet);
    ck_assert_int_ge(size, (ssize_t)sizeof *ret_head);
    memcpy(ret_head, packet, sizeof *ret_head);
    memmove(packet, packet + sizeof *ret_head, (size_t)size - sizeof *ret_head);
    return (size_t)size - sizeof *ret_head;
}

static struct crumple_peek_read read_of(const void *address, uint32_t size)
{
    return (struct crumple_peek_read){.address = (uint64_t)(uintptr_t)address, .size = size};
}

static void begin(void)
{
    safe_peek_init(&peek);
    words[0] = UINT64_C(0x0807060504030201);
    ck_assert(safe_peek_hide(&peek, (uint64_t)(uintptr_t)&words[500], (uint64_t)(uintptr_t)&words[600]));
    ck_assert_int_eq(safe_peek_open(&peek), 0);
}

START_TEST(answers_reads)
{
    struct crumple_peek_head head;
    struct crumple_peek_result result;
    begin();
    const struct crumple_peek_read reads[] = {
        read_of(words, 8),
        read_of((char *)words + 3, 2),
        read_of((char *)words + 6, 4),
        read_of(&words[599], 8),
        read_of(&words[499], 16),
        read_of(words, CRUMPLE_PEEK_SIZE_MAX + 1),
        read_of((void *)-8ul, 1000),
        read_of(words, 0),
    };
    const int errors[] = {0, 0, 0, -EACCES, -EACCES, -EINVAL, -EINVAL, 0};
    ask(7, reads, 8);
    ck_assert(safe_peek_serve(&peek));
    const size_t size = take(&head);
    ck_assert(head.number == 7 && head.count == 0);
    size_t at = 0;
    for (int i = 0; i < 8; i++) {
        memcpy(&result, packet + at, sizeof result);
        ck_assert_int_eq(result.error, errors[i]);
        at += sizeof result;
        if (i == 1)
            ck_assert(packet[at] == 4 && packet[at + 1] == 5);
        at += result.size;
    }
    ck_assert_uint_eq(at, size);
    safe_peek_close(&peek);
}
END_TEST

/* More than the pipe holds: it waits, is never blocked, and goes on. */
START_TEST(waits_for_room)
{
    struct crumple_peek_read reads[CRUMPLE_PEEK_READS_MAX];
    struct crumple_peek_head head;
    begin();
    for (size_t i = 0; i < CRUMPLE_PEEK_READS_MAX; i++)
        reads[i] = read_of(&words[i % 200], 2000); /* two in a packet */
    ask(9, reads, CRUMPLE_PEEK_READS_MAX);
    ck_assert(safe_peek_serve(&peek) && safe_peek_is_full(&peek));
    for (uint32_t done = 0; done < CRUMPLE_PEEK_READS_MAX;) {
        (void)take(&head);
        ck_assert_uint_eq(head.count, done);
        done += done + 2 <= CRUMPLE_PEEK_READS_MAX ? 2 : 1;
        ck_assert(safe_peek_serve(&peek));
    }
    ck_assert(!safe_peek_is_full(&peek));
    safe_peek_close(&peek);
}
END_TEST

START_TEST(sees_the_end)
{
    bool other;
    begin();
    safe_peek_give(&peek);
    ck_assert(safe_peek_wait(&peek, -1, 1000, &other) && !other);
    ck_assert(!safe_peek_is_open(&peek));
    ck_assert(safe_peek_wait(&peek, -1, 0, &other)); /* of nothing it waits no longer than told */
}
END_TEST

START_TEST(has_room_for_hidden_ranges)
{
    safe_peek_init(&peek);
    for (uint64_t i = 0; i < SAFE_PEEK_HIDDEN_MAX; i++)
        ck_assert(safe_peek_hide(&peek, i, i + 1));
    ck_assert(!safe_peek_hide(&peek, 1, 2));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, answers_reads);
    tcase_add_test(tests, waits_for_room);
    tcase_add_test(tests, sees_the_end);
    tcase_add_test(tests, has_room_for_hidden_ranges);
}
