/* SPDX-License-Identifier: MIT */
#include "base/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crumple_text.h"

#define LINE_BYTES  1000
#define PATIENCE_MS 200

static bool is_verbose;

size_t say_clean(char *text)
{
    size_t left = strlen(text), used = 0;
    for (const char *at = text; left;) {
        uint32_t c;
        size_t n = crumple_text_decode(at, left, &c);
        if (n == 0 || crumple_text_is_unsafe(c)) {
            text[used++] = '?';
        } else {
            memmove(text + used, at, n);
            used += n;
        }
        n = n ? n : 1;
        at += n;
        left -= n;
    }
    return used;
}

/* A reader that takes nothing must not hold up the server's signals, or its end: the line is lost. What poll calls
 * writable takes a line (PIPE_BUF) without a wait. */
static bool has_room(void)
{
    struct pollfd to = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&to, 1, PATIENCE_MS) > 0;
}

/* Nor must a reader that is gone end this process: the server, which has not started yet, may never write. */
static void write_line(const char *line, size_t size)
{
    const struct timespec at_once = {0, 0};
    sigset_t of_pipe, before;
    (void)sigemptyset(&of_pipe);
    (void)sigaddset(&of_pipe, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &of_pipe, &before);
    if (write(STDERR_FILENO, line, size) < 0 && errno == EPIPE)
        (void)sigtimedwait(&of_pipe, NULL, &at_once);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void say_list(const char *format, va_list args)
{
    static const char prefix[] = "crumple: ";
    char line[LINE_BYTES];
    const size_t begin = sizeof prefix - 1;
    memcpy(line, prefix, begin);
    if (vsnprintf(line + begin, sizeof line - begin - 1, format, args) < 0)
        return;
    size_t used = begin + say_clean(line + begin);
    line[used++] = '\n';
    if (has_room())
        write_line(line, used);
}

void say(const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    say_list(format, args);
    va_end(args);
    errno = saved;
}

void say_more(const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    if (is_verbose)
        say_list(format, args);
    va_end(args);
    errno = saved;
}

void say_verbosely(void)
{
    is_verbose = true;
}
