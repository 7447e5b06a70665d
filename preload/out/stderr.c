/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the constructor, the faulting thread, the helper and the keeper. See out/stderr.h. */
#include "out/stderr.h"

#include <sys/utsname.h>

#include "crumple_options.h"
#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define PREFIX       "crumple: "
#define PREFIX_BYTES (sizeof PREFIX - 1)
#define SHORT_LINE   512
#define LONG_LINE    (2 * CONFIG_PATH_BYTES)

bool safe_stderr_is_json(const struct crumple_config *config)
{
    return config->stderr_mode == CRUMPLE_STDERR_JSON;
}

static void write_event(const struct crumple_config *config, struct safe_event *event, char *buffer,
                        size_t size)
{
    struct safe_text t = safe_text_on(buffer, size);
    event->for_stderr = true;
    event->exe = config->exe;
    safe_event_line(&t, event);
    safe_stderr_write(t.data, t.used);
}

/* Before the configuration is complete nobody has asked for the host's name. */
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
        safe_stderr_write(line->data, line->used);
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
