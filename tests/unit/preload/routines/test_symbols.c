/* SPDX-License-Identifier: MIT */
/* Unit tests of the names of start routines, from the symbols of their files and of what is mapped of them. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "routines.h"
#include "start/config.h"

const struct crumple_config *crumple_config;

static void *conn_worker(void *argument)
{
    return argument;
}

START_TEST(a_static_function_of_the_program_has_its_name)
{
    const struct safe_routine *r = found(conn_worker, NULL);
    ck_assert_str_eq(r->names, "conn_worker");
    ck_called(r, offset_name((void *)conn_worker));
    ck_assert_uint_eq(r->key, (uint64_t)conn_worker);
    ck_assert(!r->is_std_thread);
}
END_TEST

START_TEST(functions_of_libraries_have_theirs)
{
    void *lib = load(library("lib_whole.so"));
    ck_assert_str_eq(found(given(lib, "lib_static_routine"), NULL)->names, "conn_static");
    ck_assert_str_eq(found(get(lib, "lib_exported"), NULL)->names, "lib_exported");
    ck_assert_str_eq(found(get(RTLD_DEFAULT, "abs"), NULL)->names, "abs");
}
END_TEST

START_TEST(of_a_stripped_library_the_exported_ones_and_offsets_are_left)
{
    void *lib = load(library("lib_stripped.so"));
    routine *hidden = given(lib, "lib_static_routine");
    const struct safe_routine *r = found(hidden, NULL);
    ck_assert_str_eq(r->names, offset_name((void *)hidden));
    ck_assert_str_eq(all_names(r), r->names); /* nothing else */
    r = found(get(lib, "lib_exported"), NULL);
    ck_assert_str_eq(r->names, "lib_exported");
    ck_called(r, offset_name((void *)get(lib, "lib_exported")));
}
END_TEST

static void copy_file(const char *from, const char *to)
{
    char command[2200];
    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    ck_assert_int_eq(system(command), 0);
}

static const char *const gone[] = {"lib_stripped.so", "lib_sysv.so", "lib_whole.so"};

START_TEST(of_a_file_that_is_gone_the_names_in_memory_are_left)
{
    char path[] = "/tmp/routines-XXXXXX";
    void *lib;
    const struct safe_routine *r;
    close(mkstemp(path));
    copy_file(library(gone[_i]), path);
    lib = load(path);
    unlink(path);
    r = found(get(lib, "lib_exported"), NULL);
    ck_assert_str_eq(r->names, "lib_exported");
    ck_called(r, offset_name((void *)get(lib, "lib_exported")));
    ck_assert_str_eq(found(get(lib, "lib_other"), NULL)->names, "lib_other");
    ck_assert_str_eq(found(given(lib, "lib_static_routine"), NULL)->names,
                     offset_name((void *)given(lib, "lib_static_routine")));
}
END_TEST

START_TEST(code_of_no_file_has_an_address)
{
    char want[32];
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    snprintf(want, sizeof want, "0x%lx", (unsigned long)page);
    ck_assert_str_eq(found((routine *)page, NULL)->names, want);
    ck_assert_str_eq(found((routine *)8, NULL)->names, "0x8");
    ck_assert_uint_eq(routines_find(NULL, NULL), 0);
}
END_TEST

/* Changed under the name it was loaded by, each word in turn: any name, or none, but no harm. */
START_TEST(a_damaged_file_does_no_harm)
{
    static unsigned char image[65536];
    char path[] = "/tmp/routines-XXXXXX";
    int fd = mkstemp(path);
    routine *hidden;
    ssize_t n, at;
    unsigned seed = 1;
    copy_file(library("lib_whole.so"), path);
    hidden = given(load(path), "lib_static_routine");
    n = pread(fd, image, sizeof image, 0);
    ck_assert_int_gt(n, 4096);
    for (at = 0; at < n; at += at < 0x400 || at > n - 2600 ? 4 : 256) {
        uint32_t junk = at % 3 ? UINT32_MAX : (uint32_t)rand_r(&seed);
        struct safe_routine *table;
        ck_assert_int_eq(pwrite(fd, &junk, sizeof junk, at), sizeof junk);
        ck_assert_int_eq(routines_prepare(), 0);
        table = safe_routines;
        ck_assert_uint_ne(routines_find(hidden, NULL), 0);
        munmap(table, ROUTINES_MAX * sizeof *table);
        ck_assert_int_eq(pwrite(fd, image + at, sizeof junk, at), sizeof junk);
    }
    close(fd);
    unlink(path);
}
END_TEST

/* Only the file shrinks that names are read from, not what is mapped of it: pages of a truncated file fault.
 */
START_TEST(a_truncated_file_does_no_harm)
{
    char path[] = "/tmp/routines-XXXXXX";
    int fd = mkstemp(path);
    routine *hidden;
    copy_file(library("lib_whole.so"), path);
    hidden = given(load(path), "lib_static_routine");
    ck_assert_int_eq(ftruncate(fd, 5000), 0);
    ck_assert_uint_ne(routines_find(hidden, NULL), 0);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_uint_ne(routines_find(conn_worker, NULL), 0);
    close(fd);
    unlink(path);
    _exit(0); /* nothing of the library may run any more */
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_static_function_of_the_program_has_its_name);
    tcase_add_test(tests, functions_of_libraries_have_theirs);
    tcase_add_test(tests, of_a_stripped_library_the_exported_ones_and_offsets_are_left);
    tcase_add_loop_test(tests, of_a_file_that_is_gone_the_names_in_memory_are_left, 0,
                        sizeof gone / sizeof *gone);
    tcase_add_test(tests, code_of_no_file_has_an_address);
    tcase_add_test(tests, a_damaged_file_does_no_harm);
    tcase_add_test(tests, a_truncated_file_does_no_harm);
}
