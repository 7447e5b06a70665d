/* SPDX-License-Identifier: MIT */
/* The sandboxes of the verbs: see base/confine.h. */
#include <fcntl.h>
#include <jansson.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "sandbox.h"

#define OPENED_MAX   (2 * CONFINE_PATHS_MAX) /* crash directories, and where the files of modules are */
#define MEMORY_BYTES (UINT64_C(8) << 30)     /* a large program's debug file is mapped whole */

/* What libraries open when it is first needed. */
static void prepare(void)
{
    tzset();
    json_object_seed(0);
}

static void enter(struct sandbox *sandbox)
{
    prepare();
    sandbox->memory_bytes = MEMORY_BYTES;
    (void)sandbox_enter(sandbox);
    for (size_t i = 0; i < sandbox->read_count; i++)
        if (sandbox->read_fds[i] >= 0)
            close(sandbox->read_fds[i]);
    if (sandbox->write_fd >= 0)
        close(sandbox->write_fd);
}

/* Opens the paths into fds, up to OPENED_MAX. Returns their number. */
static size_t open_paths(const char *const *paths, size_t count, int *fds)
{
    size_t n = 0;

    for (; n < count && n < OPENED_MAX; n++)
        fds[n] = open(paths[n], O_PATH | O_CLOEXEC);
    return n;
}

void confine_to_reading(const char *const *paths, size_t count)
{
    int fds[OPENED_MAX];
    struct sandbox sandbox = {.read_fds = fds, .read_count = open_paths(paths, count, fds), .write_fd = -1};

    enter(&sandbox);
}

void confine_to_showing(bool modules, const char *folder, const char *const *paths, size_t count)
{
    int fds[OPENED_MAX];
    struct sandbox sandbox = {.read_fds = fds,
                              .read_count = open_paths(paths, count, fds),
                              .write_fd = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1,
                              .writes = folder != NULL,
                              .modules = modules};

    enter(&sandbox);
}
