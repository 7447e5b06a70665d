/* SPDX-License-Identifier: MIT */
/*
 * What only the object for musl exports (preload/libc/exports_musl.txt): calls that end in exit() inside libc, past its
 * hook: main's return, and err() and its kin.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "calls/exits.h"
#include "exported/endings_musl.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "settings.h"

typedef int main_function(int argc, char **argv, char **envp);
typedef int start_function(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                           void (*loader)(void), void *stack_end);
typedef void ending_function(int status, const char *format, va_list arguments);

extern start_function __libc_start_main;

static main_function *program_main;

/* The writer knows by this name, which is glibc's, that main has returned (writer/explain/exit.c). */
static int __libc_start_call_main(int argc, char **argv, char **envp)
{
    exit(program_main(argc, argv, envp));
}

/* Inline: exits_noted() notes the frame of the hook. */
static inline __attribute__((always_inline, noreturn)) void end(const char *name, int status,
                                                                const char *format, va_list arguments)
{
    ending_function *ending = libc_next(name);
    exits_noted(status);
    ending(status, format, arguments);
    safe_halt();
}

static void verr(int status, const char *format, va_list arguments)
{
    end("verr", status, format, arguments);
}

static void verrx(int status, const char *format, va_list arguments)
{
    end("verrx", status, format, arguments);
}

static void err(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    end("verr", status, format, arguments);
    va_end(arguments);
}

static void errx(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    end("verrx", status, format, arguments);
    va_end(arguments);
}

void (*ending_verr)(int status, const char *format, va_list arguments) = verr;
void (*ending_verrx)(int status, const char *format, va_list arguments) = verrx;
void (*ending_err)(int status, const char *format, ...) = err;
void (*ending_errx)(int status, const char *format, ...) = errx;

/* Libraries give these names to functions of their own, with other arguments, which do return. */
static bool may_take_endings(void)
{
    static const char *const names[] = {"err", "errx", "verr", "verrx"};
    const char *libc = libc_path_of(libc_inside());
    bool are_of_libc = libc_is_ours();
    for (size_t i = 0; are_of_libc && i < sizeof names / sizeof *names; i++)
        are_of_libc = libc_path_of(libc_next(names[i])) == libc;
    return are_of_libc;
}

static void leave_endings(void)
{
    ending_err = libc_next("err");
    ending_errx = libc_next("errx");
    ending_verr = libc_next("verr");
    ending_verrx = libc_next("verrx");
}

/*
 * Called before all constructors. By default nobody asks for the status of main's return, and main has the caller that it
 * has without crumple. The last argument is glibc's: this object may be in a process of glibc.
 */
HOOK int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                           void (*loader)(void), void *stack_end)
{
    start_function *start = libc_next("__libc_start_main");
    const bool is_asked = libc_is_ours() && settings_getenv(argv + argc + 1, "CRUMPLE_EXIT");
    program_main = main;
    if (!may_take_endings())
        leave_endings();
    return start(is_asked ? __libc_start_call_main : main, argc, argv, init, fini, loader, stack_end);
}
