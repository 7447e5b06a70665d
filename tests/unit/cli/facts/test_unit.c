/* SPDX-License-Identifier: MIT */
/* Unit files and drop-ins. */
#include <errno.h>

#include "facts/unit.h"
#include "tree.h"

START_TEST(drop_ins_come_after_the_unit_and_a_nearer_folder_hides)
{
    struct unit unit;
    char path[64];
    int root = tree_new(path);
    tree_add_text(
        root, "usr/lib/systemd/system/a.service",
        "[Unit]\nType=oneshot\n[Service]\n# Type=simple\n  Type = notify \nReadWritePaths=/a /b\nExecStart=-/bin/a \\\n  x\nUser=one\n"
        "[Install]\nUser=none\n");
    tree_add_text(root, "etc/systemd/system/a.service.d/10.conf", "[Service]\nUser=two\nReadWritePaths=/c\n");
    tree_add_text(root, "usr/lib/systemd/system/a.service.d/10.conf", "[Service]\nUser=hidden\n");
    tree_add_text(root, "usr/lib/systemd/system/a.service.d/20.conf",
                  "[Service]\nExecStart=\nExecStart=/bin/b\n");
    tree_add_text(root, "usr/lib/systemd/system/a.service.d/30.txt", "[Service]\nUser=not read\n");
    ck_assert_int_eq(unit_read(root, "a", &unit), 0);
    ck_assert_str_eq(unit.name, "a.service");
    ck_assert_uint_eq(unit.drop_ins, 2);
    ck_assert_str_eq(unit_text(&unit, UNIT_TYPE, ""), "notify");
    ck_assert_str_eq(unit_text(&unit, UNIT_USER, ""), "two");
    ck_assert_str_eq(unit_text(&unit, UNIT_READ_WRITE, ""), "/a /b /c");
    ck_assert_str_eq(unit_text(&unit, UNIT_EXEC_START, ""), "/bin/b");
    unit_clear(&unit);
    ck_assert_int_eq(unit_read(root, "b", &unit), -ENOENT);
    ck_assert_int_eq(unit_read(root, "../../../etc/passwd", &unit), -ENOENT);
    tree_remove(root, path);
}
END_TEST

START_TEST(an_instance_has_the_file_of_its_template)
{
    struct unit unit;
    char path[64];
    int root = tree_new(path);
    tree_add_text(root, "lib/systemd/system/a@.service", "[Service]\nUser=one");
    tree_add_text(root, "run/systemd/system/a@.service.d/x.conf", "[Service]\nType=exec\n");
    tree_add_text(root, "run/systemd/system/a@b.service.d/y.conf", "[Service]\nUser=\n");
    ck_assert_int_eq(unit_read(root, "a@b.service", &unit), 0);
    ck_assert_str_eq(unit_text(&unit, UNIT_TYPE, ""), "exec");
    ck_assert_str_eq(unit_text(&unit, UNIT_USER, "none"), "none");
    unit_clear(&unit);
    tree_remove(root, path);
}
END_TEST

START_TEST(the_environment_is_unquoted_and_later_lines_win)
{
    struct unit unit;
    char path[64];
    int root = tree_new(path);
    tree_add_text(
        root, "etc/systemd/system/a.service",
        "[Service]\nEnvironment=\"A=one two\" B='x' C=\\\"\nEnvironment=A=three junk\nEnvironmentFile=-/etc/none\n"
        "EnvironmentFile=/etc/default/a\n");
    tree_add_text(root, "etc/default/a", "# comment\nB=from file\nD=\"q r\"\n\n");
    ck_assert_int_eq(unit_read(root, "a.service", &unit), 0);
    char **environ = unit_environ(root, &unit);
    ck_assert_str_eq(environ[0], "A=three");
    ck_assert_str_eq(environ[1], "B=from file");
    ck_assert_str_eq(environ[2], "C=\"");
    ck_assert_str_eq(environ[3], "D=q r");
    ck_assert_ptr_null(environ[4]);
    unit_free_environ(environ);
    unit_clear(&unit);
    tree_remove(root, path);
}
END_TEST

