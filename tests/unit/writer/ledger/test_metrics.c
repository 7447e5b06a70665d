/* SPDX-License-Identifier: MIT */
/* Unit tests of what crashes.ndjson adds up to: counters and states. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "date.h"
#include "crumple_format.h"
#include "ledger/event_line.h"
#include "base/json.h"
#include "ledger/metrics.h"
#include "ledger/tally.h"
#include "unit.h"

static char folder[] = "/tmp/crumple-metrics-XXXXXX";
static int directory;

static void setup(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    directory = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(directory, 0);
}

static void teardown(void)
{
    char command[100];
    close(directory);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* The metrics of lines, for uid 0; to be freed. */
static char *metrics_of(const char *text)
{
    struct tally tally;
    struct buffer out = {0};
    ck_assert_int_eq(tally_init(&tally), 0);
    ck_assert_int_eq(tally_add_text(&tally, text, strlen(text)), 0);
    metrics_render(&tally, 0, &out);
    ck_assert(!out.failed);
    buffer_add_char(&out, '\0');
    tally_release(&tally);
    return out.data;
}

static void expect_sample(const char *text, const char *sample)
{
    char *metrics = metrics_of(text), line[512];
    snprintf(line, sizeof line, "\n%s\n", sample);
    ck_assert_msg(strstr(metrics, line), "no '%s' in:\n%s", sample, metrics);
    free(metrics);
}

static void expect_none(const char *text, const char *name)
{
    char *metrics = metrics_of(text);
    ck_assert_msg(!strstr(metrics, name), "'%s' in:\n%s", name, metrics);
    free(metrics);
}

START_TEST(every_event_moves_its_counter)
{
    expect_sample("{\"event\":\"crash\",\"exe\":\"/x\",\"signal\":\"SIGSEGV\",\"path\":\"a\"}\n",
                  "crumple_crashes_total{exe=\"/x\",signal=\"SIGSEGV\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"crash\",\"exe\":\"/x\",\"path\":\"a\"}\n",
                  "crumple_bundles_written_total{exe=\"/x\",uid=\"0\"} 1");
    expect_sample(
        "{\"event\":\"crash\",\"exe\":\"/x\",\"action\":\"refused\",\"decision\":\"holds a lock\"}\n",
        "crumple_refused_total{exe=\"/x\",reason=\"holds a lock\",uid=\"0\"} 1");
    expect_sample(
        "{\"event\":\"contained\",\"exe\":\"/x\",\"signal\":\"SIGFPE\",\"routine\":\"r\",\"peer\":\"::1\","
        "\"count\":4}\n{\"event\":\"contained\",\"exe\":\"/x\",\"signal\":\"SIGFPE\",\"routine\":\"r\","
        "\"peer\":\"::1\"}\n",
        "crumple_contained_total{exe=\"/x\",signal=\"SIGFPE\",routine=\"r\",peer=\"::1\",uid=\"0\"} 5");
    expect_sample("{\"event\":\"contained\",\"exe\":\"/x\",\"suppressed\":true,\"count\":4}\n",
                  "crumple_bundles_suppressed_total{exe=\"/x\",uid=\"0\"} 4");
    expect_sample("{\"event\":\"contained\",\"exe\":\"/x\",\"sockets\":2}\n",
                  "crumple_leaked_sockets_total{exe=\"/x\",uid=\"0\"} 2");
    expect_sample("{\"event\":\"restart\",\"exe\":\"/x\",\"routine\":\"r\"}\n",
                  "crumple_restarts_total{exe=\"/x\",routine=\"r\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"restarted\",\"exe\":\"/x\",\"how\":\"oom\",\"backlog_full\":3}\n",
                  "crumple_server_restarts_total{exe=\"/x\",how=\"oom\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"restarted\",\"exe\":\"/x\",\"how\":\"oom\",\"backlog_full\":3}\n",
                  "crumple_backlog_full_total{exe=\"/x\",uid=\"0\"} 3");
    expect_sample("{\"event\":\"restart_limit\",\"exe\":\"/x\",\"how\":\"go\"}\n",
                  "crumple_restart_limit_total{exe=\"/x\",how=\"go\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"breaker\",\"exe\":\"/x\",\"scope\":\"peer\",\"to\":\"open\"}\n",
                  "crumple_breaker_transitions_total{exe=\"/x\",scope=\"peer\",to=\"open\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"peer_refused\",\"exe\":\"/x\",\"peer\":\"10.0.0.1\",\"count\":9}\n",
                  "crumple_peer_refused_total{exe=\"/x\",peer=\"10.0.0.1\",uid=\"0\"} 9");
    expect_sample("{\"event\":\"escalated\",\"exe\":\"/x\",\"reason\":\"stuck\"}\n",
                  "crumple_escalations_total{exe=\"/x\",reason=\"stuck\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"pruned\",\"path\":\"a\",\"reason\":\"count\"}\n",
                  "crumple_bundles_pruned_total{reason=\"count\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"crash\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:07.123456Z\"}\n",
                  "crumple_last_fault_timestamp_seconds{exe=\"/x\",uid=\"0\"} 1795200967");
    expect_sample("{\"event\":\"crash\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:07.123456Z\"}\n"
                  "{\"event\":\"crash\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:06Z\"}\n"
                  "{\"event\":\"exit\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:08Z\"}\n",
                  "crumple_last_event_timestamp_seconds{event=\"crash\",exe=\"/x\",uid=\"0\"} 1795200967");
    expect_none("{\"event\":\"crash\",\"exe\":\"/x\"}\n", "last_event_timestamp_seconds{");
    expect_sample("{\"event\":\"exit\",\"exe\":\"/x\",\"call\":\"_exit\",\"status\":3,\"path\":\"a\"}\n",
                  "crumple_exits_total{exe=\"/x\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"exit\",\"exe\":\"/x\",\"path\":\"a\"}\n",
                  "crumple_bundles_written_total{exe=\"/x\",uid=\"0\"} 1");
    expect_none("{\"event\":\"exit\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:07Z\"}\n", "last_fault");
    expect_none("{\"event\":\"pruned\",\"exe\":\"/x\",\"path\":\"a\"}\n", "bundles_written");
}
END_TEST

