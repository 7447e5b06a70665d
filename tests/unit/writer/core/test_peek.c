/* SPDX-License-Identifier: MIT */
/* The writer's end, with a helper that answers well, late, with answers of others, or with nonsense. */
#include "core/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "crumple_peek.h"
#include "unit.h"

enum manner { WELL, STALE_FIRST, NONSENSE, SILENT, ONE_BY_ONE };

static int asks[2], answers[2];
static enum manner manner;

static void answer(const uint8_t *packet, uint32_t first, uint32_t count, uint32_t number)
{
    uint8_t out[CRUMPLE_PEEK_PACKET];
    const struct crumple_peek_head head = {number, first};
    size_t used = sizeof head;
    memcpy(out, &head, sizeof head);
    for (uint32_t i = first; i < first + count; i++) {
        struct crumple_peek_read read;
        memcpy(&read, packet + sizeof head + i * sizeof read, sizeof read);
        const struct crumple_peek_result result = {read.address == 1 ? -EFAULT : 0,
                                                   read.address == 1 ? 0 : read.size};
        memcpy(out + used, &result, sizeof result);
        memset(out + used + sizeof result, (int)read.address, result.size);
        used += sizeof result + result.size;
    }
    ck_assert_int_eq(write(answers[1], out, used), (ssize_t)used);
}

static void *help(void *unused)
{
    uint8_t packet[CRUMPLE_PEEK_PACKET];
    struct crumple_peek_head head;
    while (read(asks[0], packet, sizeof packet) >= (ssize_t)sizeof head) {
        memcpy(&head, packet, sizeof head);
        if (manner == STALE_FIRST)
            answer(packet, 0, head.count, head.number - 1);
        if (manner == NONSENSE)
            ck_assert_int_eq(write(answers[1], packet, sizeof head + 1), (ssize_t)sizeof head + 1);
        for (uint32_t i = 0; manner == ONE_BY_ONE && i < head.count; i++)
            answer(packet, i, 1, head.number);
        if (manner == WELL || manner == STALE_FIRST)
            answer(packet, 0, head.count, head.number);
    }
    return unused;
}

static void open_pipes(enum manner how, struct peek *ret, pthread_t *ret_thread)
{
    manner = how;
    ck_assert_int_eq(pipe2(asks, O_DIRECT), 0);
    ck_assert_int_eq(pipe2(answers, O_DIRECT), 0);
    peek_open(answers[0], asks[1], ret);
    ck_assert_int_eq(pthread_create(ret_thread, NULL, help, NULL), 0);
}

static void read_three(enum manner how, int errors[3])
{
    struct peek peek;
    pthread_t thread;
    uint64_t words[3] = {0};
    struct peek_item items[3] = {{5, &words[0], 8, 0}, {1, &words[1], 4, 0}, {7, &words[2], 1, 0}};
    open_pipes(how, &peek, &thread);
    peek_read(&peek, items, 3);
    for (int i = 0; i < 3; i++)
        errors[i] = items[i].error;
    if (!errors[0])
        ck_assert(words[0] == UINT64_C(0x0505050505050505) && words[1] == 0 && words[2] == 7);
    (void)close(asks[1]);
    pthread_join(thread, NULL);
}

START_TEST(takes_answers)
{
    int errors[3];
    for (enum manner how = WELL; how <= ONE_BY_ONE; how++) {
        if (how == NONSENSE || how == SILENT)
            continue;
        read_three(how, errors);
        ck_assert(errors[0] == 0 && errors[1] == -EFAULT && errors[2] == 0);
    }
}
END_TEST

START_TEST(gives_up_in_time)
{
    int errors[3];
    read_three(SILENT, errors);
    ck_assert(errors[0] == -ETIMEDOUT && errors[2] == -ETIMEDOUT);
    read_three(NONSENSE, errors);
    ck_assert(errors[0] == -ETIMEDOUT && errors[2] == -ETIMEDOUT);
}
END_TEST

START_TEST(asks_in_batches_and_not_at_all)
{
    struct peek peek;
    pthread_t thread;
    static uint8_t bytes[3000];
    static struct peek_item items[3000];
    for (int i = 0; i < 3000; i++)
        items[i] = (struct peek_item){.address = 2 + (uint64_t)(i % 50), .bytes = &bytes[i], .size = 1};
    open_pipes(WELL, &peek, &thread);
    peek_read(&peek, items, 3000);
    for (int i = 0; i < 3000; i++)
        ck_assert(items[i].error == 0 && bytes[i] == 2 + i % 50);
    (void)close(asks[1]);
    pthread_join(thread, NULL);
    peek_open(-1, -1, &peek);
    peek_read(&peek, items, 1);
    ck_assert(!peek_is_there(&peek) && items[0].error == -ENODATA);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, takes_answers);
    tcase_add_test(tests, gives_up_in_time);
    tcase_add_test(tests, asks_in_batches_and_not_at_all);
}
