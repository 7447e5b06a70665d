/* SPDX-License-Identifier: MIT */
/* Unit tests of the CRUMPLE_ variables, and of what is kept of the environment. */
#include <signal.h>
#include <string.h>

#include "crumple_options.h"
#include "start/config.h"
#include "unit.h"
#include "base/sys.h"

const struct crumple_config *crumple_config;

/* One variable, its value, and whether the default must stand. */
static const struct {
    const char *variable;
    bool accepted;
} settings[] = {
    {"CRUMPLE_TIMEOUT=3s", true},
    {"CRUMPLE_TIMEOUT=500ms", true},
    {"CRUMPLE_TIMEOUT=5", false},
    {"CRUMPLE_TIMEOUT=0s", false},
    {"CRUMPLE_TIMEOUT=-1s", false},
    {"CRUMPLE_TIMEOUT=99999999999999999999s", false},
    {"CRUMPLE_TIMEOUT=1h", false},
    {"CRUMPLE_STACK_BYTES=4K", true},
    {"CRUMPLE_STACK_BYTES=1", false},
    {"CRUMPLE_STACK_BYTES=x", false},
    {"CRUMPLE_STDERR=json", true},
    {"CRUMPLE_STDERR=jso", false},
    {"CRUMPLE_STDERR=js on", false},
    {"CRUMPLE_WAIT=core", true},
    {"CRUMPLE_DIR=relative", false},
    {"CRUMPLE_DIR=/abs", true},
    {"CRUMPLE=2", false},
    {"CRUMPLE_WRITER=", true},
    {"CRUMPLE_SIGNALS=off", true},
    {"CRUMPLE_SIGNALS=pipe", true},
    {"CRUMPLE_SIGNALS=term,usr1,quit", true},
    {"CRUMPLE_SIGNALS=pipe,", true},
    {"CRUMPLE_SIGNALS=segv", false},
    {"CRUMPLE_SIGNALS=kill", false},
    {"CRUMPLE_SIGNALS=SIGTERM", false},
    {"CRUMPLE_SIGNALS=pipe,,term", false},
    {"CRUMPLE_SIGNALS=pipe term", false},
    {"CRUMPLE_SIGNALS=pip", false},
    {"CRUMPLE_SIGNALS=thread,term", false},
};

START_TEST(settings_are_checked)
{
    static struct crumple_config got, by_default;
    char *none[] = {NULL};
    char *one[] = {(char *)settings[_i].variable, NULL};
    config_parse(&by_default, none);
    config_parse(&got, one);
    if (!settings[_i].accepted || !strchr(settings[_i].variable, '=')[1])
        ck_assert_mem_eq(&got, &by_default, sizeof got);
    else
        ck_assert_mem_ne(&got, &by_default, sizeof got);
}
END_TEST

START_TEST(settings_have_their_values)
{
    static struct crumple_config c;
    char *env[] = {"CRUMPLE_TIMEOUT=2m",  "CRUMPLE_STACK_BYTES=128K",  "CRUMPLE_STDERR=off",
                   "CRUMPLE_ONLY=nginx*", "CRUMPLE_SIGNALS=term,pipe", NULL};
    config_parse(&c, env);
    ck_assert_uint_eq(c.timeout_ns, UINT64_C(120000000000));
    ck_assert_uint_eq(c.stack_bytes, 131072);
    ck_assert_int_eq(c.stderr_mode, CRUMPLE_STDERR_OFF);
    ck_assert_int_eq(c.wait_mode, CRUMPLE_WAIT_BUNDLE);
    ck_assert_str_eq(c.only, "nginx*");
    ck_assert_uint_eq(c.signals, SAFE_SIGBIT(SIGTERM) | SAFE_SIGBIT(SIGPIPE));
    ck_assert(!c.signals_in_threads);
    ck_assert(c.enabled);
}
END_TEST

START_TEST(secrets_of_the_environment_are_redacted)
{
    static struct crumple_config c;
    char *env[] = {
        "PATH=/bin", "DB_PASSWORD=hunter2", "AWS_SECRET=abc", "CRUMPLE_DIR=/x", "LC_ALL=C", "EMPTY", NULL};
    static const char want[] =
        "PATH=/bin\0DB_PASSWORD=[redacted]\0AWS_SECRET=[redacted]\0CRUMPLE_DIR=/x\0LC_ALL=C\0EMPTY";
    config_redact_environ(&c, env);
    ck_assert_uint_eq(c.environ_bytes, sizeof want);
    ck_assert_mem_eq(c.environ_text, want, sizeof want);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, settings_are_checked, 0, sizeof settings / sizeof *settings);
    tcase_add_test(tests, settings_have_their_values);
    tcase_add_test(tests, secrets_of_the_environment_are_redacted);
}
