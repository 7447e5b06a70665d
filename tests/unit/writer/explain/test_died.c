/* SPDX-License-Identifier: MIT */
/* Titles, groups and sentences of ends that crumple-run saw. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crash/crash.h"
#include "explain/died.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)

static struct crash crash;

static void describe(struct notes_end end, const char *output)
{
    memset(&crash, 0, sizeof crash);
    crash.notes.event = "died";
    crash.notes.exe = "/usr/sbin/server";
    crash.notes.end = end;
    if (!crash.notes.end.how)
        crash.notes.end.how = "";
    if (output)
        crash.notes.stderr_text = (struct core_span){(const uint8_t *)output, strlen(output)};
    ck_assert_int_eq(died_describe(&crash), 0);
}

static void expect(const char *title, const char *signature, const char *description)
{
    ck_assert_str_eq(crash.title, title);
    ck_assert_str_eq(crash.signature, signature);
    ck_assert_str_eq(crash_description(&crash), description);
}

START_TEST(out_of_memory)
{
    describe(
        (struct notes_end){
            .how = "oom", .signal = 9, .memory_limit = 256 * MIB, .memory_used = 255 * MIB, .oom_kills = 1},
        NULL);
    expect("server ran out of memory: killed by the OOM killer at its limit of 256 MiB",
           "died | oom | server",
           "the process was killed by SIGKILL, and the kernel counts a kill for want of memory");
    ck_assert_str_eq(crash.signal.name, "SIGKILL");
    describe((struct notes_end){.how = "oom", .status = 137, .uptime_ms = 60000, .oom_kills = 1}, NULL);
    expect(
        "server ran out of memory: killed by the OOM killer", "died | oom | server",
        "the process ended with status 137: a process that it had started was killed by the OOM killer; it had run for 1 min");
    ck_assert_str_eq(crash.signal.name, "");
}
END_TEST

START_TEST(killed)
{
    describe((struct notes_end){.how = "killed", .signal = 9}, NULL);
    expect("server was killed by SIGKILL; the sender is not known", "died | killed | server",
           "the process was ended by SIGKILL, and the kernel does not tell who sent it");
    describe((struct notes_end){.how = "killed", .signal = 9, .sent_signal = 15, .sent_ms = 12000}, NULL);
    expect("server was killed by SIGKILL 12 s after SIGTERM", "died | killed after a request to end | server",
           "the process was ended by SIGKILL 12 s after SIGTERM");
}
END_TEST

START_TEST(signals)
{
    describe(
        (struct notes_end){.how = "signal", .signal = 11, .reach = "a static program: only its end is seen"},
        NULL);
    expect("server died of SIGSEGV", "died | SIGSEGV | server",
           "the process was ended by SIGSEGV; a static program: only its end is seen");
    describe((struct notes_end){.how = "signal", .signal = 40}, NULL);
    expect("server died of signal 40", "died | signal 40 | server", "the process was ended by signal 40");
}
END_TEST

START_TEST(statuses)
{
    describe((struct notes_end){.how = "status", .status = 7}, NULL);
    expect("server ended with status 7", "died | status 7 | server",
           "the process ended itself with status 7");
    ck_assert_ptr_null(crash.reason);
    describe((struct notes_end){.how = "status", .status = 1, .oom_kills = 2},
             "ready\nFATAL: cannot bind port 80\n");
    expect("server ended with status 1: \"FATAL: cannot bind port 80\"",
           "died | status 1 | server | FATAL: cannot bind port #",
           "the process ended itself with status 1; meanwhile the OOM killer killed 2 of its memory cgroup");
    ck_assert_str_eq(crash.reason, "FATAL: cannot bind port 80");
    describe(
        (struct notes_end){.how = "status", .status = 1, .memory_limit = 100 * MIB, .memory_used = 90 * MIB},
        NULL);
    expect("server ended with status 1", "died | status 1 | server",
           "the process ended itself with status 1; memory was at 90 MiB of 100 MiB");
}
END_TEST

START_TEST(stdout_speaks_where_stderr_is_silent)
{
    static const char text[] = "bye\n";
    memset(&crash, 0, sizeof crash);
    crash.notes = (struct notes){.event = "died", .exe = "s", .end = {.how = "status", .status = 2}};
    crash.notes.stdout_text = (struct core_span){(const uint8_t *)text, sizeof text - 1};
    crash.notes.stderr_text = (struct core_span){(const uint8_t *)"\n", 1};
    ck_assert_int_eq(died_describe(&crash), 0);
    ck_assert_str_eq(crash.title, "s ended with status 2: \"bye\"");
}
END_TEST

/* Nakama's own: zap writes JSON to stdout, and stderr may hold something older. */
START_TEST(a_fatal_line_of_a_logger)
{
    static const char
        first[] =
            "{\"level\":\"fatal\",\"ts\":\"2026-11-29T10:00:00.123Z\",\"caller\":\"server/db.go:73\",\"msg\":\"Error pinging "
            "database\",\"error\":\"dial tcp 10.0.0.7:5432: connect: connection refused\"}\n",
        second[] =
            "{\"level\":\"fatal\",\"ts\":\"2026-12-01T11:11:11.999Z\",\"caller\":\"server/db.go:73\",\"msg\":"
            "\"Error pinging database\",\"error\":\"dial tcp 10.0.0.9:5433: connect: connection refused\"}\n",
        info[] = "{\"level\":\"info\",\"msg\":\"Shutdown complete\",\"node\":\"a\"}\n",
        build[] = "go\tgo1.19.8\n";
    char signature[SIGNATURE_MAX];
    describe((struct notes_end){.how = "status", .status = 1}, first);
    ck_assert_str_eq(crash.title,
                     "server ended with status 1: \"Error pinging database: dial tcp 10.0.0.7:5432: connect: "
                     "connection refused\"");
    ck_assert_str_eq(crash.reason,
                     "Error pinging database: dial tcp 10.0.0.7:5432: connect: connection refused");
    memcpy(signature, crash.signature, sizeof signature);
    ck_assert_ptr_null(strstr(signature, "2026"));
    memset(&crash, 0, sizeof crash);
    crash.notes =
        (struct notes){.event = "died", .exe = "/usr/sbin/server", .end = {.how = "status", .status = 1}};
    crash.notes.stdout_text = (struct core_span){(const uint8_t *)second, sizeof second - 1};
    crash.notes.stderr_text = (struct core_span){(const uint8_t *)"warning: old\n", 13};
    crash.notes.go_build = (struct core_span){(const uint8_t *)build, sizeof build - 1};
    ck_assert_int_eq(died_describe(&crash), 0);
    ck_assert_str_eq(crash.signature, signature);
    ck_assert_ptr_nonnull(strstr(crash.died.description, "who called os.Exit or log.Fatal is not seen"));
    crash.notes.stdout_text = (struct core_span){(const uint8_t *)info, sizeof info - 1};
    ck_assert_int_eq(died_describe(&crash), 0);
    ck_assert_str_eq(crash.title, "server ended with status 1: \"warning: old\"");
    crash.notes.stderr_text.size = 0;
    ck_assert_int_eq(died_describe(&crash), 0);
    ck_assert_str_eq(crash.title, "server ended with status 1");
}
END_TEST

