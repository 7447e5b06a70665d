/* SPDX-License-Identifier: MIT */
/* Place and manner of a death: the table of libraries' ways to die, and the rows of frames that they stand on. */
#include <string.h>

#include "explain/manner.h"
#include "unit.h"

static const struct {
    const char *function, *family, *kind;
} known[] = {
    {"g_assertion_message_expr", "GLib", "assert"},
    {"g_log_structured_array", "GLib", "g_error"},
    {"_g_log_abort", "GLib", "g_error"},
    {"g_malloc0_n", "GLib", NULL},
    {"google::LogMessage::SendToLog", "glog", "CHECK"},
    {"google::(anonymous namespace)::DumpStackTraceAndExit", "glog", "CHECK"},
    {"google::protobuf::internal::LogMessage::Finish", "protobuf", "CHECK"},
    {"absl::debian3::raw_logging_internal::RawLog", "Abseil", "CHECK"},
    {"absl::log_internal::LogMessage::Die", "Abseil", "CHECK"},
    {"core::panicking::panic_bounds_check", "Rust", "Rust panic"},
    {"core::option::expect_failed", "Rust", "Rust panic"},
    {"std::panicking::rust_panic_with_hook", "Rust", "Rust panic"},
    {"std::sys::backtrace::__rust_end_short_backtrace", "Rust", "Rust panic"},
    {"__rustc::rust_begin_unwind", "Rust", "Rust panic"},
    {"runtime.dieFromSignal", "Go", "Go panic"},
    {"std::terminate", "C++", NULL},
    {"std::__throw_out_of_range_fmt", "C++", NULL},
    {"std::__glibcxx_assert_fail", "libstdc++", "assert"},
    {"QMessageLogger::fatal", "Qt", "qFatal"},
    {"v8::base::OS::Abort", "V8", "V8 fatal error"},
    {"Py_FatalErrorFunc", "Python", "Python fatal error"},
    {"OPENSSL_die", "OpenSSL", "assert"},
};

START_TEST(test_table)
{
    const struct manner_row *row = manner_row_of(known[_i].function);
    ck_assert_msg(row != NULL, "%s", known[_i].function);
    ck_assert_str_eq(row->family, known[_i].family);
    if (known[_i].kind)
        ck_assert_str_eq(row->kind, known[_i].kind);
    else
        ck_assert_ptr_null(row->kind);
    ck_assert(!row->kind == !row->cause);
}
END_TEST

