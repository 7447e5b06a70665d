/* SPDX-License-Identifier: MIT */
/* Titles, signatures and sentences of dumps, and the reason that is a file. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crash/crash.h"
#include "crumple_format.h"
#include "explain/dump.h"
#include "unit.h"

static struct crash crash;

static void make(struct notes_dump dump)
{
    memset(&crash, 0, sizeof crash);
    crash.notes.event = "dump";
    crash.notes.exe = "/usr/bin/redis-server";
    crash.notes.pid = 7;
    crash.notes.dump = dump;
}

START_TEST(by_another_process)
{
    make((struct notes_dump){.pid = 12, .uid = 33, .ns = 3160000});
    crash.notes.sender_name = "crumple";
    strcpy(crash.dump.reason, "stuck");
    dump_describe(&crash);
    ck_assert_str_eq(crash.title, "redis-server was dumped by user 33: stuck");
    ck_assert_str_eq(crash.signature, "dump | redis-server");
    ck_assert_str_eq(crash.reason, "stuck");
    ck_assert_str_eq(
        crash_description(&crash),
        "pid 12 (crumple) of user 33 asked for a dump; the threads were stopped for 3.1 ms, then the "
        "process went on");
    ck_assert(dump_is_wanted(&crash));
}
END_TEST

START_TEST(by_itself)
{
    make((struct notes_dump){.pid = 7, .reason = "the queue"});
    dump_describe(&crash);
    ck_assert_str_eq(crash.title, "redis-server dumped itself: the queue");
    ck_assert(!dump_is_wanted(&crash));
}
END_TEST

START_TEST(from_outside_without_a_reason)
{
    make((struct notes_dump){.uid = 0});
    dump_describe(&crash);
    ck_assert_str_eq(crash.title, "redis-server was dumped by user 0");
    ck_assert_ptr_null(crash.reason);
    ck_assert(strstr(crash.dump.description, "user 0 from outside of this PID namespace"));
}
END_TEST

START_TEST(a_long_reason_is_cut_and_a_long_name_too)
{
    static char name[600] = "/";
    make((struct notes_dump){.uid = 4294967295});
    memset(name + 1, 'n', sizeof name - 2);
    crash.notes.exe = name;
    memset(crash.dump.reason, 'r', sizeof crash.dump.reason - 1);
    dump_describe(&crash);
    ck_assert_uint_lt(strlen(crash.title), sizeof crash.title);
    ck_assert(strstr(crash.title, "was dumped by user 4294967295: rrr"));
}
END_TEST

static void put(int directory, const char *text)
{
    int fd = openat(directory, ".dump-8000004d", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void take(int directory)
{
    struct timespec now, mono;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_MONOTONIC, &mono);
    make((struct notes_dump){.token = 0x8000004d});
    crash.notes.time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    crash.notes.mono_ns = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec;
    dump_take_reason(&crash, directory);
}

START_TEST(the_reason_is_a_file)
{
    char path[] = "/tmp/crumple-unit-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    put(directory, "stuck\nand more");
    take(directory);
    ck_assert_str_eq(crash.dump.reason, "stuck");
    ck_assert_int_eq(unlinkat(directory, ".dump-8000004d", 0), 0);
    take(directory); /* none comes */
    ck_assert_str_eq(crash.dump.reason, "");
    put(directory, ""); /* it is being written */
    if (fork() == 0) {
        (void)usleep(20000);
        put(directory, "late");
        _exit(0);
    }
    take(directory);
    ck_assert_str_eq(crash.dump.reason, "late");
    ck_assert_int_eq(unlinkat(directory, ".dump-8000004d", 0), 0);
    take(directory);
    ck_assert_str_eq(crash.dump.reason, "");
    ck_assert_int_eq(symlinkat("/etc/passwd", directory, ".dump-8000004d"), 0);
    take(directory);
    ck_assert_str_eq(crash.dump.reason, "");
    ck_assert_int_eq(unlinkat(directory, ".dump-8000004d", 0), 0);
    ck_assert_int_eq(mkfifoat(directory, ".dump-8000004d", 0600), 0);
    take(directory);
    ck_assert_str_eq(crash.dump.reason, "");
    (void)unlinkat(directory, ".dump-8000004d", 0);
    (void)rmdir(path);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, by_another_process);
    tcase_add_test(tests, by_itself);
    tcase_add_test(tests, from_outside_without_a_reason);
    tcase_add_test(tests, a_long_reason_is_cut_and_a_long_name_too);
    tcase_add_test(tests, the_reason_is_a_file);
}
