/* SPDX-License-Identifier: MIT */
#include "explain/manner_table.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PATTERN_BYTES 80

/* The first row that matches wins. */
static const struct manner_row rows[] = {
    {"GLib", "g_assertion_message* g_assert_warning", "assert", "an assertion of GLib's g_assert() failed",
     false},
    {"GLib",
     "g_log g_logv g_log_structured* g_log_variant g_log_default_handler g_log_writer_* _g_log_abort "
     "_g_log_writer_* g_return_if_fail_warning g_warn_message",
     "g_error", "GLib ended the process: g_error(), or a message that its settings make fatal", false},
    /* They end the process where no memory is left. */
    {"GLib", "g_malloc* g_realloc* g_slice_alloc* g_try_malloc* g_memdup* g_strdup*", NULL, NULL, false},
    {"glog",
     "google::LogMessage::* google::LogMessageFatal::* google::ErrnoLogMessage::* google::NullStreamFatal::* "
     "google::LogDestination::* google::logging_fail* google::InstallFailureFunction* "
     "google::*DumpStackTraceAndExit* google::base::internal::*",
     "CHECK", "a CHECK or a LOG(FATAL) of glog failed", true},
    {"protobuf", "google::protobuf::internal::Log*", "CHECK", "a check of protobuf failed", false},
    {"Abseil",
     "absl::*log_internal::* absl::*raw_logging_internal::* absl::*base_internal::Throw* "
     "absl::*status_internal::ThrowBad* absl::*internal_statusor::*",
     "CHECK", "a CHECK or a LOG(FATAL) of Abseil failed", true},
    {"folly", "folly::detail::terminate* folly::assume_* folly::throw_exception* folly::LogStreamVoidify*",
     "CHECK", "a check of folly failed", false},
    {"Rust",
     "core::panicking::* std::panicking::begin_panic* std::panicking::rust_* std::panicking::panic_* "
     "std::panicking::default_hook* std::process::abort* std::rt::rtabort* core::option::expect_failed "
     "core::option::unwrap_failed core::result::unwrap_failed core::cell::panic_* core::slice::index::*fail* "
     "core::str::slice_error_fail* alloc::raw_vec::handle_error alloc::raw_vec::capacity_overflow "
     "alloc::alloc::handle_alloc_error* std::alloc::rust_oom* std::sys::*abort_internal "
     "std::sys::*__rust_end_short_backtrace std::sys_common::*__rust_end_short_backtrace __rustc::* "
     "panic_abort::* rust_begin_unwind rust_panic __rust_start_panic __rust_abort",
     "Rust panic", "a Rust panic ended the process", true},
    {"Go",
     "runtime.throw runtime.fatal* runtime.dieFromSignal runtime.gopanic runtime.panic* runtime.goPanic*",
     "Go panic", "the Go runtime ended the process; its message went to stderr", true},
    {"C++",
     "std::terminate std::unexpected std::rethrow_exception std::__throw_* __cxa_throw* __cxa_rethrow "
     "__cxa_call_terminate __cxa_call_unexpected __clang_call_terminate __gxx_personality_v0 "
     "__cxxabiv1::__terminate __cxxabiv1::__unexpected __gnu_cxx::__verbose_terminate_handler "
     "_Unwind_RaiseException _Unwind_Resume",
     NULL, NULL, false},
    {"libstdc++", "std::__glibcxx_assert_fail std::__replacement_assert", "assert",
     "an assertion of the C++ library failed (_GLIBCXX_ASSERTIONS)", false},
    {"Qt", "QMessageLogger::fatal qt_message_fatal qFatal qt_message_output", "qFatal",
     "Qt's qFatal() ended the process", false},
    {"Qt", "qt_assert qt_assert_x qt_check_pointer qBadAlloc qTerminate", "assert",
     "an assertion of Qt failed", false},
    {"V8",
     "v8::base::OS::Abort V8_Fatal v8::internal::V8::FatalProcessOutOfMemory v8::Utils::ReportApiFailure "
     "v8::Utils::ReportOOMFailure v8::internal::Heap::FatalProcessOutOfMemory",
     "V8 fatal error", "the V8 engine ended the process", true},
    {"node", "node::Abort node::Assert node::OnFatalError node::OOMErrorHandler node::FatalError",
     "node abort", "node ended the process", true},
    {"Python", "Py_FatalError* _Py_FatalError*", "Python fatal error",
     "the Python interpreter ended the process", true},
    {"Ruby", "rb_bug* rb_fatal rb_assert_failure", "Ruby bug", "the Ruby interpreter ended the process",
     true},
    {"Java", "VMError::report_and_die os::abort report_vm_error report_fatal", "Java VM error",
     "the Java virtual machine ended the process", true},
    {"OpenSSL", "OPENSSL_die", "assert", "an assertion of OpenSSL failed", false},
    {"PostgreSQL", "ExceptionalCondition", "assert", "an assertion of PostgreSQL failed", false},
    {"PostgreSQL", "errfinish errstart* elog_finish", "PANIC", "PostgreSQL ended the process with a message",
     false},
    {"libevent", "event_err event_errx event_sock_err", "libevent error", "libevent ended the process",
     false},
    {"systemd", "log_assert_failed* log_assert_failed_unreachable*", "assert",
     "an assertion of systemd failed", false},
};

static bool matches(const char *patterns, const char *name)
{
    char pattern[PATTERN_BYTES];
    for (const char *at = patterns; *at; at += strspn(at, " ")) {
        const int size = (int)strcspn(at, " ");
        snprintf(pattern, sizeof pattern, "%.*s", size, at);
        if (fnmatch(pattern, name, 0) == 0)
            return true;
        at += size;
    }
    return false;
}

const struct manner_row *manner_row_of(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (matches(rows[i].functions, name))
            return &rows[i];
    return NULL;
}
