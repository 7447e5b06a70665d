/* SPDX-License-Identifier: MIT */
/* Names for people; names that are long, deep or hostile. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "readable_name.h"
#include "unit.h"

static const char *readable(const char *name)
{
    static char text[400];
    (void)name_readable(name, strlen(name), text, sizeof text);
    return text;
}

START_TEST(test_functions_are_written_as_people_do)
{
    static const char *const rows[][2] = {
        {"main", "main"},
        {"_start", "_start"},
        {"__cxa_throw", "__cxa_throw"},
        {"_Z4peekP4Conn", "peek(Conn*)"},
        {"_Z3fooIiET_S0_", "foo<int>(int)"}, /* without what it returns */
        {"_ZNK3app5Queue4sizeEv", "app::Queue::size() const"},
        {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int>::push_back(int const&)"},
        {"_Z1fSt3mapINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESt6vectorIiSaIiEESt4lessIS5_ESaISt4pairI"
         "KS5_S8_EEE",
         "f(std::map<std::string, std::vector<int>>)"},
        {"_ZNSt3__16vectorIiNS_9allocatorIiEEE9push_backERKi", "std::vector<int>::push_back(int const&)"},
        {"_Z4mainv.cold", "main()"},
        {"serve.constprop.0.cold", "serve"},
        {".cold", ".cold"},
        {"_Z3runv.part.0.constprop.1", "run()"},
        {"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"},
        {"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJPFvPKcEPcEEEEE6_M_runEv",
         "std::thread::_State_impl<std::thread::_Invoker<std::tuple<void (*)(char const*), char*>>>::_M_run()"},
        {"_ZN12_GLOBAL__N_13runEv", "(anonymous namespace)::run()"},
        {"_Zbroken", "_Zbroken"},
        {"_Z", "_Z"},
        {"", ""},
        /* Rust: both manglings, without their hashes */
        {"_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"},
        {"_ZN4core9panicking5panic17h0123456789abcdefE.llvm.1234", "core::panicking::panic"},
        {"_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Write$GT$9write_str17h0123456789abcdefE",
         "<alloc::string::String as core::fmt::Write>::write_str"},
        {"_RNvNtNtNtCsjrHSEGnQ3l9_3std3sys3pal4unix14abort_internal", "std::sys::pal::unix::abort_internal"},
        {"_RNvCsjrHSEGnQ3l9_4main5parse.llvm.77", "main::parse"},
        {"_RNCNvC4main3run0", "main::run::{closure#0}"},
        {"_Rbroken", "_Rbroken"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_str_eq(readable(rows[i][0]), rows[i][1]);
}
END_TEST

START_TEST(test_the_name_need_not_end)
{
    char text[100];
    ck_assert(name_readable("_Z4peekP4Conn@V1", 13, text, sizeof text));
    ck_assert_str_eq(text, "peek(Conn*)");
    ck_assert(name_short("_Z4peekP4Conn@V1", 13, text, sizeof text));
    ck_assert_str_eq(text, "peek");
    const char *function = "_ZNSt17_Function_handlerIFvRKN3app7RequestEEPFvS3_EE9_M_invokeERKSt9_Any_dataS3_";
    ck_assert(name_short(function, strlen(function), text, sizeof text));
    ck_assert_str_eq(
        text, "std::_Function_handler<void (app::Request const&), void (*)(app::Request const&)>::_M_invoke");
    ck_assert(!name_readable("mainly", 4, text, sizeof text));
    ck_assert_str_eq(text, "main");
    (void)name_readable("main", 4, NULL, 0);
}
END_TEST

START_TEST(test_types_are_written_as_people_do)
{
    static const char *const rows[][2] = {
        {"i", "int"},
        {"PKc", "const char *"},
        {"St17_Nested_exceptionISt11logic_errorE", "std::_Nested_exception<std::logic_error>"},
        {"_ZTIN3app8BadInputE", "app::BadInput"},
        {"*N12_GLOBAL__N_15LocalE", "(anonymous namespace)::Local"},
        {"Z4mainEUlvE_", "main::{lambda()#1}"},
        {"no type", "no type"},
        {"", ""},
    };
    char text[100];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)name_readable_type(rows[i][0], text, sizeof text);
        ck_assert_str_eq(text, rows[i][1]);
    }
}
END_TEST

START_TEST(test_of_a_long_name_the_parameters_go_first_and_then_the_middle)
{
    const char *name = "_ZN3app7handlerEPN3app7requestENS_8responseE";
    char text[60];
    (void)name_readable(name, strlen(name), text, 50);
    ck_assert_str_eq(text, "app::handler(app::request*, app::response)");
    (void)name_readable(name, strlen(name), text, 20);
    ck_assert_str_eq(text, "app::handler");
    (void)name_readable(name, strlen(name), text, 12);
    ck_assert_str_eq(text, "ap...andler");
    ck_assert(name_readable_type("St17_Nested_exceptionISt11logic_errorE", text, 20));
    ck_assert_str_eq(text, "std::...ogic_error>");
    ck_assert(name_readable("a_function_of_c", 15, text, 12));
    ck_assert_str_eq(text, "a_...n_of_c");
    /* between characters, not within one */
    ck_assert(name_readable("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc", 12, text, 10));
    ck_assert_str_eq(text, "\xc3\xa4...\xc3\xb6\xc3\xbc");
}
END_TEST

