/* SPDX-License-Identifier: MIT */
/* How often crumple-writer --supervise starts its worker, and what each one leaves out. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/stages.h"
#include "crumple_format.h"
#include "supervise.h"
#include "unit.h"

#define LIMIT_MS 2000

/* What the workers leave for the test. */
static struct {
    atomic_int workers;
    char said[1024]; /* of each worker a line: what it leaves out */
    bool was_again, was_asked;
    atomic_int last;
} * seen;

typedef void behaviour(int worker, struct options *options);

static void setup(void)
{
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(seen != MAP_FAILED);
}

static void teardown(void)
{
    munmap(seen, sizeof *seen);
}

static void note(const struct options *options)
{
    struct buffer out = {0};
    stages_explain(&out);
    snprintf(seen->said, sizeof seen->said, "%.*s", (int)out.size, out.data ? out.data : "");
    buffer_release(&out);
    seen->was_again = options->is_again;
    seen->was_asked = options->is_asked;
    seen->last = getpid();
}

static void sleep_ms(long ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* Returns the supervisor's exit code. */
static int run(struct options options, behaviour *behave)
{
    int code = supervise(&options);
    if (code != SUPERVISE_WORK)
        return code;
    int worker = seen->workers++;
    note(&options);
    behave(worker, &options);
    _exit(0);
}

static struct options with_limit(int ms)
{
    return (struct options){.status_fd = -1, .core_fd = -1, .limit_ms = ms};
}

static void finish(int worker, struct options *options)
{
    (void)worker, (void)options;
    stages_note(&stages_progress->has_ok);
}

START_TEST(a_worker_that_finishes_is_the_only_one)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), finish), CRUMPLE_WRITER_OK);
    ck_assert_int_eq(seen->workers, 1);
    ck_assert(!seen->was_again);
    ck_assert_str_eq(seen->said, "");
}
END_TEST

static void refuse(int worker, struct options *options)
{
    (void)worker, (void)options;
    stage_begin(STAGE_NOTES);
    _exit(CRUMPLE_WRITER_DAMAGED);
}

START_TEST(a_worker_that_fails_by_itself_is_the_only_one)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), refuse), CRUMPLE_WRITER_DAMAGED);
    ck_assert_int_eq(seen->workers, 1);
}
END_TEST

/* Dies in three stages in three ways, then finishes. */
static void stumble(int worker, struct options *options)
{
    if (stage_begin(STAGE_STACK))
        kill(getpid(), SIGUSR1);
    if (stage_begin(STAGE_STACKS))
        _exit(CRUMPLE_WRITER_MEMORY);
    if (stage_begin(STAGE_NAMES))
        _exit(0);
    finish(worker, options);
}

START_TEST(each_stage_is_left_out_once)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), stumble), CRUMPLE_WRITER_OK);
    ck_assert_int_eq(seen->workers, 4);
    ck_assert(seen->was_again);
    ck_assert(strstr(seen->said, "stack: crumple-writer was killed by SIGUSR1 there;"));
    ck_assert(strstr(seen->said, "stacks: crumple-writer ran out of memory there;"));
    ck_assert(strstr(seen->said, "names: crumple-writer exited there;"));
}
END_TEST

static void insist(int worker, struct options *options)
{
    (void)worker, (void)options;
    stages_progress->stage = STAGE_STACK; /* though it was left out */
    _exit(1);
}

START_TEST(a_worker_that_dies_twice_in_a_stage_is_the_last)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), insist), CRUMPLE_WRITER_DIED);
    ck_assert_int_eq(seen->workers, 2);
}
END_TEST

static void vanish(int worker, struct options *options)
{
    (void)worker, (void)options;
    _exit(1);
}

START_TEST(a_writer_that_was_in_no_stage_is_repeated_once)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), vanish), CRUMPLE_WRITER_DIED);
    ck_assert_int_eq(seen->workers, 2);
    ck_assert_str_eq(seen->said, "");
}
END_TEST

static void be_killed(int worker, struct options *options)
{
    if (worker < 2 && stage_begin(STAGE_STACK))
        kill(getpid(), SIGKILL);
    finish(worker, options);
}

START_TEST(a_writer_that_was_killed_is_repeated_before_a_stage_is_left_out)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), be_killed), CRUMPLE_WRITER_OK);
    ck_assert_int_eq(seen->workers, 3);
    ck_assert(strstr(seen->said, "stack: crumple-writer was killed by SIGKILL there"));
}
END_TEST

static void hang(int worker, struct options *options)
{
    if (stage_begin(STAGE_NAMES))
        sleep_ms(10 * LIMIT_MS);
    finish(worker, options);
}

