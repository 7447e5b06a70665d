/* SPDX-License-Identifier: MIT */
#include "report/say.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "date.h"
#include "base/json.h"

static enum summary_mode mode;
static struct {
    const char *exe, *id;
    int64_t pid;
} about;

void say_mode(enum summary_mode new_mode)
{
    mode = new_mode;
}

void say_of(const char *exe, int64_t pid, const char *id)
{
    about.exe = exe;
    about.pid = pid;
    about.id = id;
}

/*
 * The server dies when we end, and perhaps nobody reads its stderr: a pipe that is ready takes PIPE_BUF
 * bytes, and one that is not gets nothing.
 */
void say_bytes(const char *text, size_t size)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (size && poll(&ready, 1, 50) == 1 && (ready.revents & POLLOUT)) {
        ssize_t done = write(STDERR_FILENO, text, size < PIPE_BUF ? size : PIPE_BUF);
        if (done <= 0)
            return;
        text += done;
        size -= (size_t)done;
    }
}

/* The same head as in preload/out/events.c. */
static void add_json(const char *text, size_t size, struct buffer *out)
{
    char host[HOST_NAME_MAX + 1] = "", time[DATE_BYTES];
    struct timespec now = {0};
    (void)gethostname(host, sizeof host - 1);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    date_format((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000, time);
    json_open(out, NULL, '{');
    json_string(out, "crumple", CRUMPLE_VERSION);
    json_string(out, "event", "trouble");
    json_string(out, "exe", about.exe);
    if (about.pid)
        json_number(out, "pid", about.pid);
    else
        json_null(out, "pid");
    json_string(out, "time", time);
    json_string(out, "hostname", host);
    json_string(out, "id", about.id);
    json_bytes(out, "message", text, size);
    json_close(out, '}');
}

void say_compose(const char *text, size_t size, struct buffer *out)
{
    if (mode == SUMMARY_JSON) {
        add_json(text, size, out);
        buffer_add_char(out, '\n');
        return;
    }
    buffer_add_text(out, "crumple: ");
    buffer_add_clean(out, text, size);
    buffer_add_char(out, '\n');
}

/* Text where memory is too short for an object: the line may be about that. */
static bool say_json(const char *text, size_t size)
{
    struct buffer line = {0};
    say_compose(text, size, &line);
    bool is_whole = !line.failed;
    if (is_whole)
        say_bytes(line.data, line.size);
    buffer_release(&line);
    return is_whole;
}

void say_line(const char *format, ...)
{
    char text[1024], clean_text[1200];
    struct buffer clean = {.data = clean_text, .capacity = sizeof clean_text};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    size_t size = length < (int)sizeof text ? (size_t)length : sizeof text - 1;
    if (mode == SUMMARY_JSON && say_json(text, size))
        return;
    /* Never longer than its input: the buffer does not grow. */
    buffer_add_text(&clean, "crumple: ");
    buffer_add_clean(&clean, text, size);
    buffer_add_char(&clean, '\n');
    say_bytes(clean.data, clean.size);
}