START_TEST(labels_are_escaped)
{
    expect_sample("{\"event\":\"crash\",\"exe\":\"/a\\\"b\\\\c\\nd\",\"signal\":null}\n",
                  "crumple_crashes_total{exe=\"/a\\\"b\\\\c?d\",signal=\"none\",uid=\"0\"} 1");
    expect_sample("{\"event\":\"crash\",\"exe\":\"/\xff\"}\n",
                  "crumple_crashes_total{exe=\"/?\",signal=\"none\",uid=\"0\"} 1");
}
END_TEST

START_TEST(torn_and_unfinished_lines_count_nothing)
{
    char *metrics =
        metrics_of("{\"event\":\"cra\n{\"event\":\"crash\",\"exe\":\"/x\",\"signal\":\"SIGBUS\"}\n"
                   "{\"event\":\"crash\",\"exe\":\"/x\",\"signal\":\"SIGBUS\"}");
    ck_assert_ptr_nonnull(
        strstr(metrics, "crumple_crashes_total{exe=\"/x\",signal=\"SIGBUS\",uid=\"0\"} 1\n"));
    free(metrics);
}
END_TEST

/* Lines of a storm from many peers: the first twenty keep their names. */
START_TEST(peers_are_limited_and_the_first_stay)
{
    struct buffer text = {0};
    for (int round = 0; round < 3; round++)
        for (int peer = 0; peer < 50; peer++)
            buffer_format(&text, "{\"event\":\"contained\",\"exe\":\"/x\",\"peer\":\"10.0.0.%d\"}\n", peer);
    buffer_add_char(&text, '\0');
    expect_sample(text.data,
                  "crumple_contained_total{exe=\"/x\",signal=\"none\",routine=\"none\",peer=\"10.0.0.19\","
                  "uid=\"0\"} 3");
    expect_sample(
        text.data,
        "crumple_contained_total{exe=\"/x\",signal=\"none\",routine=\"none\",peer=\"other\",uid=\"0\"} 90");
    expect_none(text.data, "10.0.0.20");
    buffer_release(&text);
}
END_TEST

