/* SPDX-License-Identifier: MIT */
/* Unit tests of the small lock that is given up after 5 ms. */
#include "lock.h"
#include "unit.h"

START_TEST(a_lock_that_is_not_given_back_does_not_stop_anybody)
{
    _Atomic int *lock = safe_lock_map(4096);
    ck_assert(safe_lock_take(lock));
    ck_assert(!safe_lock_take(lock));
    safe_lock_give(lock);
    ck_assert(safe_lock_take(lock));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_lock_that_is_not_given_back_does_not_stop_anybody);
}
