/* SPDX-License-Identifier: MIT */
/* Unit tests of the names of start routines. */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "start/config.h"
#include "routines/table.h"
#include "routines/itanium.h"
#include "unit.h"

const struct crumple_config *crumple_config;

typedef void *routine(void *);

static void *conn_worker(void *argument)
{
    return argument;
}

static void set_up(void)
{
    ck_assert_int_eq(routines_prepare(), 0);
}

static const struct safe_routine *found(routine *r, void *argument)
{
    uint16_t index = routines_find(r, argument);
    ck_assert_uint_ne(index, 0);
    ck_assert_uint_eq(routines_find(r, argument), index);
    return &safe_routines[index - 1];
}

static bool is_called(const struct safe_routine *r, const char *name)
{
    const char *p;
    for (p = r->names; *p; p += strlen(p) + 1)
        if (strcmp(p, name) == 0)
            return true;
    return false;
}

static const char *all_names(const struct safe_routine *r)
{
    static char text[ROUTINE_NAMES_BYTES];
    size_t i;
    memcpy(text, r->names, sizeof text);
    for (i = 0; i + 1 < sizeof text && (text[i] || text[i + 1]); i++)
        if (!text[i])
            text[i] = '|';
    return text;
}

#define ck_called(r, name) ck_assert_msg(is_called(r, name), "'%s' is not among %s", name, all_names(r))

/* A library beside this program. */
static char *library(const char *name)
{
    static char path[1024];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    ck_assert_int_gt(n, 0);
    path[n] = '\0';
    strcpy(strrchr(path, '/') + 1, name);
    return path;
}

static void *load(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW);
    ck_assert_msg(handle != NULL, "%s", dlerror());
    return handle;
}

static routine *get(void *handle, const char *name)
{
    routine *p;
    *(void **)&p = dlsym(handle, name);
    ck_assert_ptr_nonnull(p);
    return p;
}

/* What a function without arguments returns. */
static routine *given(void *handle, const char *name)
{
    routine *(*giver)(void);
    *(void **)&giver = dlsym(handle, name);
    ck_assert_ptr_nonnull(giver);
    return giver();
}

