/* SPDX-License-Identifier: MIT */
/* Unit tests of the lines that the keeper appends to crashes.ndjson. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/config.h"
#include "out/events.h"
#include "ndjson.h"
#include "base/text.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

const struct crumple_config *crumple_config;

static char folder[] = "/tmp/crumple-events-XXXXXX";
static int dirfd_;
static char text[1 << 20];

static void setup(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    dirfd_ = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(dirfd_, 0);
}

static void teardown(void)
{
    unlinkat(dirfd_, "crashes.ndjson", 0);
    unlinkat(dirfd_, "elsewhere", 0);
    close(dirfd_);
    rmdir(folder);
}

static const char *log_text(void)
{
    int fd = openat(dirfd_, "crashes.ndjson", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    ck_assert_int_ge(n, 0);
    text[n] = '\0';
    close(fd);
    return text;
}

static void write_log(const char *content)
{
    int fd = openat(dirfd_, "crashes.ndjson", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

/* One of each kind, and its line. */
static const struct {
    struct safe_event event;
    const char *line;
} samples[] = {
    {{.kind = SAFE_EVENT_CONTAINED,
      .signo = 11,
      .pid = 7,
      .exe = "/bin/x",
      .signature = "SIGSEGV | f",
      .title = "t",
      .action = "contain",
      .routine = "conn",
      .peer = "10.0.0.1",
      .count = 3,
      .sockets = 2},
     "{\"event\":\"contained\",\"signature\":\"SIGSEGV | f\",\"title\":\"t\",\"exe\":\"/bin/x\",\"pid\":7,"
     "\"time\":\"2026-11-20T18:56:07.123456Z\",\"signal\":\"SIGSEGV\",\"path\":null,\"id\":null,"
     "\"action\":\"contain\",\"routine\":\"conn\",\"peer\":\"10.0.0.1\",\"sockets\":2,\"suppressed\":true,"
     "\"count\":3}\n"},
    {{.kind = SAFE_EVENT_CRASH,
      .signo = 6,
      .pid = 7,
      .exe = "/bin/x",
      .signature = "s",
      .action = "refused",
      .reason = "holds a lock",
      .id = "NAME"},
     "{\"event\":\"crash\",\"signature\":\"s\",\"title\":null,\"exe\":\"/bin/x\",\"pid\":7,"
     "\"time\":\"2026-11-20T18:56:07.123456Z\",\"signal\":\"SIGABRT\",\"path\":\"NAME.tar.zst\","
     "\"id\":\"NAME\",\"action\":\"refused\",\"decision\":\"holds a lock\",\"count\":1}\n"},
    {{.kind = SAFE_EVENT_BREAKER,
      .pid = 7,
      .exe = "/bin/x",
      .scope = "peer",
      .name = "::1",
      .from = "closed",
      .to = "open"},
     "{\"event\":\"breaker\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"scope\":\"peer\",\"name\":\"::1\",\"from\":\"closed\",\"to\":\"open\"}\n"},
    {{.kind = SAFE_EVENT_RESTART, .pid = 7, .exe = "/bin/x", .routine = "r", .delay_ms = 100, .attempt = 2},
     "{\"event\":\"restart\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"routine\":\"r\",\"delay_ms\":100,\"attempt\":2}\n"},
    {{.kind = SAFE_EVENT_PARKED, .pid = 7, .exe = "/bin/x", .routine = "r"},
     "{\"event\":\"parked\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"routine\":\"r\"}\n"},
    {{.kind = SAFE_EVENT_UNPARKED, .pid = 7, .exe = "/bin/x", .routine = "r"},
     "{\"event\":\"unparked\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"routine\":\"r\"}\n"},
    {{.kind = SAFE_EVENT_PEER_REFUSED, .pid = 7, .exe = "/bin/x", .peer = "10.0.0.1", .count = 9},
     "{\"event\":\"peer_refused\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"peer\":\"10.0.0.1\",\"count\":9}\n"},
    {{.kind = SAFE_EVENT_ESCALATED, .pid = 7, .exe = "/bin/x", .reason = "still there"},
     "{\"event\":\"escalated\",\"exe\":\"/bin/x\",\"pid\":7,\"time\":\"2026-11-20T18:56:07.123456Z\","
     "\"reason\":\"still there\"}\n"},
};
#define SAMPLES (sizeof samples / sizeof *samples)

static const uint64_t moment = UINT64_C(1795200967) * SECOND + 123456789;

START_TEST(each_kind_has_its_line)
{
    struct safe_event event = samples[_i].event;
    event.time_ns = moment;
    ck_assert_int_eq(safe_event_append(dirfd_, &event), 0);
    ck_assert_str_eq(log_text(), samples[_i].line);
}
END_TEST

