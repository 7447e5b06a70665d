/* SPDX-License-Identifier: MIT */
#include "tell/termination.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"

#define FRAMES_MAX  8
#define VALUE_BYTES 1024

struct message {
    char *text;
    int used;
};

/* A line is there as a whole, or not at all. */
static void __attribute__((format(printf, 2, 3))) add(struct message *message, const char *format, ...)
{
    va_list args;
    int room = TERMINATION_BYTES - message->used;
    va_start(args, format);
    int n = vsnprintf(message->text + message->used, (size_t)room, format, args);
    va_end(args);
    if (n > 0 && n < room)
        message->used += n;
    message->text[message->used] = '\0';
}

int termination_text(const struct line *line, const char *more, const char *directory,
                     char ret_text[TERMINATION_BYTES])
{
    struct message message = {ret_text, 0};
    char value[VALUE_BYTES];
    *ret_text = '\0';
    if (line_string(line, "title", value, sizeof value))
        add(&message, "%s\n", value);
    if (*more)
        add(&message, "%s\n", more);
    for (size_t i = 0; i < FRAMES_MAX && line_element(line, "stack", i, value, sizeof value); i++)
        add(&message, "  %s\n", value);
    if (line_string(line, "path", value, sizeof value))
        add(&message, "bundle: %s%s%s\n", directory, *directory ? "/" : "", value);
    if (line_string(line, "signature", value, sizeof value))
        add(&message, "signature: %s\n", value);
    if (line_string(line, "time", value, sizeof value))
        add(&message, "time: %s\n", value);
    return message.used;
}

void termination_write(const char *path, const char *text)
{
    size_t size = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    ssize_t put = fd < 0 ? -1 : write(fd, text, size);
    if (put != (ssize_t)size)
        say("--termination-log='%s' cannot be written: %s", path, put < 0 ? strerror(errno) : "no space");
    if (fd >= 0)
        (void)close(fd);
}