START_TEST(broken_files_do_no_harm)
{
    static const char text[] =
        "[Service]\nType=a\\\nb\\\n\\\n#\\\n=\n \n=x\nUser\n[\nEnvironment='\"\\\nExecStart=\\";
    char path[64];
    for (size_t n = 0; n <= sizeof text; n++) {
        struct unit unit;
        int root = tree_new(path);
        tree_add(root, "etc/systemd/system/a.service", text, n); /* the last one has a NUL */
        ck_assert_int_eq(unit_read(root, "a", &unit), 0);
        unit_free_environ(unit_environ(root, &unit));
        unit_clear(&unit);
        tree_remove(root, path);
    }
}
END_TEST

START_TEST(the_program_is_behind_flags_and_crumple_run)
{
    static const struct {
        const char *text, *program;
    } lines[] = {
        {"/bin/a x", "/bin/a"},
        {"@-/bin/a b", "/bin/a"},
        {"/opt/crumple/crumple-run -v -- /bin/a -- b", "/bin/a"},
        {"/opt/crumple/crumple-run", "/opt/crumple/crumple-run"},
        {"/bin/a -- /bin/b", "/bin/a"},
    };
    struct unit unit = {.path = NULL};
    char program[UNIT_PROGRAM_BYTES];
    ck_assert_ptr_null(unit_program(&unit, program));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        unit.settings[UNIT_EXEC_START] = (char *)lines[i].text;
        ck_assert_str_eq(unit_program(&unit, program), lines[i].program);
    }
}
END_TEST

START_TEST(a_control_group_names_its_service)
{
    char name[UNIT_NAME_BYTES];
    ck_assert(unit_of_cgroup("0::/system.slice/redis-server.service\n", name));
    ck_assert_str_eq(name, "redis-server.service");
    ck_assert(unit_of_cgroup("2:cpu:/\n1:name=systemd:/system.slice/a@b.service/payload\n", name));
    ck_assert_str_eq(name, "a@b.service");
    ck_assert(unit_of_cgroup("0::/user.slice/user-1.slice/user@1.service/app.slice/x.service", name));
    ck_assert_str_eq(name, "x.service");
    ck_assert(!unit_of_cgroup("0::/user.slice/user-1.slice/session-2.scope\n", name));
    ck_assert(!unit_of_cgroup("", name));
    ck_assert(!unit_of_cgroup("0::/.service", name));
}
END_TEST

START_TEST(a_list_covers_what_lies_below_its_paths)
{
    struct unit unit = {.path = NULL};
    unit.settings[UNIT_EXEC] = (char *)"-/usr/lib/ +/opt /bin/a";
    ck_assert_uint_eq(unit_covers(&unit, UNIT_EXEC, "/usr/lib/x"), 8);
    ck_assert_uint_eq(unit_covers(&unit, UNIT_EXEC, "/opt"), 4);
    ck_assert_uint_eq(unit_covers(&unit, UNIT_EXEC, "/opt2"), 0);
    ck_assert_uint_eq(unit_covers(&unit, UNIT_NO_EXEC, "/opt"), 0);
    unit.settings[UNIT_EXEC] = (char *)"/";
    ck_assert_uint_eq(unit_covers(&unit, UNIT_EXEC, "/opt"), 1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, drop_ins_come_after_the_unit_and_a_nearer_folder_hides);
    tcase_add_test(tests, an_instance_has_the_file_of_its_template);
    tcase_add_test(tests, the_environment_is_unquoted_and_later_lines_win);
    tcase_add_test(tests, broken_files_do_no_harm);
    tcase_add_test(tests, the_program_is_behind_flags_and_crumple_run);
    tcase_add_test(tests, a_control_group_names_its_service);
    tcase_add_test(tests, a_list_covers_what_lies_below_its_paths);
}