/* 'module+0xOFFSET' of an address, as addr2line would want it. */
static const char *offset_name(const void *address)
{
    static char text[256];
    Dl_info info;
    ck_assert_int_ne(dladdr(address, &info), 0);
    snprintf(text, sizeof text, "%s+0x%lx", strrchr(info.dli_fname, '/') + 1,
             (unsigned long)((const char *)address - (const char *)info.dli_fbase));
    return text;
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

/* Any code of libstdc++ stands for its own routine, which has no symbol. */
static routine *native(void)
{
    return get(load("libstdc++.so.6"), "_ZNSt6thread4joinEv");
}

static void std_states(void *out[6])
{
    void (*make)(void **);
    *(void **)&make = dlsym(load(library("lib_std.so")), "std_states");
    ck_assert_ptr_nonnull(make);
    make(out);
}

START_TEST(a_std_thread_is_called_by_its_callable)
{
    void *state[6];
    const struct safe_routine *r;
    std_states(state);
    r = found(native(), state[0]);
    ck_assert(r->is_std_thread);
    ck_assert_str_eq(r->names, "game::handle");
    ck_called(r, "_ZN4game6handleEi");
    ck_called(r, "PFviE");
    r = found(native(), state[2]);
    ck_assert_str_eq(r->names, "game::Server::serve");
    ck_called(r, "_ZN4game6Server5serveEi");
    ck_called(r, "MN4game6ServerEFviE");
    r = found(native(), state[3]);
    ck_assert_str_eq(r->names, "game::Server::start::{lambda}");
    ck_called(r, "ZN4game6Server5startEiPPvEUlvE_");
    r = found(native(), state[4]);
    ck_assert_str_eq(r->names, "game::Functor");
    ck_called(r, "N4game7FunctorE");
    ck_assert(r->is_std_thread);
}
END_TEST

START_TEST(functions_of_one_type_are_told_apart_and_their_arguments_not)
{
    void *state[6];
    std_states(state);
    ck_assert_str_eq(found(native(), state[1])->names, "game::other");
    ck_assert_uint_ne(routines_find(native(), state[0]), routines_find(native(), state[1]));
    ck_assert_uint_eq(routines_find(native(), state[0]), routines_find(native(), state[5]));
}
END_TEST

START_TEST(a_static_libstdcxx_is_known_by_its_routine)
{
    routine *r = given(load(library("lib_whole.so")), "lib_native_routine");
    void *state[6];
    std_states(state);
    ck_assert_str_eq(found(r, state[0])->names, "game::handle");
    ck_assert(found(r, state[0])->is_std_thread);
}
END_TEST

START_TEST(an_argument_that_is_no_state_does_no_harm)
{
    uint64_t words[2] = {0x1234567, 0}, none[2] = {0, 0};
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *state[6];
    munmap(page + 4096, 4096);
    ck_assert(found(native(), NULL)->is_std_thread);
    ck_assert(found(native(), (void *)8)->is_std_thread);
    ck_assert(found(native(), none)->is_std_thread);
    ck_assert_str_eq(found(native(), words)->names, "std::thread");
    std_states(state);
    memcpy(page + 4096 - 16, state[4], 16); /* a small state where its mapping ends */
    ck_assert_str_eq(found(native(), page + 4096 - 16)->names, "game::Functor");
    /* A plain routine's argument is not looked at. */
    ck_assert_str_eq(found(conn_worker, (void *)1)->names, "conn_worker");
}
END_TEST

START_TEST(a_full_table_has_no_entry)
{
    uintptr_t i;
    for (i = 1; i <= ROUTINES_MAX; i++)
        ck_assert_uint_ne(routines_find((routine *)(i * 16), NULL), 0);
    ck_assert_uint_eq(routines_find(conn_worker, NULL), 0);
    ck_assert_uint_ne(routines_find((routine *)16, NULL), 0);
}
END_TEST

static void *find_all(void *ret)
{
    uint16_t *index = ret;
    uintptr_t i;
    for (i = 0; i < 64; i++)
        index[i] = routines_find((routine *)((i + 1) * 4096), NULL);
    return NULL;
}

START_TEST(threads_that_race_get_the_same_entry)
{
    static uint16_t index[8][64];
    pthread_t thread[8];
    int i, j;
    for (i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, find_all, index[i]);
    for (i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    for (i = 0; i < 8; i++)
        for (j = 0; j < 64; j++) {
            ck_assert_uint_ne(index[i][j], 0);
            ck_assert_uint_eq(index[i][j], index[0][j]);
        }
}
END_TEST

/* NULL: not understood. */
static const struct {
    const char *symbol, *name;
} mangled[] = {
    {"_Z7handlerPv", "handler"},
    {"_ZL7handlerPv", "handler"},
    {"_ZN4game6Server10handle_oneEPv", "game::Server::handle_one"},
    {"_ZN12_GLOBAL__N_17handlerEPv", "(anonymous namespace)::handler"},
    {"_ZN12_GLOBAL__N_1L7handlerEPv", "(anonymous namespace)::handler"},
    {"_ZNK4game6Server4loopEv", "game::Server::loop"},
    {"_ZN4game4PoolIiSaIiEE3runEPv", "game::Pool::run"},
    {"_Z3runIN4game6ServerEEPvS2_", "run"},
    {"_Z3runILi42EJiPKcEEvv", "run"},
    {"_ZSt9terminatev", "std::terminate"},
    {"_ZNSt6thread4joinEv", "std::thread::join"},
    {"_ZZ4mainENUlPvE_4_FUNES_", "main::{lambda}::_FUN"},
    {"_ZZN4game6Server5startEiENKUlvE0_clEv", "game::Server::start::{lambda}::operator()"},
    {"_ZN3foo3barB5cxx11Ev", "foo::bar"},
    {"_ZN5ChildC1Ev", "Child::{constructor}"},
    {"_ZZ4mainE5table_0", "main::table"},
    {"handler", NULL},
    {"_Z", NULL},
    {"_ZN", NULL},
    {"_ZNE", NULL},
    {"_ZN4game", NULL},
    {"_Z99handler", NULL},
    {"_Z99999999999999999999handler", NULL},
    {"_ZN4gameIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII3runEv", NULL},
    {"_ZNPPPE", NULL},
    {"_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", NULL},
};

START_TEST(mangled_names_become_qualified_ones)
{
    char text[256] = "untouched";
    ck_assert_msg(routines_demangle(mangled[_i].symbol, text, sizeof text) == (mangled[_i].name != NULL),
                  "%s: %s", mangled[_i].symbol, text);
    ck_assert_str_eq(text, mangled[_i].name ? mangled[_i].name : "untouched");
}
END_TEST

/* Every beginning of a long name, and the name with every letter changed: an answer, and an end. */
START_TEST(broken_names_do_no_harm)
{
    static const char whole[] =
        "_ZZN4game4PoolISt8functionIFviEEE5startERKSsEUlPFvvEM4gameFviEE_C1IJDniEEB5cxx11Ev";
    char name[sizeof whole], text[256];
    size_t i;
    int c;
    for (i = 0; i < sizeof whole; i++) {
        memcpy(name, whole, i);
        name[i] = '\0';
        (void)routines_demangle(name, text, sizeof text);
        memcpy(name, whole, sizeof whole);
        for (c = 1; c < 128 && i + 1 < sizeof whole; c++) {
            name[i] = (char)c;
            (void)routines_demangle(name, text, sizeof text);
        }
    }
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
    tcase_add_test(tests, a_std_thread_is_called_by_its_callable);
    tcase_add_test(tests, functions_of_one_type_are_told_apart_and_their_arguments_not);
    tcase_add_test(tests, a_static_libstdcxx_is_known_by_its_routine);
    tcase_add_test(tests, an_argument_that_is_no_state_does_no_harm);
    tcase_add_test(tests, a_full_table_has_no_entry);
    tcase_add_test(tests, threads_that_race_get_the_same_entry);
    tcase_add_loop_test(tests, mangled_names_become_qualified_ones, 0, sizeof mangled / sizeof *mangled);
    tcase_add_test(tests, broken_names_do_no_harm);
}