START_TEST(a_stage_gets_half_of_what_is_left)
{
    int64_t begin = stages_now_ms();
    ck_assert_int_eq(run(with_limit(LIMIT_MS), hang), CRUMPLE_WRITER_OK);
    ck_assert_int_ge(stages_now_ms() - begin, LIMIT_MS / 2 - 10);
    ck_assert_int_lt(stages_now_ms() - begin, LIMIT_MS);
    ck_assert_int_eq(seen->workers, 2);
    ck_assert(strstr(seen->said, "names: crumple-writer hung there;"));
}
END_TEST

static void hang_always(int worker, struct options *options)
{
    (void)worker, (void)options;
    stages_progress->stage = 1000; /* no stage at all, and begun in the future */
    stages_progress->begun_ms = INT64_MAX;
    sleep_ms(10 * LIMIT_MS);
}

START_TEST(a_worker_cannot_lengthen_its_time)
{
    int64_t begin = stages_now_ms();
    ck_assert_int_eq(run(with_limit(LIMIT_MS), hang_always), CRUMPLE_WRITER_HUNG);
    ck_assert_int_lt(stages_now_ms() - begin, LIMIT_MS + 500);
    ck_assert_int_ge(seen->workers, 1);
}
END_TEST

static void hang_after(int worker, struct options *options)
{
    finish(worker, options);
    stage_begin(STAGE_AFTER);
    sleep_ms(10 * LIMIT_MS);
}

START_TEST(what_follows_the_bundle_may_hang)
{
    ck_assert_int_eq(run(with_limit(LIMIT_MS), hang_after), CRUMPLE_WRITER_OK);
    ck_assert_int_eq(seen->workers, 1);
}
END_TEST

static void die_at_the_verdict(int worker, struct options *options)
{
    (void)worker, (void)options;
    if (stage_begin(STAGE_VERDICT))
        abort();
}

static void die_behind_the_verdict(int worker, struct options *options)
{
    if (options->is_asked)
        stages_note(&stages_progress->has_verdict);
    if (stage_begin(STAGE_REPORT))
        abort();
    finish(worker, options);
}

START_TEST(before_its_verdict_no_worker_is_repeated)
{
    struct options options = with_limit(LIMIT_MS);
    options.is_asked = true;
    ck_assert_int_eq(run(options, die_at_the_verdict), CRUMPLE_WRITER_DIED);
    ck_assert_int_eq(seen->workers, 1);
}
END_TEST

START_TEST(behind_the_verdict_another_worker_makes_the_bundle)
{
    struct options options = with_limit(LIMIT_MS);
    options.is_asked = true;
    ck_assert_int_eq(run(options, die_behind_the_verdict), CRUMPLE_WRITER_OK);
    ck_assert_int_eq(seen->workers, 2);
    ck_assert(!seen->was_asked);
}
END_TEST

static void wait_long(int worker, struct options *options)
{
    (void)worker, (void)options;
    raise(SIGSTOP);
}

/* Whether the process is gone or a zombie. */
static bool is_gone(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    const char *name_end = strrchr(text, ')');
    return size <= 0 || !name_end || name_end[2] == 'Z' || name_end[2] == 'X';
}

START_TEST(a_worker_dies_with_its_supervisor_even_if_it_is_stopped)
{
    pid_t supervisor = fork();
    if (supervisor == 0)
        _exit(run(with_limit(60000), wait_long));
    for (int i = 0; i < 2000 && !seen->last; i++)
        sleep_ms(1);
    sleep_ms(20);
    ck_assert(seen->last && !is_gone(seen->last));
    kill(supervisor, SIGKILL);
    waitpid(supervisor, NULL, 0);
    for (int i = 0; i < 2000 && !is_gone(seen->last); i++)
        sleep_ms(1);
    ck_assert(is_gone(seen->last));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_worker_that_finishes_is_the_only_one);
    tcase_add_test(tests, a_worker_that_fails_by_itself_is_the_only_one);
    tcase_add_test(tests, each_stage_is_left_out_once);
    tcase_add_test(tests, a_worker_that_dies_twice_in_a_stage_is_the_last);
    tcase_add_test(tests, a_writer_that_was_in_no_stage_is_repeated_once);
    tcase_add_test(tests, a_writer_that_was_killed_is_repeated_before_a_stage_is_left_out);
    tcase_add_test(tests, a_stage_gets_half_of_what_is_left);
    tcase_add_test(tests, a_worker_cannot_lengthen_its_time);
    tcase_add_test(tests, what_follows_the_bundle_may_hang);
    tcase_add_test(tests, before_its_verdict_no_worker_is_repeated);
    tcase_add_test(tests, behind_the_verdict_another_worker_makes_the_bundle);
    tcase_add_test(tests, a_worker_dies_with_its_supervisor_even_if_it_is_stopped);
}
