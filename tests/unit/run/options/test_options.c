/* SPDX-License-Identifier: MIT */
/* Options and variables of crumple-run: one table, both ways; what is wrong is refused or ignored. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/options.h"
#include "options/values.h"
#include "unit.h"

static struct run_settings settings;

/* The words of the line, and the result of parsing them. */
static int parse(const char *line)
{
    static char text[512], *argv[32];
    int argc = 0;
    extern int optind;
    optind = 0; /* GNU: start anew */
    snprintf(text, sizeof text, "crumple-run %s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return run_options_parse(argc, argv, &settings);
}

START_TEST(options_and_their_letters)
{
    ck_assert_int_eq(parse("-g -e 7 -e 143 -p TERM --keep-output --stop-dump=20s -- server -x --dir"), 0);
    ck_assert(settings.group && settings.keep_output == RUN_ON && !settings.subreaper);
    ck_assert(run_options_remaps(&settings, 7) && run_options_remaps(&settings, 143));
    ck_assert(!run_options_remaps(&settings, 8));
    ck_assert_int_eq(settings.parent_death, SIGTERM);
    ck_assert_int_eq(settings.stop_dump_us, 20000000);
    ck_assert_int_eq(settings.on_bundle_timeout_us, 20000000);
    ck_assert_str_eq(settings.command[0], "server");
    ck_assert_str_eq(settings.command[2], "--dir");
    ck_assert_ptr_null(settings.command[3]);
}
END_TEST

START_TEST(the_command_begins_at_the_first_word_that_is_no_option)
{
    ck_assert_int_eq(parse("-s server -g"), 0);
    ck_assert(settings.subreaper && !settings.group);
    ck_assert_str_eq(settings.command[0], "server");
}
END_TEST

START_TEST(variables_are_options_and_an_option_comes_first)
{
    setenv("CRUMPLE_RUN_KEEP_OUTPUT", "1", 1);
    setenv("CRUMPLE_RUN_ON_BUNDLE", "/from/variable", 1);
    setenv("CRUMPLE_RUN_REMAP_EXIT", "7,143", 1);
    ck_assert_int_eq(parse("--on-bundle=/from/option server"), 0);
    ck_assert(settings.keep_output == RUN_ON);
    ck_assert(run_options_remaps(&settings, 143) && run_options_remaps(&settings, 7));
    ck_assert_str_eq(settings.on_bundle, "/from/option");
}
END_TEST

START_TEST(what_is_not_said_is_neither)
{
    ck_assert_int_eq(parse("server"), 0);
    ck_assert_int_eq(settings.keep_output, RUN_UNSET);
    ck_assert_int_eq(settings.go_traceback, RUN_GO_AUTO);
    setenv("CRUMPLE_RUN_KEEP_OUTPUT", "0", 1);
    setenv("CRUMPLE_RUN_GO_TRACEBACK", "keep", 1);
    ck_assert_int_eq(parse("server"), 0);
    ck_assert_int_eq(settings.keep_output, RUN_OFF);
    ck_assert_int_eq(settings.go_traceback, RUN_GO_KEEP);
    ck_assert_int_eq(parse("--go-traceback all --keep-output server"), 0);
    ck_assert_int_eq(settings.keep_output, RUN_ON);
    ck_assert_int_eq(settings.go_traceback, RUN_GO_ALL);
    setenv("CRUMPLE_RUN_GO_TRACEBACK", "single", 1);
    setenv("CRUMPLE_RUN_KEEP_OUTPUT", "yes", 1);
    ck_assert_int_eq(parse("server"), 0);
    ck_assert_int_eq(settings.keep_output, RUN_UNSET);
    ck_assert_int_eq(settings.go_traceback, RUN_GO_AUTO);
    ck_assert_int_eq(parse("--go-traceback=single server"), -EINVAL);
}
END_TEST

START_TEST(a_wrong_variable_is_ignored_and_a_wrong_option_refused)
{
    setenv("CRUMPLE_RUN_GROUP", "yes", 1);
    setenv("CRUMPLE_RUN_STOP_DUMP", "soon", 1);
    ck_assert_int_eq(parse("server"), 0);
    ck_assert(!settings.group);
    ck_assert_int_eq(settings.stop_dump_us, 0);
    ck_assert_int_eq(parse("--stop-dump=soon server"), -EINVAL);
    ck_assert_int_eq(parse("-e 256 server"), -EINVAL);
    ck_assert_int_eq(parse("-p NONE server"), -EINVAL);
    ck_assert_int_eq(parse("--no-such-option server"), -EINVAL);
    ck_assert_int_eq(parse("-g"), -EINVAL);
}
END_TEST

START_TEST(a_restart_has_defaults_and_its_own_backoff)
{
    unsetenv("CRUMPLE_BACKOFF");
    ck_assert_int_eq(parse("server"), 0);
    ck_assert(settings.restart == RUN_RESTART_NO && !settings.no_hold && !settings.stop_signal &&
              !settings.health);
    ck_assert_int_eq(settings.backoff_first_us, 100000);
    ck_assert_int_eq(settings.backoff_most_us, 30000000);
    ck_assert_uint_eq(settings.restart_limit.count, 5);
    ck_assert_int_eq(settings.restart_limit.period_us, 60000000);
    ck_assert_int_eq(settings.hold_max_us, 2000000);
    ck_assert_int_eq(
        parse("--restart on-crash --backoff 1s..1m --restart-limit=100/1h --stop-signal QUIT server"), 0);
    ck_assert(settings.restart == RUN_RESTART_ON_CRASH && settings.stop_signal == SIGQUIT);
    ck_assert_int_eq(settings.backoff_most_us, 60000000);
    ck_assert_uint_eq(settings.restart_limit.count, 100);
    ck_assert_ptr_null(getenv("CRUMPLE_BACKOFF"));
    ck_assert_int_eq(parse("--thread-backoff=1s..2s,3/60s server"), 0);
    ck_assert_str_eq(getenv("CRUMPLE_BACKOFF"), "1s..2s,3/60s");
    static const char *const wrong[] = {"--restart=yes",       "--backoff=1s",      "--backoff=2s..1s",
                                        "--backoff=0s..1s",    "--restart-limit=5", "--restart-limit=5/0s",
                                        "--restart-limit=/1s", "--hold-max=2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[128];
        snprintf(line, sizeof line, "%s server", wrong[i]);
        ck_assert_int_eq(parse(line), -EINVAL);
    }
}
END_TEST

START_TEST(options_of_the_preload_become_its_variables)
{
    unsetenv("CRUMPLE_STACK_BYTES");
    ck_assert_int_eq(parse("--stack-bytes=1M --recover=worker=contain server"), 0);
    ck_assert_str_eq(getenv("CRUMPLE_STACK_BYTES"), "1M");
    ck_assert_str_eq(getenv("CRUMPLE_RECOVER"), "worker=contain");
}
END_TEST

START_TEST(values)
{
    int64_t us;
    int signo;
    ck_assert(value_time("500ms", &us) && us == 500000);
    ck_assert(value_time("2m", &us) && us == 120000000);
    ck_assert(!value_time("5", &us) && !value_time("-5s", &us) && !value_time("5d", &us) &&
              !value_time("", &us));
    ck_assert(!value_time("99999999999999999999s", &us) && !value_time("25h", &us));
    ck_assert(value_signal("SIGTERM", &signo) && signo == SIGTERM);
    ck_assert(value_signal("RTMIN+3", &signo) && signo == SIGRTMIN + 3);
    ck_assert(value_signal("15", &signo) && signo == 15);
    ck_assert(!value_signal("0", &signo) && !value_signal("65", &signo) && !value_signal("RTMIN+99", &signo));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, options_and_their_letters);
    tcase_add_test(tests, the_command_begins_at_the_first_word_that_is_no_option);
    tcase_add_test(tests, variables_are_options_and_an_option_comes_first);
    tcase_add_test(tests, what_is_not_said_is_neither);
    tcase_add_test(tests, a_wrong_variable_is_ignored_and_a_wrong_option_refused);
    tcase_add_test(tests, a_restart_has_defaults_and_its_own_backoff);
    tcase_add_test(tests, options_of_the_preload_become_its_variables);
    tcase_add_test(tests, values);
}
