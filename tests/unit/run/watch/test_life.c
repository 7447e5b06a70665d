/* SPDX-License-Identifier: MIT */
/* A record is found by the next start only: after its owner's death, once, and not while its server runs. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "watch/life.h"

static char folder[] = "/tmp/test_life.XXXXXX";
static struct life_record told;
static int told_count;

static void remember(void *context, const struct life_record *record)
{
    (void)context;
    told = *record;
    told_count++;
}

static int open_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int take(int directory)
{
    told_count = 0;
    life_take(directory, remember, NULL);
    return told_count;
}

/* In a process of its own, which then waits, or ends. */
static pid_t own(int directory, pid_t server, bool waits)
{
    static struct life life;
    char word[] = "server", argument[] = "-c", *argv[] = {word, argument, NULL};
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct life_record record = {.pid = server, .start_ns = 5, .exe = "/usr/sbin/server"};
        life_set_argv(&record, argv);
        if (life_begin(&life, directory, &record) < 0)
            _exit(1);
        life.record.after.used = 77;
        life_renew(&life);
        (void)!write(ready[1], "x", 1);
        if (waits)
            pause();
        _exit(0);
    }
    char byte;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    if (!waits)
        waitpid(pid, NULL, 0);
    return pid;
}

START_TEST(a_record_is_told_once_after_its_owner_is_killed)
{
    int directory = open_folder();
    pid_t owner = own(directory, 999999, true);
    ck_assert_int_eq(take(directory), 0);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    ck_assert_int_eq(take(directory), 1);
    ck_assert_int_eq(told.pid, 999999);
    ck_assert_uint_eq(told.after.used, 77);
    ck_assert_uint_gt(told.renewed_ns, told.start_ns);
    ck_assert_str_eq(told.exe, "/usr/sbin/server");
    ck_assert_uint_eq(told.argv_bytes, sizeof "server" + sizeof "-c");
    ck_assert_mem_eq(told.argv, "server\0-c", told.argv_bytes);
    ck_assert_int_eq(take(directory), 0);
}
END_TEST

START_TEST(a_record_is_not_told_while_its_server_runs)
{
    int directory = open_folder();
    pid_t server = fork();
    if (server == 0) {
        pause();
        _exit(0);
    }
    own(directory, server, false);
    ck_assert_int_eq(take(directory), 0);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    ck_assert_int_eq(take(directory), 1);
}
END_TEST

START_TEST(an_end_that_was_seen_leaves_nothing)
{
    static struct life life;
    int directory = open_folder();
    const struct life_record record = {.pid = getpid(), .start_ns = 5};
    ck_assert_int_eq(life_begin(&life, directory, &record), 0);
    life_end(&life);
    life_renew(&life);
    life_end(&life);
    ck_assert_int_eq(take(directory), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* Whatever lies there: removed if it is ours and no record, left if it is no file. */
START_TEST(damaged_records_are_told_by_nobody)
{
    static struct life_record record = {
        .magic = "crumple", .version = 1, .bytes = sizeof record, .pid = 7, .argv_bytes = 99999};
    char path[128];
    int directory = open_folder();
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%d.life", folder, i);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fwrite(&record, 1, i == 0 ? 0 : i == 1 ? 100 : sizeof record, file);
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/folder.life", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/link.life", folder);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/fifo.life", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(take(directory), 0);
    snprintf(path, sizeof path, "%s/2.life", folder);
    ck_assert_int_lt(access(path, F_OK), 0);
    ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_to_costs_only_the_record)
{
    static struct life life;
    const struct life_record record = {.pid = getpid()};
    int directory = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_lt(life_begin(&life, directory, &record), 0);
    life_renew(&life);
    life_end(&life);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_record_is_told_once_after_its_owner_is_killed);
    tcase_add_test(tests, a_record_is_not_told_while_its_server_runs);
    tcase_add_test(tests, an_end_that_was_seen_leaves_nothing);
    tcase_add_test(tests, damaged_records_are_told_by_nobody);
    tcase_add_test(tests, a_folder_that_cannot_be_written_to_costs_only_the_record);
}
