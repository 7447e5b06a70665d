/* SPDX-License-Identifier: MIT */
/* The signature is a plain function of names: what it joins, what it keeps apart, and how names are
 * normalised. */
#include <stdio.h>
#include <string.h>

#include "crash/words.h"
#include "explain/signature.h"
#include "walk/function_names.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct sig_frame frame(const char *function, const char *module)
{
    return (struct sig_frame){.function = function,
                              .function_size = function ? strlen(function) : 0,
                              .module = module,
                              .offset = 0x1239,
                              .entry = 0x1234};
}

/* functions: up to the first NULL; "libc:name" is a frame of the C library, "app:" one without a name. */
static const char *make(const char *kind, bool is_recursion, const char *const *functions)
{
    static char out[SIGNATURE_MAX];
    struct sig_frame frames[80];
    size_t count = 0;
    for (; functions[count]; count++) {
        const char *name = functions[count];
        if (strncmp(name, "libc:", 5) == 0)
            frames[count] = frame(name[5] ? name + 5 : NULL, "libc.so.6");
        else if (strcmp(name, "app:") == 0)
            frames[count] = frame(NULL, "game-server");
        else
            frames[count] = frame(name, "game-server");
    }
    const struct sig_input input = {kind, is_recursion, frames, count, "game-server"};
    ck_assert_int_eq(signature_make(&input, out, sizeof out), 0);
    return out;
}

#define MAKE(kind, ...) make(kind, false, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(test_takes_three_frames_of_the_application)
{
    ck_assert_str_eq(MAKE("SIGSEGV", "a", "b", "c", "d", "main"), "SIGSEGV | a | b | c");
}
END_TEST

START_TEST(test_leaves_out_the_runtime)
{
    ck_assert_str_eq(
        MAKE("abort", "libc:", "libc:raise", "libc:abort", "save", "main", "libc:__libc_start_main"),
        "abort | save | main");
    ck_assert_str_eq(MAKE("SIGSEGV", "libc:__strlen_evex", "log_line", "serve", "libc:start_thread"),
                     "SIGSEGV | log_line | serve");
    /* the same in a static program, where these functions are the program's own */
    ck_assert_str_eq(MAKE("SIGSEGV", "__strlen_avx2", "log_line", "serve", "start_thread", "__clone3"),
                     "SIGSEGV | log_line | serve");
    ck_assert_str_eq(MAKE("SIGSEGV", "compare", "libc:msort_with_tmp", "libc:qsort_r", "sort_users"),
                     "SIGSEGV | compare | sort_users");
}
END_TEST

START_TEST(test_keeps_kinds_and_callers_apart)
{
    char first[SIGNATURE_MAX];
    strcpy(first, MAKE("SIGSEGV", "copy", "login", "main"));
    ck_assert_str_ne(first, MAKE("SIGSEGV", "copy", "logout", "main"));
    ck_assert_str_ne(first, MAKE("SIGSEGV bad jump", "copy", "login", "main"));
    ck_assert_str_ne(first, MAKE("SIGSEGV sent", "copy", "login", "main"));
    ck_assert_str_eq(first, MAKE("SIGSEGV", "copy", "copy", "login", "main", "libc:"));
}
END_TEST

START_TEST(test_recursion_does_not_depend_on_depth)
{
    const char *const odd[] = {"parse_list", "parse", "parse_list", "parse",
                               "parse_list", "parse", "main",       NULL};
    const char *const even[] = {"parse", "parse_list", "parse", "parse_list",
                                "parse", "parse_list", "parse", NULL};
    char first[SIGNATURE_MAX];
    strcpy(first, make("stack overflow", true, odd));
    ck_assert_str_eq(first, "stack overflow | parse | parse_list");
    ck_assert_str_eq(first, make("stack overflow", true, even));
    ck_assert_str_eq(make("stack overflow", true, (const char *const[]){"big_frame", "main", NULL}),
                     "stack overflow | big_frame | main");
}
END_TEST

START_TEST(test_frames_without_names)
{
    ck_assert_str_eq(MAKE("SIGSEGV", "app:", "app:", "main"), "SIGSEGV | game-server+0x1234 | main");
    ck_assert_str_eq(MAKE("SIGSEGV", "a", "app:", "main"), "SIGSEGV | a | game-server+0x1234 | main");
    ck_assert_str_eq(MAKE("SIGTERM sent", "libc:", "libc:epoll_wait"), "SIGTERM sent | epoll_wait");
    ck_assert_str_eq(MAKE("SIGSEGV", "libc:"), "SIGSEGV | libc.so.6+0x1234");
    ck_assert_str_eq(make("SIGSEGV", false, (const char *const[]){NULL}), "SIGSEGV | unknown in game-server");
}
END_TEST