/* A line of a process that runs (this one) or of one that does not, at a time in seconds from now. */
static void add_line(struct buffer *text, int64_t pid, int seconds, const char *rest)
{
    char now[40];
    date_format(((uint64_t)time(NULL) + (uint64_t)seconds) * 1000000, now);
    buffer_format(text, "{\"exe\":\"/x\",\"pid\":%d,\"time\":\"%s\",%s}\n", (int)pid, now, rest);
}

static void expect_state(struct buffer *text, const char *sample)
{
    buffer_add_char(text, '\0');
    expect_sample(text->data, sample);
    text->size--;
}

static void expect_no_state(struct buffer *text, const char *name)
{
    buffer_add_char(text, '\0');
    expect_none(text->data, name);
    text->size--;
}

START_TEST(gauges_tell_of_processes_that_run)
{
    struct buffer text = {0};
    add_line(&text, getpid(), 5, "\"event\":\"parked\",\"routine\":\"r\"");
    add_line(&text, getpid(), 5,
             "\"event\":\"breaker\",\"scope\":\"routine\",\"name\":\"r\",\"to\":\"open\"");
    add_line(&text, getpid(), 5, "\"event\":\"contained\",\"action\":\"contain\",\"sockets\":2");
    add_line(&text, getpid(), 5, "\"event\":\"contained\",\"action\":\"contain\",\"count\":3");
    add_line(&text, getpid(), 5, "\"event\":\"contained\",\"action\":\"restart\"");
    expect_state(&text, "crumple_wounded{exe=\"/x\",uid=\"0\"} 4");
    expect_state(&text, "crumple_parked{exe=\"/x\",routine=\"r\",uid=\"0\"} 1");
    expect_state(&text, "crumple_breaker_state{exe=\"/x\",scope=\"routine\",name=\"r\",uid=\"0\"} 2");
    expect_state(&text, "crumple_leaked_sockets{exe=\"/x\",uid=\"0\"} 2");
    add_line(&text, getpid(), 6, "\"event\":\"unparked\",\"routine\":\"r\"");
    add_line(&text, getpid(), 6,
             "\"event\":\"breaker\",\"scope\":\"routine\",\"name\":\"r\",\"to\":\"half-open\"");
    expect_state(&text, "crumple_parked{exe=\"/x\",routine=\"r\",uid=\"0\"} 0");
    expect_state(&text, "crumple_breaker_state{exe=\"/x\",scope=\"routine\",name=\"r\",uid=\"0\"} 1");
    add_line(&text, getpid(), 7, "\"event\":\"crash\"");
    expect_no_state(&text, "crumple_breaker_state");
    expect_no_state(&text, "crumple_leaked_sockets{");
    expect_no_state(&text, "crumple_wounded");
    expect_state(&text, "crumple_leaked_sockets_total{exe=\"/x\",uid=\"0\"} 2");
    buffer_release(&text);
}
END_TEST

START_TEST(gauges_tell_nothing_of_those_that_are_gone)
{
    struct buffer text = {0};
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    add_line(&text, child, 5, "\"event\":\"parked\",\"routine\":\"r\"");
    /* the number is taken again, by a process that began later */
    add_line(&text, getpid(), -86400 * 300, "\"event\":\"breaker\",\"scope\":\"peer\",\"to\":\"open\"");
    expect_no_state(&text, "crumple_parked");
    expect_no_state(&text, "crumple_breaker_state");
    buffer_release(&text);
}
END_TEST

