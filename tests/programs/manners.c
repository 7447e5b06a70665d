/* SPDX-License-Identifier: MIT */
/* Ways to give up, and places that do: manners WAY. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define DECLARED __attribute__((noinline, noreturn))

static volatile int bad = 1;

/* Three functions deep, all declared. */
DECLARED static void vpanic(const char *format, va_list list)
{
    char text[200];
    vsnprintf(text, sizeof text, format, list);
    fprintf(stderr, "PANIC: %s\n", text);
    abort();
}

DECLARED static void panic(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vpanic(format, list);
}

DECLARED static void assertion_failed(const char *text, int line)
{
    panic("assertion %s at line %d", text, line);
}

NOINLINE static int index_read(int page)
{
    if (bad)
        assertion_failed("page != NULL", 99);
    return page + bad;
}

NOINLINE static int wal_write(int fd)
{
    if (bad)
        assertion_failed("fd >= 0", 12);
    return fd + bad;
}

/* Not declared, and without a telling name. */
NOINLINE static void leave(const char *text, int number)
{
    fprintf(stderr, "leaving: %s %d\n", text, number);
    abort();
}

NOINLINE static int pay(int sum)
{
    if (bad)
        leave("no money", sum);
    return sum + bad;
}

/* It ends the process, with a status. */
NOINLINE static void quit_with(const char *text, int status)
{
    fprintf(stderr, "quit: %s\n", text);
    exit(status);
}

NOINLINE static int load_config(int status)
{
    if (bad)
        quit_with("no such option", status);
    return status + bad;
}

/* Not declared; named like what it is. */
NOINLINE static void log_fatal(const char *text, int number)
{
    fprintf(stderr, "fatal: %s %d\n", text, number);
    abort();
}

NOINLINE static int send_reply(int length)
{
    if (bad)
        log_fatal("reply of length", length);
    return length + bad;
}

NOINLINE static int join_match(int id)
{
    if (bad)
        log_fatal("no match", id);
    return id + bad;
}

/* A place that happens to end in abort(). */
NOINLINE static void check_books(int sum)
{
    bad = sum;
    abort();
}

NOINLINE static int close_day(int sum)
{
    check_books(sum);
    return sum + bad;
}

/* A loop does not return either. */
DECLARED static void serve_forever(void)
{
    for (int i = 0;; i++) {
        if (i == 3 && bad)
            abort();
        usleep(1);
    }
}

/* Long after its last words the thread calls a few more functions. */
NOINLINE static int use_stack(int depth)
{
    volatile char room[64];
    memset((void *)room, depth, sizeof room);
    return depth ? use_stack(depth - 1) + room[3] : room[0];
}

NOINLINE static int late(int n)
{
    fprintf(stderr, "the log before\nlast words %d\n", n);
    if (use_stack(5) != 77)
        abort();
    return n;
}

NOINLINE static int silent(int n)
{
    if (bad)
        abort();
    return n;
}

/* GLib, without its headers. */
#define G_LOG_LEVEL_ERROR (1 << 2)
void g_log(const char *domain, int level, const char *format, ...);
void g_assertion_message_expr(const char *domain, const char *file, int line, const char *function,
                              const char *text);

NOINLINE static int open_database(int error)
{
    if (bad)
        g_log("shop", G_LOG_LEVEL_ERROR, "cannot open %s: %d", "users.db", error);
    return error + bad;
}

NOINLINE static int load_users(int line)
{
    if (bad)
        g_log("shop", G_LOG_LEVEL_ERROR, "line %d is torn", line);
    return line + bad;
}

NOINLINE static int check_state(int state)
{
    if (bad)
        g_assertion_message_expr("shop", "shop.c", 20, __func__, "state == 4");
    return state + bad;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int);
    } ways[] = {{"index", index_read},       {"wal", wal_write},    {"reply", send_reply},
                {"join", join_match},        {"books", close_day},  {"pay", pay},
                {"config", load_config},     {"late", late},        {"silent", silent},
                {"database", open_database}, {"users", load_users}, {"state", check_state}};
    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            return ways[i].run(7) + bad; /* no tail call */
    if (argc > 1 && strcmp(argv[1], "loop") == 0)
        serve_forever();
    return 2;
}
