/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context/cgroup.h"
#include "unit.h"

static char root[64];

/* A file below the root, with its folders. */
static void put(const char *path, const char *text)
{
    char whole[300];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void begin(void)
{
    snprintf(root, sizeof root, "/tmp/crumple-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

static struct vitals_cgroup gather(const char *text)
{
    struct vitals_cgroup group = {-1, -1, -1, -1, -1};
    cgroup_read(root, (struct core_span){(const uint8_t *)text, strlen(text)}, &group);
    return group;
}

START_TEST(version_2_has_one_group_and_the_lowest_limit_above_it_counts)
{
    put("sys/fs/cgroup/a/b/memory.current", "4096\n");
    put("sys/fs/cgroup/a/b/memory.peak", "8192\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("sys/fs/cgroup/a/b/pids.current", "7\n");
    put("sys/fs/cgroup/a/b/pids.max", "100\n");
    put("sys/fs/cgroup/a/memory.max", "65536\n");
    put("sys/fs/cgroup/a/pids.max", "max\n");
    struct vitals_cgroup g = gather("0::/a/b\n");
    ck_assert_int_eq(g.memory_used, 4096);
    ck_assert_int_eq(g.memory_peak, 8192);
    ck_assert_int_eq(g.memory_limit, 65536);
    ck_assert_int_eq(g.pids_used, 7);
    ck_assert_int_eq(g.pids_limit, 100);
}
END_TEST

START_TEST(version_1_has_a_mount_for_each)
{
    put("sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes", "4096\n");
    put("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/pids/docker/x/pids.current", "3\n");
    put("sys/fs/cgroup/pids/docker/x/pids.max", "5\n");
    struct vitals_cgroup g =
        gather("4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n2:freezer,pids:/docker/x\n");
    ck_assert_int_eq(g.memory_used, 4096);
    ck_assert_int_eq(g.memory_limit, VITALS_UNKNOWN);
    ck_assert_int_eq(g.pids_used, 3);
    ck_assert_int_eq(g.pids_limit, 5);
}
END_TEST

START_TEST(a_container_sees_its_group_at_the_mount)
{
    put("sys/fs/cgroup/memory.current", "4096\n");
    put("sys/fs/cgroup/memory.max", "5000\n");
    struct vitals_cgroup g = gather("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-1.scope\n");
    ck_assert_int_eq(g.memory_used, 4096);
    ck_assert_int_eq(g.memory_limit, 5000);
    ck_assert_int_eq(g.pids_used, VITALS_UNKNOWN);
}
END_TEST

START_TEST(nonsense_is_not_known)
{
    put("sys/fs/cgroup/memory.current", "many\n");
    put("outside/memory.current", "1\n");
    static const char *const texts[] = {"", ":", "0", "0::", "0::/../../outside\n", "0::/\n", "1:memory"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct vitals_cgroup g = gather(texts[i]);
        ck_assert_int_eq(g.memory_used, VITALS_UNKNOWN);
        ck_assert_int_eq(g.memory_limit, VITALS_UNKNOWN);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, version_2_has_one_group_and_the_lowest_limit_above_it_counts);
    tcase_add_test(tests, version_1_has_a_mount_for_each);
    tcase_add_test(tests, a_container_sees_its_group_at_the_mount);
    tcase_add_test(tests, nonsense_is_not_known);
}