START_TEST(totals_of_an_earlier_version_count_nothing)
{
    static const char totals[] =
        "{\"event\":\"totals\",\"of\":\"crash\",\"exe\":\"/x\",\"signal\":\"SIGBUS\",\"count\":7,"
        "\"first\":\"2026-11-20T18:56:07Z\",\"last\":\"2026-11-20T18:56:08Z\"}\n"
        "{\"event\":\"totals\",\"of\":\"parked\",\"state\":true,\"exe\":\"/x\",\"pid\":1,\"count\":2}\n";
    char *metrics = metrics_of(totals);
    ck_assert_str_eq(metrics, "");
    free(metrics);
}
END_TEST

static void write_file(const char *name, const struct buffer *text)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, text->data, text->size), (ssize_t)text->size);
    close(fd);
}

static void expect_written(const char *sample)
{
    char path[100], line[512], want[512];
    snprintf(path, sizeof path, "%s/" CRUMPLE_METRICS_NAME, folder);
    snprintf(want, sizeof want, "%s\n", sample);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        if (strcmp(line, want) == 0) {
            fclose(file);
            return;
        }
    ck_abort_msg("no '%s'", sample);
}

START_TEST(the_counters_begin_again_with_a_new_log_and_the_gauges_go_on)
{
    struct buffer older = {0}, current = {0};
    char sample[200];
    uint64_t size;
    add_line(&older, getpid(), 5, "\"event\":\"parked\",\"routine\":\"r\"");
    buffer_add_text(&older, "{\"event\":\"crash\",\"exe\":\"/x\",\"time\":\"2026-11-20T18:56:07Z\"}\n"
                            "{\"event\":\"restart\",\"exe\":\"/x\",\"routine\":\"r\"}\n{\"event\":\"cra");
    buffer_add_text(&current, "{\"event\":\"restart\",\"exe\":\"/x\",\"routine\":\"r\"}\n");
    write_file(CRUMPLE_INDEX_OLDER, &older);
    write_file(CRUMPLE_INDEX_NAME, &current);
    ck_assert_int_eq(metrics_write(directory, &size), 0);
    ck_assert_uint_eq(size, current.size);
    snprintf(sample, sizeof sample, "crumple_restarts_total{exe=\"/x\",routine=\"r\",uid=\"%u\"} 1",
             getuid());
    expect_written(sample);
    snprintf(sample, sizeof sample, "crumple_crashes_total{exe=\"/x\",signal=\"none\",uid=\"%u\"} 0",
             getuid());
    expect_written(sample);
    snprintf(sample, sizeof sample, "crumple_parked{exe=\"/x\",routine=\"r\",uid=\"%u\"} 1", getuid());
    expect_written(sample);
    snprintf(sample, sizeof sample,
             "crumple_last_event_timestamp_seconds{event=\"crash\",exe=\"/x\",uid=\"%u\"} 1795200967",
             getuid());
    expect_written(sample);
    buffer_release(&older);
    buffer_release(&current);
}
END_TEST

START_TEST(the_metrics_are_for_others_to_read)
{
    struct stat status;
    mode_t old = umask(077);
    uint64_t size;
    ck_assert_int_eq(metrics_write(directory, &size), 0);
    umask(old);
    ck_assert_int_eq(fstatat(directory, CRUMPLE_METRICS_NAME, &status, 0), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0644);
    ck_assert_int_lt(faccessat(directory, "." CRUMPLE_METRICS_NAME CRUMPLE_TEMP_SUFFIX, F_OK, 0), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_event_moves_its_counter);
    tcase_add_test(tests, labels_are_escaped);
    tcase_add_test(tests, torn_and_unfinished_lines_count_nothing);
    tcase_add_test(tests, peers_are_limited_and_the_first_stay);
    tcase_add_test(tests, gauges_tell_of_processes_that_run);
    tcase_add_test(tests, gauges_tell_nothing_of_those_that_are_gone);
    tcase_add_test(tests, totals_of_an_earlier_version_count_nothing);
    tcase_add_test(tests, the_counters_begin_again_with_a_new_log_and_the_gauges_go_on);
    tcase_add_test(tests, the_metrics_are_for_others_to_read);
}