/* Frames of one program, each with a mark behind its name: '~' a guess, '@' the routine of a thread. */
static const char *make_marked(const char *build_id, const char *const *names)
{
    static char out[SIGNATURE_MAX];
    struct sig_frame frames[8];
    size_t count = 0;
    for (; names[count]; count++) {
        const size_t size = strlen(names[count]);
        const char mark = names[count][size - 1];
        frames[count] = frame(size > 1 || mark != '?' ? names[count] : NULL, "game-server");
        frames[count].function_size = size - (mark == '~' || mark == '@');
        frames[count].is_guess = mark == '~';
        frames[count].is_routine = mark == '@';
        frames[count].build_id = build_id;
    }
    const struct sig_input input = {"SIGSEGV", false, frames, count, "game-server"};
    ck_assert_int_eq(signature_make(&input, out, sizeof out), 0);
    return out;
}

#define MARKED(...) make_marked("", (const char *const[]){__VA_ARGS__, NULL})

START_TEST(test_a_guess_is_no_frame)
{
    ck_assert_str_eq(MARKED("parse", "stale~", "older~"), "SIGSEGV | parse");
    ck_assert_str_eq(MARKED("stale~", "older~"), "SIGSEGV | unknown in game-server");
}
END_TEST

START_TEST(test_who_calls_the_routine_of_threads_is_an_accident)
{
    char worker[SIGNATURE_MAX];
    strcpy(worker, MARKED("reply", "poll_loop@"));
    ck_assert_str_eq(worker, "SIGSEGV | reply | poll_loop");
    ck_assert_str_eq(MARKED("reply", "poll_loop@", "main"), worker);
}
END_TEST

START_TEST(test_places_without_names_belong_to_one_build)
{
    char first[SIGNATURE_MAX];
    strcpy(first, make_marked("0a1b2c3d4e", (const char *const[]){"?", "main", NULL}));
    ck_assert_str_eq(first, "SIGSEGV | game-server+0x1234@0a1b2c | main");
    ck_assert_str_ne(make_marked("1a1b2c3d4e", (const char *const[]){"?", "main", NULL}), first);
}
END_TEST

static const struct {
    const char *from, *to;
} names[] = {
    {"handle_login", "handle_login"},
    {"handle_login.cold", "handle_login"},
    {"parse.part.0", "parse"},
    {"parse.isra.0.cold", "parse"},
    {"parse.constprop.0", "parse"},
    {"parse.lto_priv.0", "parse"},
    {"parse.llvm.1234567890", "parse"},
    {"_ZN3app5Login3runEi.cold", "_ZN3app5Login3runEi"},
    {"__GI___strdup", "__strdup"},
    {"__libc_malloc", "malloc"},
    {"__libc_start_main", "__libc_start_main"},
    {"__memcpy_avx_unaligned_erms", "memcpy"},
    {"__memmove_avx512_unaligned_erms", "memmove"},
    {"__strlen_evex", "strlen"},
    {"__memset_sse2_unaligned", "memset"},
    {"__strcmp_ssse3", "strcmp"},
    {"core::str::from_utf8::h0123456789abcdef", "core::str::from_utf8"},
    {"_ZN4game5serve17h0123456789abcdefE", "_ZN4game5serveE"},
    {"_ZZN3app5Login3runEiENKUliE_clEi", "_ZN3app5Login3runEi"},
    {"_ZZN3app5Login3runEiENUlPKvS2_E1_4_FUNES2_S2_", "_ZN3app5Login3runEi"},
    {"app::Login::run(int)", "app::Login::run"},
    {"void app::put<int, std::vector<char>>(int) const", "app::put<T>"},
    {"(anonymous namespace)::serve(int)", "(anonymous namespace)::serve"},
    {"app::operator<(app::A, app::B)", "app::operator<"},
    {"app::Less::operator()(int)", "app::Less::operator()"},
    {"serve [clone .cold]", "serve"},
    {"a|b", "a_b"},
};

START_TEST(test_normalises_names)
{
    char out[160];
    function_names_normalise(names[_i].from, strlen(names[_i].from), out, sizeof out);
    ck_assert_str_eq(out, names[_i].to);
}
END_TEST

START_TEST(test_readable_names)
{
    static const char *const rows[][2] = {
        {"_ZN3app5Login3runEi.cold", "app::Login::run"},
        {"_ZN3app4CartIiE4lastEm", "app::Cart<T>::last"},
        {"serve.constprop.0", "serve"},
        {"_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"},
        {"_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Write$GT$9write_str17h0123456789abcdefE",
         "alloc::string::String::write_str"},
        {"<shop::Cart<i32> as core::ops::drop::Drop>::drop", "shop::Cart<T>::drop"},
        {"_ZZN3app5Login3runEiENKUliE_clEi", "app::Login::run"},
        {"_ZZ4mainENK3$_7clEv", "main"},
        {"panics::main::{closure#0}", "panics::main"},
        {"panics::main::{{closure}}", "panics::main"},
        {"<broken", "<T>"},
        {"<", "<T>"},
        {"", ""},
        {"main.(*Match).loop", "main.(*Match).loop"},
        {"example.com/game.(*Match).loop.func1", "example.com/game.(*Match).loop.func1"},
    };
    char out[160];
    for (size_t i = 0; i < COUNT(rows); i++) {
        function_names_readable(rows[i][0], strlen(rows[i][0]), out, sizeof out);
        ck_assert_str_eq(out, rows[i][1]);
    }
}
END_TEST

