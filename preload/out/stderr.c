/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the constructor, the faulting thread, the helper and the keeper. See out/stderr.h. */
#include "out/stderr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "state/config.h"
#include "crumple_options.h"
#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define PREFIX       "crumple: "
#define PREFIX_BYTES (sizeof PREFIX - 1)
#define SHORT_LINE   512
#define LONG_LINE    (2 * CONFIG_PATH_BYTES)

bool safe_stderr_usable(const struct crumple_config *config)
{
    struct stat st;
    if (safe_fstat(2, &st) < 0)
        return false;
    /* What it was at the start is what the operator gave, socket (journald) or not. */
    if (config->has_stderr && st.st_dev == config->stderr_id.dev && st.st_ino == config->stderr_id.ino)
        return true;
    /* A daemon's own choice: a terminal, /dev/null, or a log opened for appending. */
    if (S_ISCHR(st.st_mode))
        return true;
    long flags = safe_call(SYS_fcntl, 2, F_GETFL, 0);
    return S_ISREG(st.st_mode) && flags >= 0 && (flags & O_APPEND);
}

bool safe_stderr_is_json(const struct crumple_config *config)
{
    return config->stderr_mode == CRUMPLE_STDERR_JSON;
}

/*
 * Writes to descriptor 2 if that does not block: the pipe may have no reader. A pipe that is
 * ready takes PIPE_BUF bytes (pipe(7)), and no line of crumple's is longer.
 */
static void write_ready(const char *text, size_t n)
{
    struct pollfd p = {.fd = 2, .events = POLLOUT};
    long result = safe_poll(&p, 1, 0);
    if (result == -EINVAL) { /* RLIMIT_NOFILE is 0: poll counts, select does not */
        uint64_t set[16] = {1 << 2}, now[2] = {0, 0};
        result = safe_call(SYS_select, 3, NULL, set, NULL, now);
        p.revents = result == 1 ? POLLOUT : 0;
    }
    if (result == 1 && (p.revents & POLLOUT))
        safe_call(SYS_write, 2, text, n);
}

static void write_event(const struct crumple_config *config, struct safe_event *event, char *buffer,
                        size_t size)
{
    struct safe_text t = safe_text_on(buffer, size);
    event->for_stderr = true;
    event->exe = config->exe;
    safe_event_line(&t, event);
    write_ready(t.data, t.used);
}

/* Before the configuration is complete the host's name is unknown. */
static __attribute__((noinline)) void write_with_host(const struct crumple_config *config,
                                                      struct safe_event *event, char *buffer, size_t size)
{
    struct utsname uts;
    event->hostname = safe_call(SYS_uname, &uts) == 0 ? uts.nodename : NULL;
    write_event(config, event, buffer, size);
}

void safe_stderr_event(const struct crumple_config *config, struct safe_event *event, char *buffer,
                       size_t size)
{
    event->hostname = config->hostname;
    if (config->hostname[0])
        write_event(config, event, buffer, size);
    else
        write_with_host(config, event, buffer, size);
}

/* The frame of a faulting thread is small: its stack may be. Longer lines come from elsewhere. */
static __attribute__((noinline)) void write_short(const struct crumple_config *config,
                                                  struct safe_event *event)
{
    char buffer[SHORT_LINE + 1024];
    safe_stderr_event(config, event, buffer, sizeof buffer);
}

static __attribute__((noinline)) void write_long(const struct crumple_config *config,
                                                 struct safe_event *event)
{
    char buffer[LONG_LINE + 1024];
    safe_stderr_event(config, event, buffer, sizeof buffer);
}

void safe_stderr_text(const struct crumple_config *config, int pid, const struct safe_text *line)
{
    struct safe_event event = {.kind = SAFE_EVENT_TROUBLE, .pid = pid};
    if (!safe_stderr_is_json(config)) {
        write_ready(line->data, line->used);
        return;
    }
    event.message = safe_starts(line->data, PREFIX) ? line->data + PREFIX_BYTES : line->data;
    if (line->used && line->data[line->used - 1] == '\n')
        line->data[line->used - 1] = '\0';
    if (line->used < SHORT_LINE)
        write_short(config, &event);
    else
        write_long(config, &event);
}
