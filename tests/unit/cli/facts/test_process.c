/* SPDX-License-Identifier: MIT */
/* /proc of a process, its control groups, and the verdicts on them. */
#include <elf.h>
#include <errno.h>
#include <signal.h>

#include "facts/process.h"
#include "doctor/process_rules.h"
#include "doctor/routine_rules.h"
#include "facts/surroundings.h"
#include "tree.h"
#include "verdicts.h"

static const char status[] =
    "Name:\tx\nUid:\t5\t7\t7\t7\nGid:\t8\t9\t9\t9\nGroups:\t4 9 \nNSpid:\t500\t1\nThreads:\t3\nSigIgn:\t0000000000001000\n"
    "SigCgt:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n";
static const char limits[] =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max file size             1000                 4096                 bytes     \n"
    "Max processes             4                    unlimited            processes \n"
    "Max open files            8                    8                    files     \n"
    "Max address space         unlimited            unlimited            bytes     \n";
static const char maps[] =
    "1000-2000 r-xp 00000000 00:01 5    /usr/bin/x\n2000-3000 rw-p 00000000 00:01 5    /usr/bin/x\n"
    "3000-4000 r-xp 00000000 00:01 6    /opt/libcrumple.so (deleted)\n4000-5000 r-xp 00000000 00:00 0    [vdso]\n"
    "5000-6000 r--p 00000000 00:01 7    /data\n6000-7000 r-xp 0 00:01 5 /usr/bin/x\n";

static int make_process(char path[64])
{
    Elf64_auxv_t auxv[2] = {{.a_type = AT_SECURE, .a_un.a_val = 1}, {.a_type = AT_NULL}};
    int root = tree_new(path);
    tree_add_text(root, "proc/500/status", status);
    tree_add_text(root, "proc/500/limits", limits);
    tree_add_text(root, "proc/500/maps", maps);
    tree_add(root, "proc/500/auxv", (char *)auxv, sizeof auxv);
    tree_add(root, "proc/500/environ", "A=1\0B=2\0", 8);
    tree_add_text(root, "proc/500/cgroup", "3:pids:/a/b\n2:memory:/a\n0::/\n");
    tree_add_text(root, "proc/500/task/500/comm", "first\n");
    tree_add_text(root, "proc/500/task/501/comm", "conn_1\n");
    tree_add_text(root, "proc/500/task/502/comm", "conn_1\n");
    return root;
}

START_TEST(facts_are_read)
{
    struct process_facts p;
    char path[64];
    int root = make_process(path);
    ck_assert_int_eq(process_read(root, "500", &p), 0);
    ck_assert_uint_eq(p.ruid, 5);
    ck_assert_uint_eq(p.euid, 7);
    ck_assert_uint_eq(p.egid, 9);
    ck_assert_uint_eq(p.group_count, 2);
    ck_assert_int_eq(p.inner_pid, 1);
    ck_assert(p.no_new_privs && p.seccomp == 2 && p.is_secure);
    ck_assert(process_has_signal(p.caught, SIGSEGV) && process_has_signal(p.ignored, SIGPIPE));
    ck_assert(p.fsize.is_known && p.fsize.soft == 1000 && p.fsize.hard == 4096);
    ck_assert(p.nproc.hard == PROCESS_UNLIMITED);
    ck_assert_uint_eq(p.module_count, 2);
    ck_assert_ptr_nonnull(process_module(&p, "libcrumple.so"));
    ck_assert_str_eq(p.main_name, "first");
    ck_assert_uint_eq(p.name_count, 1);
    ck_assert_uint_eq(p.names[0].count, 2);
    char **environ = process_environ(&p);
    ck_assert_str_eq(environ[1], "B=2");
    ck_assert_ptr_null(environ[2]);
    free(environ);
    process_clear(&p);
    ck_assert_int_eq(process_read(root, "501", &p), -ENOENT);
    tree_remove(root, path);
}
END_TEST

START_TEST(limits_and_filters_are_judged)
{
    struct verdicts verdicts = {0};
    struct process_facts p;
    char path[64];
    int root = make_process(path);
    ck_assert_int_eq(process_read(root, "500", &p), 0);
    process_judge_limits(&p, true, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "RLIMIT_FSIZE is 4096");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "RLIMIT_NPROC is 4");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "RLIMIT_NOFILE is 8");
    ck_assert(!has_verdict(&verdicts, VERDICT_WARN, "RLIMIT_AS"));
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "system call filter");
    verdicts_clear(&verdicts);
    process_judge_limits(&p, false, &verdicts); /* its threads are not those of the program */
    ck_assert(!has_verdict(&verdicts, VERDICT_WARN, "RLIMIT_NPROC"));
    verdicts_clear(&verdicts);
    process_clear(&p);
    tree_remove(root, path);
}
END_TEST