START_TEST(test_long_names_keep_both_ends)
{
    char name[320], out[160];
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 6, "first", 6);
    function_names_readable(name, strlen(name), out, sizeof out);
    ck_assert_uint_eq(strlen(out), sizeof out - 1);
    ck_assert_ptr_nonnull(strstr(out, "n...n"));
    ck_assert_str_eq(out + strlen(out) - 5, "first");
    for (size_t size = 1; size < 20; size++) {
        memset(out, '#', sizeof out);
        function_names_readable(name, strlen(name), out, size);
        ck_assert_uint_lt(strlen(out), size);
    }
}
END_TEST

START_TEST(test_never_writes_beyond_its_output)
{
    char deep[4096], out[64];
    memset(deep, '<', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    for (size_t size = 1; size < sizeof out; size++) {
        struct sig_frame frames[2] = {frame(deep, "game-server"), frame("main", "game-server")};
        const struct sig_input input = {"SIGSEGV with a long kind", false, frames, 2, NULL};
        memset(out, '#', sizeof out);
        (void)signature_make(&input, out, size);
        ck_assert(memchr(out, '\0', size) != NULL);
        ck_assert_int_eq(out[size], '#');
        function_names_normalise(deep, sizeof deep - 1, out, size);
        ck_assert_int_eq(out[size], '#');
    }
}
END_TEST

/* The signature of one function without a name in a module, called by main. */
static const char *make_printed(const char *module, const char *build_id, uint64_t entry,
                                uint32_t fingerprint)
{
    static char out[SIGNATURE_MAX];
    struct sig_frame frames[] = {frame(NULL, module), frame("main", module)};
    frames[0].build_id = build_id;
    frames[0].entry = entry;
    frames[0].fingerprint = fingerprint;
    const struct sig_input input = {"SIGSEGV", false, frames, COUNT(frames), "server"};
    ck_assert_int_eq(signature_make(&input, out, sizeof out), 0);
    return out;
}

START_TEST(test_a_fingerprint_stands_for_a_name_in_every_build)
{
    static const char *const modules[][2] = {{"libruby-3.1.so.3.1.2", "libruby"},
                                             {"libcrypto.so.1.1", "libcrypto"},
                                             {"python3.11", "python"},
                                             {"libisc-9.18.49-1~deb12u1-Debian.so", "libisc"},
                                             {"libtcl8.6.so", "libtcl"},
                                             {"nginx", "nginx"},
                                             {"mod_mpm_event.so", "mod_mpm_event"},
                                             {"7z", "7z"},
                                             {"-1", "-"},
                                             {".so", ".so"}};
    char wanted[SIGNATURE_MAX];
    for (size_t i = 0; i < COUNT(modules); i++) {
        snprintf(wanted, sizeof wanted, "SIGSEGV | %s~0000abcd | main", modules[i][1]);
        ck_assert_str_eq(make_printed(modules[i][0], "0a1b2c3d", 0x1234, 0xabcd), wanted);
        ck_assert_str_eq(make_printed(modules[i][0], "ffffffff", 0x4321, 0xabcd), wanted);
    }
    ck_assert_str_eq(make_printed("nginx", "0a1b2c3d", 0x1234, 0), "SIGSEGV | nginx+0x1234@0a1b2c | main");
}
END_TEST

START_TEST(test_main_of_a_stripped_program_is_not_that_of_another_one)
{
    char out[SIGNATURE_MAX];
    struct sig_frame only = frame(NULL, "tinyproxy");
    only.is_main = true;
    const struct sig_input input = {"SIGSEGV", false, &only, 1, "tinyproxy"};
    ck_assert_int_eq(signature_make(&input, out, sizeof out), 0);
    ck_assert_str_eq(out, "SIGSEGV | tinyproxy main");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_takes_three_frames_of_the_application);
    tcase_add_test(tests, test_leaves_out_the_runtime);
    tcase_add_test(tests, test_keeps_kinds_and_callers_apart);
    tcase_add_test(tests, test_recursion_does_not_depend_on_depth);
    tcase_add_test(tests, test_frames_without_names);
    tcase_add_test(tests, test_a_guess_is_no_frame);
    tcase_add_test(tests, test_readable_names);
    tcase_add_test(tests, test_long_names_keep_both_ends);
    tcase_add_test(tests, test_who_calls_the_routine_of_threads_is_an_accident);
    tcase_add_test(tests, test_places_without_names_belong_to_one_build);
    tcase_add_test(tests, test_main_of_a_stripped_program_is_not_that_of_another_one);
    tcase_add_test(tests, test_a_fingerprint_stands_for_a_name_in_every_build);
    tcase_add_loop_test(tests, test_normalises_names, 0, COUNT(names));
    tcase_add_test(tests, test_never_writes_beyond_its_output);
}