START_TEST(test_ordinary_names_have_no_row)
{
    static const char *const names[] = {"main",
                                        "panic",
                                        "fatal_error",
                                        "g_main_loop_run",
                                        "core::fmt::write",
                                        "google::protobuf::Message::Clear",
                                        "std::sort",
                                        "runtime.mcall",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(!manner_row_of(names[i]), "%s", names[i]);
}
END_TEST

/* It returns; it never does; it never does, and calls more than one function. */
enum { OWN = 0, CODE = 1, BUSY = 2 };

/* A frame: "libc:NAME", "glib:NAME", "?" without a name, else one of the program. */
struct row {
    const char *name;
    int ends;
};

static size_t frames_of_manner(const struct row *rows, struct manner *manner)
{
    static struct sig_frame frames[64];
    size_t count = 0;
    for (; rows[count].name; count++) {
        const char *name = rows[count].name;
        frames[count] = (struct sig_frame){.module = "server",
                                           .never_returns = rows[count].ends != OWN,
                                           .calls_more = rows[count].ends == BUSY};
        if (strncmp(name, "libc:", 5) == 0 || strncmp(name, "glib:", 5) == 0) {
            frames[count].module = name[0] == 'l' ? "libc.so.6" : "libglib-2.0.so.0";
            name += 5;
        }
        frames[count].is_signal_frame = strcmp(name, "<signal>") == 0;
        frames[count].is_guess = name[0] == '~';
        if (name[0] != '?') {
            frames[count].function = name;
            frames[count].function_size = strlen(name);
        }
    }
    manner_find(frames, count, manner);
    return manner->frames;
}

/* Returns the name of the place: the first frame outside of the manner. */
static const char *place_of(const struct row *rows)
{
    struct manner manner;
    return rows[frames_of_manner(rows, &manner)].name;
}

#define PLACE(...) place_of((const struct row[]){__VA_ARGS__, {NULL, 0}})
#define ABORT                                                                                                \
    {"libc:raise", OWN},                                                                                     \
    {                                                                                                        \
        "libc:abort", OWN                                                                                    \
    }
#define MAIN                                                                                                 \
    {"main", OWN},                                                                                           \
    {                                                                                                        \
        "libc:__libc_start_call_main", OWN                                                                   \
    }

START_TEST(test_a_way_to_die_of_the_servers_own_is_not_the_place)
{
    ck_assert_str_eq(
        PLACE(ABORT, {"vpanic", BUSY}, {"panic", BUSY}, {"assert_failed", CODE}, {"index_read", OWN}, MAIN),
        "index_read");
    /* whatever it is called */
    ck_assert_str_eq(PLACE(ABORT, {"leave", BUSY}, {"index_read", OWN}, MAIN), "index_read");
    /* it only hands on, but is named like one */
    ck_assert_str_eq(PLACE(ABORT, {"log_fatal", CODE}, {"wal_write", OWN}, MAIN), "wal_write");
    ck_assert_str_eq(PLACE(ABORT, {"log_fatal", OWN}, {"wal_write", OWN}, MAIN), "log_fatal");
    /* stripped: the code decides */
    ck_assert_str_eq(PLACE(ABORT, {"?1", CODE}, {"?2", CODE}, {"?3", OWN}, MAIN), "?3");
}
END_TEST

START_TEST(test_a_place_that_happens_to_end_in_abort_stays_the_place)
{
    ck_assert_str_eq(PLACE(ABORT, {"check_books", CODE}, {"request", OWN}, MAIN), "check_books");
    ck_assert_str_eq(PLACE(ABORT, {"soldier", CODE}, {"request", OWN}, MAIN), "soldier");
    /* a loop does not return either */
    ck_assert_str_eq(PLACE(ABORT, {"serve_forever", BUSY}, MAIN), "serve_forever");
    ck_assert_str_eq(PLACE(ABORT, {"main", CODE}, {"libc:__libc_start_call_main", OWN}), "main");
    ck_assert_str_eq(PLACE(ABORT, {"fatal", BUSY}, MAIN), "main");
}
END_TEST

START_TEST(test_a_library_is_not_the_place)
{
    struct manner manner;
    const struct row glib[] = {{"glib:?", OWN}, {"glib:g_logv", OWN}, {"glib:g_log", OWN},
                               {"load", CODE},  {"main", OWN},        {NULL, 0}};
    ck_assert_uint_eq(frames_of_manner(glib, &manner), 3);
    ck_assert_str_eq(manner.row->kind, "g_error");
    ck_assert_str_eq(manner.function->function, "g_log");
    /* a handler of the application stands in between */
    ck_assert_str_eq(
        PLACE(ABORT, {"my_log_handler", OWN}, {"glib:g_logv", OWN}, {"glib:g_log", OWN}, {"load", OWN}, MAIN),
        "load");
    /* a wrapper of the program's own around it */
    ck_assert_str_eq(
        PLACE({"glib:g_logv", OWN}, {"glib:g_log", OWN}, {"my_fatal", CODE}, {"load", OWN}, MAIN), "load");
    ck_assert_str_eq(PLACE(ABORT, {"std::sys::pal::unix::abort_internal", CODE},
                           {"std::process::abort", CODE}, {"core::panicking::panic_fmt", CODE},
                           {"app::parse", CODE}, {"app::main", OWN}, MAIN),
                     "app::parse");
}
END_TEST

START_TEST(test_signal_frames_and_guesses_end_the_search)
{
    ck_assert_str_eq(PLACE(ABORT, {"panic", BUSY}, {"<signal>", OWN}, {"fatal", BUSY}, MAIN), "<signal>");
    ck_assert_str_eq(PLACE(ABORT, {"~panic", BUSY}, {"request", OWN}, MAIN), "~panic");
    struct manner manner;
    ck_assert_uint_eq(frames_of_manner((const struct row[]){{NULL, 0}}, &manner), 0);
    ck_assert_ptr_null(manner.row);
    ck_assert_ptr_null(manner.function);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, test_table, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tests, test_ordinary_names_have_no_row);
    tcase_add_test(tests, test_a_way_to_die_of_the_servers_own_is_not_the_place);
    tcase_add_test(tests, test_a_place_that_happens_to_end_in_abort_stays_the_place);
    tcase_add_test(tests, test_a_library_is_not_the_place);
    tcase_add_test(tests, test_signal_frames_and_guesses_end_the_search);
}
