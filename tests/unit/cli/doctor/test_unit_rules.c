/* SPDX-License-Identifier: MIT */
/* What a unit's sandbox leaves of crumple. */
#include "facts/unit_calls.h"
#include "doctor/unit_rules.h"
#include "../facts/verdicts.h"

static const struct unit_needs needs = {.object = "/opt/crumple/libcrumple.so",
                                        .writer = "/opt/crumple/crumple-writer",
                                        .dir = "/var/crash/crumple",
                                        .preload = "/opt/crumple/libcrumple.so"};

/* A setting, what is asked about it, and the words of a verdict of that level. */
static const struct {
    enum unit_setting setting;
    const char *text;
    enum verdict_level level;
    const char *words;
} cases[] = {
    {UNIT_PROTECT_SYSTEM, "full", VERDICT_OK, "may write to /var/crash/crumple"},
    {UNIT_PROTECT_SYSTEM, "strict", VERDICT_WARN, "read-only for the service"},
    {UNIT_DYNAMIC_USER, "yes", VERDICT_WARN, "read-only for the service"},
    {UNIT_READ_ONLY, "/var", VERDICT_WARN, "read-only for the service"},
    {UNIT_INACCESSIBLE, "/var/crash", VERDICT_WARN, "read-only for the service"},
    {UNIT_NO_EXEC, "/", VERDICT_FAIL, "NoExecPaths= forbids to load"},
    {UNIT_INACCESSIBLE, "/opt", VERDICT_FAIL, "InaccessiblePaths= forbids to load"},
    {UNIT_ROOT_DIRECTORY, "/srv/root", VERDICT_WARN, "inside that root"},
    {UNIT_SYSTEM_CALLS, "~@privileged", VERDICT_WARN, "kills"},
    {UNIT_SYSTEM_CALLS, "read write", VERDICT_WARN, "kills"},
    {UNIT_SYSTEM_CALLS, "~@privileged:EPERM", VERDICT_NOTE, "refuses"},
    {UNIT_TYPE, "forking", VERDICT_NOTE, "Type=forking"},
};

