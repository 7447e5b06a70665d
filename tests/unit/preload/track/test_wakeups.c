/* SPDX-License-Identifier: MIT */
/* Unit tests of the table of who owes whom a wakeup. */
#include <string.h>

#include "track/routine_runs.h"
#include "track/held_locks.h"
#include "track/wakeups.h"
#include "unit.h"

static struct safe_routine routines[2];

/* The calling thread becomes this one; it has waited for the object. */
static void waits(struct safe_thread *thread, const void *object)
{
    safe_self = thread;
    safe_wakeups_wait(thread, object);
}

static void set_up(void)
{
    safe_routines = routines;
}

START_TEST(who_wakes_a_waiter_owes)
{
    struct safe_thread waiter = {.serial = 1},
                       worker = {.serial = 2, .creator = &waiter, .creator_serial = 1};
    int condition = 0, lonely = 0;
    waits(&waiter, &condition);
    safe_wakeups_waited(&waiter);
    safe_self = &worker;
    safe_wakeups_signal(&lonely); /* nobody has ever waited for it */
    ck_assert(!safe_wakeups_owes(&worker));
    safe_wakeups_signal(&condition);
    ck_assert(safe_wakeups_owes(&worker));
    ck_assert(!safe_wakeups_owes(&waiter));
}
END_TEST

START_TEST(who_counts_itself_out_of_its_connections_owes)
{
    struct safe_thread worker = {.serial = 2, .creator = &worker, .creator_serial = 2};
    int count = 0;
    safe_self = &worker;
    safe_wakeups_signal(&count); /* nobody waits yet */
    ck_assert(!safe_wakeups_owes(&worker));
    worker.inbound = 1;
    safe_wakeups_signal(&count);
    ck_assert(safe_wakeups_owes(&worker));
}
END_TEST

START_TEST(a_lock_that_is_handed_over_is_owed_until_it_is_released)
{
    struct safe_thread creator = {.serial = 9}, first = {.serial = 1, .routine = 1},
                       second = {.serial = 2, .routine = 1};
    first.creator = second.creator = &creator;
    first.creator_serial = second.creator_serial = 9;
    safe_self = &first;
    safe_held_add(safe_held_key(SAFE_HELD_MUTEX, (void *)0x1000));
    safe_held_remove(safe_held_key(SAFE_HELD_MUTEX, (void *)0x1000));
    ck_assert(!safe_wakeups_owes(&second));
    safe_held_remove(safe_held_key(SAFE_HELD_MUTEX, (void *)0x2000)); /* the creator's */
    ck_assert(!safe_wakeups_owes(&first));
    ck_assert(safe_wakeups_owes(&second));
}
END_TEST

START_TEST(what_one_thread_of_a_routine_does_the_others_owe)
{
    struct safe_thread creator = {.serial = 9}, first = {.serial = 1, .routine = 1},
                       second = {.serial = 2, .routine = 1}, other = {.serial = 3, .routine = 2};
    int semaphore = 0;
    first.creator = second.creator = other.creator = &creator;
    first.creator_serial = second.creator_serial = other.creator_serial = 9;
    waits(NULL, &semaphore);
    safe_wakeups_waited(NULL);
    ck_assert(!safe_wakeups_owes(&second));
    safe_self = &first;
    safe_wakeups_signal(&semaphore);
    ck_assert(safe_wakeups_owes(&second));
    ck_assert(!safe_wakeups_owes(&other));
}
END_TEST

START_TEST(a_creator_that_waits_may_wait_for_its_thread)
{
    struct safe_thread creator = {.serial = 1}, of_main = {.serial = 2}, of_thread = {.serial = 3};
    int condition = 0;
    safe_self = NULL;
    safe_wakeups_hand_over(&of_main);
    waits(NULL, &condition);
    ck_assert(safe_wakeups_owes(&of_main));
    safe_wakeups_waited(NULL);
    ck_assert(!safe_wakeups_owes(&of_main));
    safe_self = &creator;
    safe_wakeups_hand_over(&of_thread);
    waits(&creator, &condition);
    ck_assert(safe_wakeups_owes(&of_thread));
    ck_assert(!safe_wakeups_owes(&of_main));
    creator.serial = 4; /* its record is another thread's */
    ck_assert(!safe_wakeups_owes(&of_thread));
}
END_TEST

START_TEST(more_objects_than_there_is_room_for_count_as_waited_for)
{
    static char objects[8 * 4096];
    struct safe_thread creator = {.serial = 1},
                       worker = {.serial = 2, .creator = &creator, .creator_serial = 1};
    int lonely = 0;
    for (size_t i = 0; i < sizeof objects; i += 8) {
        waits(NULL, &objects[i]);
        safe_wakeups_waited(NULL);
    }
    safe_self = &worker;
    safe_wakeups_signal(&lonely);
    ck_assert(safe_wakeups_owes(&worker));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, who_wakes_a_waiter_owes);
    tcase_add_test(tests, who_counts_itself_out_of_its_connections_owes);
    tcase_add_test(tests, a_lock_that_is_handed_over_is_owed_until_it_is_released);
    tcase_add_test(tests, what_one_thread_of_a_routine_does_the_others_owe);
    tcase_add_test(tests, a_creator_that_waits_may_wait_for_its_thread);
    tcase_add_test(tests, more_objects_than_there_is_room_for_count_as_waited_for);
}