START_TEST(test_a_long_name_is_readable_at_both_ends)
{
    char name[8192] = "_ZN", text[NAME_TITLE_BYTES];
    for (int i = 0; i < 240; i++)
        strcat(name, "28very_long_namespace_part_000");
    strcat(name, "10crash_hereEv");
    ck_assert(name_readable(name, strlen(name), text, sizeof text));
    ck_assert_int_eq(strncmp(text, "very_long_namespace_part_000::", 30), 0);
    ck_assert_str_eq(text + strlen(text) - 12, "::crash_here");
    ck_assert_uint_eq(strlen(text), sizeof text - 1);
}
END_TEST

/* Each substitution names the one before it twice: 2 to the power of 40 bytes. */
START_TEST(test_a_name_that_explodes_is_cut)
{
    char cxx[2000] = "_Z1fI1aIiiE", rust[2000] = "_RINvC1a1f", text[300];
    const char *digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int i = 1; i < 35; i++) {
        char part[32];
        /* S_ is f, S0_ is a, S1_ is a<int, int>, S2_ is a<S1_, S1_> ... */
        snprintf(part, sizeof part, "S0_IS%c_S%c_E", digits[i], digits[i]);
        strcat(cxx, part);
    }
    strcat(cxx, "Evv");
    ck_assert(name_readable(cxx, strlen(cxx), text, sizeof text));
    ck_assert_int_eq(strncmp(text, "f<a<int, int>, a<a<int, int>, a<int, int>>, a<a<a<int", 46), 0);
    /* a tuple of the two tuples that came last: T B.. B.. E; positions count from behind _R, in base 62 */
    size_t last = strlen(rust) - 2;
    strcat(rust, "ThhE");
    for (int i = 0; i < 40; i++) {
        char part[32];
        size_t at = strlen(rust) - 2;
        static const char base62[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        size_t number = last - 1;
        if (number < 62)
            snprintf(part, sizeof part, "TB%c_B%c_E", base62[number], base62[number]);
        else
            snprintf(part, sizeof part, "TB%c%c_B%c%c_E", base62[number / 62], base62[number % 62],
                     base62[number / 62], base62[number % 62]);
        last = at;
        strcat(rust, part);
    }
    strcat(rust, "E");
    ck_assert(name_readable(rust, strlen(rust), text, sizeof text));
    ck_assert_int_eq(strncmp(text, "a::f::<(u8, u8)", 15), 0);
}
END_TEST

static void *name_many(void *unused)
{
    static const char *const units[] = {"P",  "F",   "PF", "A_", "M",    "1aI",  "N1aI",  "Z",
                                        "cv", "U1a", "TW", "GR", "Xng",  "DTng", "il",    "tli",
                                        "sr", "qu",  "J",  "Dp", "Dv1_", "K",    "L_Z1fI"};
    static char name[8192 + 1], text[300];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        for (int kind = 0; kind < 4; kind++) {
            strcpy(name, kind == 0 ? "_Z1f" : kind == 1 ? "_Z1fIX" : kind == 2 ? "_Z" : "_R");
            while (strlen(name) + strlen(units[i]) < sizeof name)
                strcat(name, units[i]);
            (void)name_readable(name, strlen(name), text, sizeof text);
            (void)name_readable_type(name + 2, text, sizeof text);
        }
    return unused;
}

/* libiberty is not compiled with the sanitizer: its frames are as large as they are in the programs. */
START_TEST(test_the_deepest_names_fit_on_a_stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, 3 << 20), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, name_many, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}
END_TEST

/* A server may have a small one; its name of 300 bytes is readable all the same. */
START_TEST(test_on_a_small_stack_long_names_stay_as_they_are)
{
    const struct rlimit small = {256 << 10, 256 << 10};
    char name[8000] = "_ZN", text[400];
    ck_assert_int_eq(setrlimit(RLIMIT_STACK, &small), 0);
    for (int i = 0; i < 10; i++)
        strcat(name, "28very_long_namespace_part_000");
    strcat(name, "10crash_hereEv");
    ck_assert(name_readable(name, strlen(name), text, sizeof text));
    ck_assert_int_eq(strncmp(text, "very_long_namespace_part_000::", 30), 0);
    (void)name_many(NULL);
    memset(name + 4, 'P', sizeof name - 5);
    name[sizeof name - 1] = '\0';
    ck_assert(name_readable(name, strlen(name), text, sizeof text));
    ck_assert_int_eq(strncmp(text, "_ZN2PPP", 7), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_on_a_small_stack_long_names_stay_as_they_are);
    tcase_add_test(tests, test_functions_are_written_as_people_do);
    tcase_add_test(tests, test_the_name_need_not_end);
    tcase_add_test(tests, test_types_are_written_as_people_do);
    tcase_add_test(tests, test_of_a_long_name_the_parameters_go_first_and_then_the_middle);
    tcase_add_test(tests, test_a_long_name_is_readable_at_both_ends);
    tcase_add_test(tests, test_a_name_that_explodes_is_cut);
    tcase_add_test(tests, test_the_deepest_names_fit_on_a_stack);
}