START_TEST(a_logger_hides_no_secret)
{
    describe((struct notes_end){.how = "status", .status = 1},
             "{\"level\":\"fatal\",\"msg\":\"cannot connect to postgres://nakama:hunter2@db/x\"}\n");
    ck_assert_ptr_null(strstr(crash.title, "hunter2"));
}
END_TEST

START_TEST(starts_that_failed)
{
    describe((struct notes_end){.how = "exec", .error = ENOENT}, NULL);
    expect("server cannot be started: No such file or directory",
           "died | exec No such file or directory | server",
           "exec of '/usr/sbin/server' failed: No such file or directory");
    describe((struct notes_end){.how = "exec", .error = ENOENT, .exe_found = 1}, NULL);
    expect("server cannot be started: the interpreter that it names is not there",
           "died | exec the interpreter that it names is not there | server",
           "exec of '/usr/sbin/server' failed: the interpreter that it names is not there");
    describe((struct notes_end){.how = "exec", .error = 9999}, NULL);
    ck_assert_str_eq(crash.title, "server cannot be started: unknown error");
}
END_TEST

START_TEST(together)
{
    describe(
        (struct notes_end){
            .how = "together", .memory_limit = 256 * MIB, .memory_used = 255 * MIB, .uptime_ms = 5000},
        NULL);
    expect(
        "server ended together with crumple-run; memory was at 255 MiB of 256 MiB",
        "died | together | server",
        "its record of life was left open: both were killed, and what was last seen of it is below; it had run for 5 s");
    describe((struct notes_end){.how = "together", .memory_limit = 256 * MIB, .memory_used = 25 * MIB}, NULL);
    ck_assert_str_eq(crash.title, "server ended together with crumple-run");
}
END_TEST

START_TEST(a_core_that_was_made_to_deceive)
{
    static char longest[100000];
    memset(longest, 'x', sizeof longest - 1);
    describe((struct notes_end){.how = longest,
                                .status = UINT64_MAX,
                                .signal = UINT64_MAX,
                                .sent_signal = UINT64_MAX,
                                .sent_ms = UINT64_MAX,
                                .error = UINT64_MAX,
                                .uptime_ms = UINT64_MAX,
                                .oom_kills = UINT64_MAX,
                                .memory_used = UINT64_MAX,
                                .memory_limit = UINT64_MAX,
                                .reach = longest},
             longest);
    ck_assert_str_eq(crash.signal.name, "signal 18446744");
    static const char *const kinds[] = {"oom", "killed", "signal", "status", "exec", "together"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct notes_end end = crash.notes.end;
        end.how = kinds[i];
        describe(end, longest);
        crash.notes.exe = longest;
        ck_assert_int_eq(died_describe(&crash), 0);
        crash.notes.exe = "";
        ck_assert_int_eq(died_describe(&crash), 0);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, out_of_memory);
    tcase_add_test(tests, killed);
    tcase_add_test(tests, signals);
    tcase_add_test(tests, statuses);
    tcase_add_test(tests, stdout_speaks_where_stderr_is_silent);
    tcase_add_test(tests, a_fatal_line_of_a_logger);
    tcase_add_test(tests, a_logger_hides_no_secret);
    tcase_add_test(tests, starts_that_failed);
    tcase_add_test(tests, together);
    tcase_add_test(tests, a_core_that_was_made_to_deceive);
}
