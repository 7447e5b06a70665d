/* SPDX-License-Identifier: MIT */
/* Unit tests of which programs the kernel marks, so that the loader gives them no preloads. */
#include <string.h>

#include "calls/privileged.h"
#include "unit.h"

static const struct row {
    struct privileged_facts facts;
    const char *reason; /* a part of it, or NULL */
} rows[] = {
    {{10, 10, 20, 20, 0, 0, 0755, false, false}, NULL},
    {{10, 10, 20, 20, 0, 0, 04755, false, false}, "setuid"},
    {{10, 10, 20, 20, 10, 0, 04755, false, false}, NULL}, /* to itself */
    {{0, 0, 0, 0, 0, 0, 06755, false, false}, NULL},
    {{0, 0, 0, 0, 5, 0, 04755, false, false}, "setuid"}, /* root gives rights away, too */
    {{10, 10, 20, 20, 0, 0, 04755, false, true}, NULL},
    {{10, 10, 20, 20, 0, 0, 02755, false, false}, "setgid"},
    {{10, 10, 20, 20, 0, 0, 02745, false, false}, NULL},         /* mandatory locking, once */
    {{0, 13, 0, 0, 0, 0, 0755, false, false}, "effective user"}, /* squid's children */
    {{0, 13, 0, 0, 0, 0, 0755, false, true}, "effective user"},
    {{10, 0, 20, 20, 10, 0, 04755, false, false}, NULL}, /* setuid to the real user */
    {{10, 10, 20, 21, 0, 0, 0755, false, false}, "effective group"},
    {{10, 10, 20, 20, 0, 0, 0755, true, false}, "capabilities"},
    {{0, 0, 20, 20, 0, 0, 0755, true, false}, NULL},
    {{10, 10, 20, 20, 0, 0, 0755, true, true}, NULL},
};

START_TEST(the_kernel_marks_who_gains_rights)
{
    const char *reason = privileged_reason(&rows[_i].facts);
    if (!rows[_i].reason)
        ck_assert_msg(!reason, "row %d: %s", _i, reason);
    else
        ck_assert_msg(reason && strstr(reason, rows[_i].reason), "row %d: %s", _i,
                      reason ? reason : "no reason");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, the_kernel_marks_who_gains_rights, 0, sizeof rows / sizeof rows[0]);
}