START_TEST(the_preload_is_found_or_not)
{
    struct process_facts p = {.modules = {(char *)"/opt/libcrumple.so"}, .module_count = 1};
    struct verdicts verdicts = {0};
    process_judge_preload(&p, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_FAIL, "takes no part");
    p.caught = UINT64_C(1) << (SIGSEGV - 1);
    process_judge_preload(&p, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "takes part");
    process_judge_signals(&p, &verdicts); /* those handlers are crumple's */
    ck_assert(!has_verdict(&verdicts, VERDICT_NOTE, "it handles"));
    p.module_count = 0;
    process_judge_preload(&p, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_FAIL, "not in it");
    p.ignored = UINT64_C(1) << (SIGBUS - 1);
    process_judge_signals(&p, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "it handles SIGSEGV:");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "it ignores SIGBUS:");
    p.maps_error = -EACCES;
    process_judge_preload(&p, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "cannot be seen");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(threads_fall_under_rules)
{
    struct crumple_settings settings;
    struct process_name names[] = {{"conn_1", 2}, {"gc", 1}};
    struct process_facts p = {.main_name = "main", .names = names, .name_count = 2};
    struct verdicts verdicts = {0};
    settings_default(&settings);
    routine_judge_threads(&settings, &p, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "no CRUMPLE_RECOVER");
    verdicts_clear(&verdicts);
    char *environ[] = {(char *)"CRUMPLE_RECOVER=serve=restart,conn_*=contain", NULL};
    settings_parse(&settings, environ, NULL, NULL);
    routine_judge_threads(&settings, &p, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "the first thread 'main': never contained");
    ck_assert_verdict(&verdicts, VERDICT_NOTE,
                      "2 threads 'conn_1': contain, by conn_*, unless an earlier rule");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "1 thread 'gc': no rule matches the name");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(control_groups_of_both_versions)
{
    struct process_facts p = {.name = "500", .cgroup = (char *)"3:pids:/a/b\n2:cpu,memory:/a\n0::/u\n"};
    struct surroundings s;
    struct verdicts verdicts = {0};
    char path[64];
    int root = tree_new(path);
    tree_add_text(root, "sys/fs/cgroup/pids/a/b/pids.max", "max\n");
    tree_add_text(root, "sys/fs/cgroup/pids/a/b/pids.current", "3\n");
    tree_add_text(root, "sys/fs/cgroup/pids/a/pids.max", "10\n");
    tree_add_text(root, "sys/fs/cgroup/pids/a/pids.current", "9\n");
    tree_add_text(root, "proc/1/comm", "tini\n");
    tree_add_text(root, "proc/500/mountinfo",
                  "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=invisible\n");
    surroundings_read(root, &p, &s);
    ck_assert(s.has_pids && s.pids_limit == 10 && s.pids_now == 9 && !s.has_memory && !s.kills_all);
    ck_assert(s.has_proc && s.hides_processes);
    surroundings_judge(&s, &p, false, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "9 of 10 processes");
    ck_assert_verdict(&verdicts, VERDICT_OK, "PID 1 is tini");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "/proc hides");
    verdicts_clear(&verdicts);
    tree_add_text(root, "sys/fs/cgroup/u/memory.max", "1048576\n");
    tree_add_text(root, "sys/fs/cgroup/u/memory.current", "1000000\n");
    tree_add_text(root, "sys/fs/cgroup/u/memory.oom.group", "1\n");
    tree_add_text(root, "proc/1/comm", "server\n");
    tree_add_text(root, "proc/500/mountinfo", "22 27 0:21 / / rw - ext4 /dev/x rw\n");
    surroundings_read(root, &p, &s);
    surroundings_judge(&s, &p, false, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "less than 2 MiB");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "memory.oom.group");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "PID 1 is 'server'");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "no /proc is mounted");
    verdicts_clear(&verdicts);
    p.inner_pid = 1;
    surroundings_judge(&s, &p, true, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "it is PID 1");
    verdicts_clear(&verdicts);
    tree_remove(root, path);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, facts_are_read);
    tcase_add_test(tests, limits_and_filters_are_judged);
    tcase_add_test(tests, the_preload_is_found_or_not);
    tcase_add_test(tests, threads_fall_under_rules);
    tcase_add_test(tests, control_groups_of_both_versions);
}
