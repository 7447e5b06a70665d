/* SPDX-License-Identifier: MIT */
/* The memory controller's files of both versions, below a root that the test makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit.h"
#include "watch/cgroup.h"

static char root[] = "/tmp/test_cgroup.XXXXXX";

static void put(const char *name, const char *text)
{
    char path[PATH_MAX];
    int used = snprintf(path, sizeof path, "%s/", root);
    for (const char *at = name; (at = strchr(at, '/')); at++) {
        snprintf(path + used, sizeof path - (size_t)used, "%.*s", (int)(at - name), name);
        (void)mkdir(path, 0700);
    }
    snprintf(path + used, sizeof path - (size_t)used, "%s", name);
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    fputs(text, file);
    fclose(file);
}

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static struct cgroup_memory read_all(const char *text, int version)
{
    static struct cgroup group;
    struct cgroup_memory memory;
    cgroup_find(root, text, &group);
    ck_assert_int_eq(group.version, version);
    ck_assert_int_eq(cgroup_read(&group, &memory), version != 0);
    return memory;
}

START_TEST(version_2_in_a_container_whose_own_group_is_the_root)
{
    begin();
    put("sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n");
    put("sys/fs/cgroup/memory.current", "1048576\n");
    put("sys/fs/cgroup/memory.peak", "2097152\n");
    put("sys/fs/cgroup/memory.max", "4194304\n");
    put("sys/fs/cgroup/memory.oom.group", "1\n");
    struct cgroup_memory memory = read_all("0::/kubepods/pod1/abc\n", 2);
    ck_assert_uint_eq(memory.oom_kills, 2);
    ck_assert_uint_eq(memory.used, 1048576);
    ck_assert_uint_eq(memory.peak, 2097152);
    ck_assert_uint_eq(memory.limit, 4194304);
    ck_assert(memory.kills_all);
}
END_TEST

START_TEST(version_2_the_smallest_limit_on_the_way_up_counts)
{
    begin();
    put("sys/fs/cgroup/memory.max", "9000000\n");
    put("sys/fs/cgroup/a/memory.max", "5000000\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("sys/fs/cgroup/a/b/memory.events", "oom_kill 0\n");
    struct cgroup_memory memory = read_all("0::/a/b\n", 2);
    ck_assert_uint_eq(memory.limit, 5000000);
    ck_assert_uint_eq(memory.oom_kills, 0);
    ck_assert_uint_eq(memory.peak, 0);
    ck_assert(!memory.kills_all);
}
END_TEST

START_TEST(version_2_without_a_limit)
{
    begin();
    put("sys/fs/cgroup/x/memory.events", "oom 1\noom_kill 7\n");
    put("sys/fs/cgroup/x/memory.max", "max\n");
    struct cgroup_memory memory = read_all("0::/x\n", 2);
    ck_assert_uint_eq(memory.limit, CGROUP_UNLIMITED);
    ck_assert_uint_eq(memory.oom_kills, 7);
}
END_TEST

START_TEST(version_1_beside_other_controllers)
{
    begin();
    put("sys/fs/cgroup/memory/s/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
    put("sys/fs/cgroup/memory/s/memory.usage_in_bytes", "100\n");
    put("sys/fs/cgroup/memory/s/memory.max_usage_in_bytes", "200\n");
    put("sys/fs/cgroup/memory/s/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    struct cgroup_memory memory = read_all("5:cpu,cpuacct:/s\n4:hugetlb,memory:/s\n0::/\n", 1);
    ck_assert_uint_eq(memory.oom_kills, 4);
    ck_assert_uint_eq(memory.used, 100);
    ck_assert_uint_eq(memory.peak, 200);
    ck_assert_uint_eq(memory.limit, CGROUP_UNLIMITED);
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "300\n");
    ck_assert_uint_eq(read_all("4:memory:/s\n", 1).limit, 300);
}
END_TEST

START_TEST(nothing_is_known_of_what_is_not_there_or_no_number)
{
    begin();
    (void)read_all("", 0);
    (void)read_all("0::/a\n", 0);
    (void)read_all("no colon", 0);
    put("sys/fs/cgroup/memory.events", "oom_kill\n");
    struct cgroup group;
    struct cgroup_memory memory;
    cgroup_find(root, "0::/../../etc\n", &group);
    ck_assert_int_eq(group.version, 2);
    ck_assert(!cgroup_read(&group, &memory));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, version_2_in_a_container_whose_own_group_is_the_root);
    tcase_add_test(tests, version_2_the_smallest_limit_on_the_way_up_counts);
    tcase_add_test(tests, version_2_without_a_limit);
    tcase_add_test(tests, version_1_beside_other_controllers);
    tcase_add_test(tests, nothing_is_known_of_what_is_not_there_or_no_number);
}
