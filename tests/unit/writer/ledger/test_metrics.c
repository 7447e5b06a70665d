/* SPDX-License-Identifier: MIT */
/* Unit tests of what crashes.ndjson adds up to: counters, states, compaction. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "ledger/compact.h"
#include "crumple_format.h"
#include "ledger/event_line.h"
#include "base/json.h"
#include "ledger/log.h"
#include "ledger/metrics.h"
#include "ledger/tally.h"
#include "ledger/upkeep.h"
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
    expect_sample("{\"event\":\"totals\",\"of\":\"parked\",\"exe\":\"/x\",\"count\":2,"
                  "\"last\":\"2026-11-20T18:56:08Z\"}\n",
                  "crumple_last_event_timestamp_seconds{event=\"parked\",exe=\"/x\",uid=\"0\"} 1795200968");
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
    date_format(((int64_t)time(NULL) + seconds) * 1000000, now, sizeof now);
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
    add_line(&text, getpid(), 5, "\"event\":\"contained\",\"sockets\":2");
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

/* A log of many kinds of lines, some of whose bundles are there, some of processes that run. */
static void make_log(struct buffer *text, int lines)
{
    static const char *const kinds[] = {"crash",   "contained",    "restart",   "parked", "unparked",
                                        "breaker", "peer_refused", "escalated", "pruned"};
    static const char *const states[] = {"closed", "half-open", "open"};
    for (int i = 0; i < lines; i++) {
        long random_ = random();
        const char *kind = kinds[random_ % 9];
        bool is_alive = random_ % 5 == 0 && strcmp(kind, "crash") != 0 && strcmp(kind, "escalated") != 0;
        char rest[600];
        int size =
            snprintf(rest, sizeof rest,
                     "\"event\":\"%s\",\"signature\":\"S%ld\",\"signal\":\"SIG%ld\",\"routine\":\"r%ld\","
                     "\"peer\":\"10.0.0.%ld\",\"reason\":\"why %ld\",\"scope\":\"%s\",\"name\":\"n%ld\","
                     "\"to\":\"%s\",\"sockets\":%ld,\"count\":%ld",
                     kind, random() % 30, random() % 3, random() % 140, random() % 60, random() % 9,
                     random() % 2 ? "peer" : "routine", random() % 12, states[random() % 3], random() % 3,
                     random() % 4 + 1);
        if (random() % 3 == 0)
            size += snprintf(rest + size, sizeof rest - (size_t)size, ",\"path\":\"b%ld.tar.zst\"",
                             random() % 20);
        else if (random() % 2)
            size += snprintf(rest + size, sizeof rest - (size_t)size, ",\"suppressed\":true");
        if (random() % 40 == 0)
            buffer_add_text(text, "{\"event\":\"torn\n");
        add_line(text, is_alive ? getpid() : 999999999, 5, rest);
    }
}

/* Breakers of peers that are closed are not worth a line: without them. */
static char *comparable(const char *text)
{
    char *metrics = metrics_of(text), *out = calloc(1, strlen(metrics) + 2), *rest = metrics;
    for (char *line; (line = strsep(&rest, "\n"));) {
        size_t size = strlen(line);
        bool is_closed_peer = strncmp(line, "crumple_breaker_state", 21) == 0 && strstr(line, "peer") &&
                              strcmp(line + size - 2, " 0") == 0;
        if (line[0] == '#' || is_closed_peer)
            continue;
        strcat(strcat(out, line), "\n");
    }
    free(metrics);
    return out;
}

/* libcheck cannot show two texts of this size. */
static void expect_same_lines(const char *got, const char *want)
{
    size_t at = 0, line = 0;
    for (; got[at] && got[at] == want[at]; at++)
        line = got[at] == '\n' ? at + 1 : line;
    ck_assert_msg(got[at] == want[at], "got '%.300s', want '%.300s'", got + line, want + line);
}

START_TEST(compaction_counts_the_same)
{
    struct buffer text = {0};
    srandom((unsigned)_i + 1);
    for (int i = 0; i < 5; i++) {
        char name[40];
        snprintf(name, sizeof name, "b%d.tar.zst", i);
        close(openat(directory, name, O_CREAT | O_WRONLY, 0600));
    }
    /* again and again, with new lines in between, as it goes in a long life */
    for (int round = 0; round < 4; round++) {
        struct buffer out = {0};
        make_log(&text, 300);
        size_t size = text.size, keep = (size_t)random() % (size / 2);
        ck_assert_int_eq(compact_text(directory, text.data, size, keep, &out), 0);
        buffer_add_char(&text, '\0');
        buffer_add_char(&out, '\0');
        char *before = comparable(text.data), *after = comparable(out.data);
        expect_same_lines(after, before);
        free(before);
        free(after);
        out.size--;
        buffer_release(&text);
        text = out;
    }
    buffer_release(&text);
}
END_TEST