START_TEST(several_are_appended_in_order)
{
    struct safe_event events[SAMPLES];
    static char want[16384];
    size_t i;
    want[0] = '\0';
    for (i = 0; i < SAMPLES; i++) {
        events[i] = samples[i].event;
        events[i].time_ns = moment;
        strcat(want, samples[i].line);
    }
    ck_assert_int_eq(safe_event_append_all(dirfd_, events, SAMPLES), 0);
    ck_assert_str_eq(log_text(), want);
}
END_TEST

/* What goes in as a text, and what stands in the line. */
static const char *const escapes[][2] = {
    {"a\"b\\c", "a\\\"b\\\\c"},
    {"\n\t\x01\x7f", "\\u000a\\u0009\\u0001\\u007f"},
    {"\xc2\x9b", "\\u009b"},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8d", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8d"},
    {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

START_TEST(foreign_text_is_escaped)
{
    struct safe_event event = {.kind = SAFE_EVENT_ESCALATED, .time_ns = moment, .reason = escapes[_i][0]};
    char want[200];
    ck_assert_int_eq(safe_event_append(dirfd_, &event), 0);
    snprintf(want, sizeof want, "\"reason\":\"%s\"}\n", escapes[_i][1]);
    ck_assert_str_eq(strstr(log_text(), "\"reason\""), want);
}
END_TEST

START_TEST(long_text_is_cut_and_the_line_is_whole)
{
    static char longest[100000];
    struct safe_event events[12];
    size_t i, lines = 0;
    memset(longest, '\x01', sizeof longest - 1);
    for (i = 0; i < 12; i++)
        events[i] = (struct safe_event){.kind = SAFE_EVENT_CONTAINED,
                                        .pid = INT64_MAX,
                                        .time_ns = moment,
                                        .signo = 11,
                                        .count = UINT64_MAX,
                                        .sockets = UINT64_MAX,
                                        .exe = longest,
                                        .signature = longest,
                                        .title = longest,
                                        .id = longest,
                                        .action = longest,
                                        .routine = longest,
                                        .peer = longest};
    ck_assert_int_eq(safe_event_append_all(dirfd_, events, 12), 0);
    for (const char *at = log_text(); *at; at = strchr(at, '\n') + 1, lines++) {
        const char *end = strchr(at, '\n');
        ck_assert_ptr_nonnull(end);
        ck_assert(strncmp(at, "{\"event\"", 8) == 0 && end[-1] == '}');
    }
    ck_assert_uint_eq(lines, 12);
}
END_TEST

START_TEST(a_torn_line_does_not_swallow_the_next)
{
    write_log("{\"event\":\"cra");
    ck_assert_int_eq(ndjson_append(dirfd_, "{}\n", 3), 0);
    ck_assert_str_eq(log_text(), "{\"event\":\"cra\n{}\n");
}
END_TEST

START_TEST(only_a_regular_file_is_written_to)
{
    ck_assert_int_eq(mkfifoat(dirfd_, "crashes.ndjson", 0600), 0);
    ck_assert_int_lt(ndjson_append(dirfd_, "{}\n", 3), 0);
    unlinkat(dirfd_, "crashes.ndjson", 0);
    ck_assert_int_eq(symlinkat("elsewhere", dirfd_, "crashes.ndjson"), 0);
    ck_assert_int_eq(ndjson_append(dirfd_, "{}\n", 3), -ELOOP);
    ck_assert_int_lt(faccessat(dirfd_, "elsewhere", F_OK, 0), 0);
}
END_TEST

START_TEST(a_new_file_is_private)
{
    struct stat st;
    ck_assert_int_eq(ndjson_append(dirfd_, "{}\n", 3), 0);
    ck_assert_int_eq(fstatat(dirfd_, "crashes.ndjson", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

#define WRITERS 4
#define ROUNDS  1000

static void append_many(int writer)
{
    char line[32];
    int i, n;
    for (i = 0; i < ROUNDS; i++) {
        n = snprintf(line, sizeof line, "%d %d\n", writer, i);
        if (ndjson_append(dirfd_, line, (size_t)n) < 0)
            _exit(1);
    }
    _exit(0);
}

static char *older_name(int number)
{
    static char name[32];
    snprintf(name, sizeof name, "crashes.ndjson.%d", number);
    return name;
}

/* As crumple-writer does it, but it holds the lock for longer than an append waits now and then. */
static void rename_once(int number)
{
    int fd = openat(dirfd_, "crashes.ndjson", O_RDWR | O_CREAT, 0600);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    if (number % 10 == 0)
        usleep(250000);
    ck_assert_int_eq(renameat(dirfd_, "crashes.ndjson", dirfd_, older_name(number)), 0);
    close(fd);
}

/* The counters are those of the file that has the name: a process that waited for the lock looks again. */
START_TEST(a_line_goes_to_the_file_that_has_the_name)
{
    int status, fd;
    write_log("");
    fd = openat(dirfd_, "crashes.ndjson", O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        _exit(ndjson_append(dirfd_, "{}\n", 3) == 0 ? 0 : 1);
    }
    usleep(60000); /* the child waits for the lock */
    ck_assert_int_eq(renameat(dirfd_, "crashes.ndjson", dirfd_, "elsewhere"), 0);
    close(fd);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(log_text(), "{}\n");
}
END_TEST

static size_t count_lines(const char *lines)
{
    size_t count = 0;
    while ((lines = strchr(lines, '\n'))) {
        count++;
        lines++;
    }
    return count;
}

/* A file that was renamed is still read, and a second time the name stands for another file. */
START_TEST(no_line_is_lost_while_the_file_is_renamed)
{
    pid_t pids[WRITERS];
    int i, status, running = WRITERS, renamed = 0;
    size_t lines = 0;
    for (i = 0; i < WRITERS; i++)
        if ((pids[i] = fork()) == 0)
            append_many(i);
    while (running > 0) {
        rename_once(renamed++);
        usleep(1000);
        for (i = 0; i < WRITERS; i++)
            if (pids[i] && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                ck_assert_int_eq(status, 0);
                pids[i] = 0;
                running--;
            }
    }
    rename_once(renamed++);
    for (i = 0; i < renamed; i++) {
        ck_assert_int_eq(renameat(dirfd_, older_name(i), dirfd_, "crashes.ndjson"), 0);
        lines += count_lines(log_text());
    }
    ck_assert_uint_eq(lines, WRITERS * ROUNDS);
}
END_TEST

/* The line for stderr of an event whose texts are long and must be escaped: whole, and within its memory. */
static void expect_whole(struct safe_event event, size_t size)
{
    static char hostile[6000], line[SAFE_EVENT_LINE_MAX];
    struct safe_text t = safe_text_on(line, size);
    memset(hostile, '\1', sizeof hostile - 1);
    event.for_stderr = true;
    event.exe = event.hostname = event.signature = event.title = event.path = event.id = hostile;
    event.action = "contain";
    event.reason = event.routine = event.name = event.message = hostile;
    event.peer = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    event.scope = "routine";
    event.from = event.to = "half-open";
    event.call = "quick_exit";
    event.pid = event.tid = INT32_MAX;
    safe_event_line(&t, &event);
    ck_assert(!t.truncated);
    ck_assert_msg(strncmp(line, "{\"crumple\":\"", 12) == 0, "%s", line);
    ck_assert_msg(strcmp(line + t.used - 3, "\"}\n") == 0 || strcmp(line + t.used - 3, "0}\n") == 0, "%s",
                  line);
}

START_TEST(a_line_for_stderr_fits_into_its_memory)
{
    static const uint8_t of_faults[] = {SAFE_EVENT_CRASH, SAFE_EVENT_CONTAINED, SAFE_EVENT_EXIT};
    static const uint8_t short_ones[] = {SAFE_EVENT_BREAKER, SAFE_EVENT_PARKED, SAFE_EVENT_UNPARKED,
                                         SAFE_EVENT_TROUBLE};
    for (size_t i = 0; i < sizeof of_faults; i++)
        expect_whole((struct safe_event){.kind = of_faults[i], .signo = 11}, SAFE_EVENT_LINE_MAX);
    for (size_t i = 0; i < sizeof short_ones; i++)
        expect_whole((struct safe_event){.kind = short_ones[i]}, 1536);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_kind_has_its_line, 0, SAMPLES);
    tcase_add_test(tests, several_are_appended_in_order);
    tcase_add_loop_test(tests, foreign_text_is_escaped, 0, sizeof escapes / sizeof *escapes);
    tcase_add_test(tests, long_text_is_cut_and_the_line_is_whole);
    tcase_add_test(tests, a_torn_line_does_not_swallow_the_next);
    tcase_add_test(tests, only_a_regular_file_is_written_to);
    tcase_add_test(tests, a_new_file_is_private);
    tcase_add_test(tests, a_line_goes_to_the_file_that_has_the_name);
    tcase_add_test(tests, no_line_is_lost_while_the_file_is_renamed);
    tcase_add_test(tests, a_line_for_stderr_fits_into_its_memory);
}