START_TEST(each_setting_has_its_verdict)
{
    struct unit unit = {.path = (char *)"/etc/systemd/system/a.service"};
    struct verdicts verdicts = {0};
    unit.settings[cases[_i].setting] = (char *)cases[_i].text;
    unit_judge(&unit, &needs, &verdicts);
    ck_assert_verdict(&verdicts, cases[_i].level, cases[_i].words);
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(an_exception_is_nearer_than_the_rule)
{
    struct unit unit = {.path = NULL};
    unit.settings[UNIT_PROTECT_SYSTEM] = (char *)"strict";
    ck_assert(!unit_may_write(&unit, "/var/lib/a"));
    ck_assert(unit_may_write(&unit, "/dev/shm/a"));
    unit.settings[UNIT_READ_WRITE] = (char *)"-/var/lib/a";
    ck_assert(unit_may_write(&unit, "/var/lib/a/b"));
    unit.settings[UNIT_READ_ONLY] = (char *)"/var/lib/a"; /* of two for one path the stricter one counts */
    ck_assert(!unit_may_write(&unit, "/var/lib/a/b"));
    unit.settings[UNIT_READ_ONLY] = unit.settings[UNIT_READ_WRITE] = NULL;
    unit.settings[UNIT_STATE] = (char *)"x a/b";
    ck_assert(unit_may_write(&unit, "/var/lib/a/b/c"));
    ck_assert(!unit_may_write(&unit, "/var/lib/a/bc"));
}
END_TEST

START_TEST(a_filter_of_system_calls_is_read_line_by_line)
{
    struct unit unit = {.path = NULL};
    char word[64];
    bool kills;
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"@system-service;~@resources @mount;mincore";
    ck_assert(!unit_refuses_calls(&unit, word, sizeof word, &kills));
    unit.settings[UNIT_SYSTEM_CALLS] =
        (char *)"@system-service;~ @privileged @resources"; /* Debian's redis */
    ck_assert(unit_refuses_calls(&unit, word, sizeof word, &kills) && kills);
    ck_assert_str_eq(word, "~@privileged");
    unit.settings[UNIT_USER] = (char *)"redis"; /* is never asked for setfsuid */
    ck_assert(unit_refuses_calls(&unit, word, sizeof word, &kills) && kills);
    ck_assert_str_eq(word, "mincore");
    unit.settings[UNIT_ERROR_NUMBER] = (char *)"EPERM";
    ck_assert(!unit_refuses_calls(&unit, word, sizeof word, &kills));
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"~@mount clone:kill";
    ck_assert(unit_refuses_calls(&unit, word, sizeof word, &kills));
    ck_assert_str_eq(word, "~clone");
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"~@mount";
    ck_assert(!unit_refuses_calls(&unit, word, sizeof word, &kills));
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"read @system-service2 ;write";
    ck_assert(unit_refuses_calls(&unit, word, sizeof word, &kills));
}
END_TEST

START_TEST(the_drop_in_of_the_documentation_suffices)
{
    struct unit unit = {.path = (char *)"redis-server.service"};
    struct verdicts verdicts = {0};
    unit.settings[UNIT_TYPE] = (char *)"notify";
    unit.settings[UNIT_USER] = (char *)"redis";
    unit.settings[UNIT_PRIVATE_TMP] = unit.settings[UNIT_PROTECT_HOME] = (char *)"true";
    unit.settings[UNIT_PROTECT_SYSTEM] = (char *)"strict";
    unit.settings[UNIT_NO_EXEC] = (char *)"/";
    unit.settings[UNIT_EXEC] = (char *)"/usr/bin/redis-server /usr/lib /lib";
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"@system-service;~ @privileged @resources";
    unit_judge(&unit, &needs, &verdicts);
    ck_assert(has_advice(&verdicts, "ReadWritePaths=/var/crash/crumple"));
    ck_assert(has_advice(&verdicts, "ExecPaths=/opt/crumple"));
    ck_assert(has_advice(&verdicts, "SystemCallFilter=mincore"));
    verdicts_clear(&verdicts);
    unit.settings[UNIT_READ_WRITE] = (char *)"/var/crash/crumple";
    unit.settings[UNIT_EXEC] = (char *)"/usr/bin/redis-server /usr/lib /lib /opt/crumple";
    unit.settings[UNIT_SYSTEM_CALLS] = (char *)"@system-service;~ @privileged @resources;mincore";
    unit_judge(&unit, &needs, &verdicts);
    ck_assert_int_eq(verdicts_worst(&verdicts), VERDICT_OK);
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(crumple_run_needs_two_settings_and_a_unit_a_preload)
{
    struct unit unit = {.path = (char *)"x", .name = "a.service"};
    struct unit_needs bare = needs;
    struct verdicts verdicts = {0};
    bare.preload = NULL;
    unit_judge(&unit, &bare, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "does not preload");
    verdicts_clear(&verdicts);
    unit.settings[UNIT_EXEC_START] = (char *)"/opt/crumple/crumple-run -- /usr/bin/a";
    unit.settings[UNIT_TYPE] = (char *)"notify";
    unit_judge(&unit, &bare, &verdicts);
    ck_assert(!has_verdict(&verdicts, VERDICT_WARN, "does not preload"));
    ck_assert(has_advice(&verdicts, "NotifyAccess=all") && has_advice(&verdicts, "KillMode=mixed"));
    verdicts_clear(&verdicts);
    unit.settings[UNIT_KILL_MODE] = (char *)"mixed";
    unit.settings[UNIT_NOTIFY_ACCESS] = (char *)"all";
    unit_judge(&unit, &bare, &verdicts);
    ck_assert_int_eq(verdicts_worst(&verdicts), VERDICT_OK);
    verdicts_clear(&verdicts);
    unit.settings[UNIT_RESTART] = (char *)"on-abnormal";
    unit_judge(&unit, &bare, &verdicts);
    ck_assert(has_advice(&verdicts, "--exit-by-signal"));
    verdicts_clear(&verdicts);
    unit.settings[UNIT_RESTART] = (char *)"on-failure";
    unit_judge(&unit, &bare, &verdicts);
    ck_assert_int_eq(verdicts_worst(&verdicts), VERDICT_OK);
    verdicts_clear(&verdicts);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, each_setting_has_its_verdict, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, an_exception_is_nearer_than_the_rule);
    tcase_add_test(tests, a_filter_of_system_calls_is_read_line_by_line);
    tcase_add_test(tests, the_drop_in_of_the_documentation_suffices);
    tcase_add_test(tests, crumple_run_needs_two_settings_and_a_unit_a_preload);
}