START_TEST(lines_of_bundles_that_are_there_stay)
{
    static const char text[] = "{\"event\":\"crash\",\"exe\":\"/x\",\"path\":\"here.tar.zst\"}\n"
                               "{\"event\":\"crash\",\"exe\":\"/x\",\"path\":\"gone.tar.zst\"}\n"
                               "{\"event\":\"crash\",\"exe\":\"/x\",\"path\":\"../here.tar.zst\"}\n";
    struct buffer out = {0};
    close(openat(directory, "here.tar.zst", O_CREAT | O_WRONLY, 0600));
    ck_assert_int_eq(compact_text(directory, text, sizeof text - 1, 0, &out), 0);
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data,
                     "{\"event\":\"totals\",\"of\":\"crash\",\"exe\":\"/x\",\"count\":2,\"bundles\":2,"
                     "\"first\":null,\"last\":null}\n"
                     "{\"event\":\"crash\",\"exe\":\"/x\",\"path\":\"here.tar.zst\"}\n");
    buffer_release(&out);
}
END_TEST

#define WRITERS 3
#define ROUNDS  60
#define BATCH   100

/* Appends lines in batches; each line counts one. */
static void append_many(int writer)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct buffer lines = {0};
        for (int i = 0; i < BATCH; i++)
            buffer_format(
                &lines,
                "{\"event\":\"contained\",\"signature\":\"a signature long enough to fill a file\","
                "\"title\":\"and a title that is as long as titles are in life: %0200d\",\"exe\":\"/x\","
                "\"pid\":%d,\"routine\":\"r%d\",\"suppressed\":true}\n",
                round, writer + 1000000000, writer);
        if (log_append(directory, &lines) < 0)
            _exit(1);
        buffer_release(&lines);
    }
    _exit(0);
}

static uint64_t total_of(int writer)
{
    char name[120], text[8192];
    snprintf(name, sizeof name, "%s/" CRUMPLE_METRICS_NAME, folder);
    FILE *file = fopen(name, "re");
    uint64_t value = 0;
    snprintf(name, sizeof name, "routine=\"r%d\"", writer);
    while (file && fgets(text, sizeof text, file))
        if (strncmp(text, "crumple_contained_total", 23) == 0 && strstr(text, name))
            value = strtoull(strrchr(text, ' '), NULL, 10);
    if (file)
        fclose(file);
    return value;
}

START_TEST(nothing_is_lost_while_the_log_is_compacted)
{
    uint64_t seen[WRITERS] = {0};
    struct stat status;
    pid_t pids[WRITERS];
    int running = WRITERS, ended;
    for (int i = 0; i < WRITERS; i++)
        if ((pids[i] = fork()) == 0)
            append_many(i);
    while (running > 0) {
        ck_assert_int_eq(upkeep_run(directory, 500), 0);
        for (int i = 0; i < WRITERS; i++) {
            uint64_t now = total_of(i);
            ck_assert_uint_ge(now, seen[i]);
            seen[i] = now;
        }
        while (waitpid(-1, &ended, WNOHANG) > 0) {
            ck_assert_int_eq(ended, 0);
            running--;
        }
    }
    ck_assert_int_eq(upkeep_run(directory, 500), 0);
    for (int i = 0; i < WRITERS; i++)
        ck_assert_uint_eq(total_of(i), ROUNDS * BATCH);
    ck_assert_int_eq(fstatat(directory, CRUMPLE_INDEX_NAME, &status, 0), 0);
    ck_assert_int_lt(status.st_size, CRUMPLE_INDEX_MOST + (1 << 20));
    ck_assert_int_gt((int64_t)WRITERS * ROUNDS * BATCH * 300,
                     CRUMPLE_INDEX_MOST); /* it had to be compacted */
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
    tcase_add_loop_test(tests, compaction_counts_the_same, 0, 20);
    tcase_add_test(tests, lines_of_bundles_that_are_there_stay);
    tcase_add_test(tests, nothing_is_lost_while_the_log_is_compacted);
    tcase_add_test(tests, the_metrics_are_for_others_to_read);
}
