/* SPDX-License-Identifier: MIT */
/* Colours and JSON on stdout, messages on stderr: see screen/out.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen/out.h"
#include "base/text.h"

#define NARROW 40

/* Of a terminal behind a pager; 0: there is no pager. */
static size_t kept_width;

bool out_is_terminal(void)
{
    return kept_width > 0 || isatty(STDOUT_FILENO);
}

void out_keep_terminal(void)
{
    kept_width = out_terminal_width();
}

/* bixense.com/clicolors: "0" is as good as none. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value && (strcmp(variable, "NO_COLOR") == 0 || strcmp(value, "0") != 0);
}

struct out_colors out_colors(enum options_color wanted)
{
    static const struct out_colors none = {"", "", "", "", "", ""};
    static const struct out_colors some = {"\033[1m",  "\033[2m",  "\033[31m",
                                           "\033[33m", "\033[32m", "\033[0m"};
    const bool is_forbidden = is_set("NO_COLOR"), is_forced = is_set("CLICOLOR_FORCE");
    const char *term = getenv("TERM");
    const bool is_able = out_is_terminal() && term && strcmp(term, "dumb") != 0;

    if (wanted == OPTIONS_COLOR_AUTO && (is_forbidden || (!is_forced && !is_able)))
        wanted = OPTIONS_COLOR_NEVER;
    return wanted == OPTIONS_COLOR_NEVER ? none : some;
}

size_t out_terminal_width(void)
{
    struct winsize size;

    if (kept_width > 0)
        return kept_width;
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < NARROW ? NARROW : size.ws_col;
}

bool out_wants_json(enum options_format wanted)
{
    return wanted == OPTIONS_FORMAT_JSON || (wanted == OPTIONS_FORMAT_AUTO && !out_is_terminal());
}

/* The first error of writing to stdout. */
static int first_error;

void out_flush(void)
{
    if (fflush(stdout) != 0 && first_error == 0)
        first_error = errno;
    if (ferror(stdout) && first_error == 0)
        first_error = EIO; /* printf met it, and did not say which */
}

void out_begin(void)
{
    signal(SIGPIPE, SIG_IGN);
    text_init();
}

bool out_end(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    out_flush();
    if (first_error == 0 || first_error == EPIPE || (poll(&out, 1, 0) > 0 && (out.revents & POLLERR)))
        return true;
    say("cannot write the result: %s", strerror(first_error));
    return false;
}

void say(const char *format, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = NULL;
    va_end(args);
    out_flush(); /* keep the order of results and messages where both go to the same place */
    fputs("crumple: ", stderr);
    text_put(stderr, message ? message : "out of memory");
    fputc('\n', stderr);
    free(message);
}

/* DEL is the one control character that jansson lets through; it can stand in strings only. */
static int put_piece(const char *piece, size_t len, void *context)
{
    (void)context;
    for (size_t i = 0; i < len; i++)
        if (piece[i] == 0x7f)
            fputs("\\u007f", stdout);
        else
            putchar(piece[i]);
    return 0;
}

void out_json(const json_t *value, size_t indent)
{
    size_t flags = JSON_ENSURE_ASCII | (indent ? JSON_INDENT(indent) : JSON_COMPACT);

    (void)json_dump_callback(value, put_piece, NULL,
                             flags); /* the callback never fails; out_end checks stdout */
    putchar('\n');
}
