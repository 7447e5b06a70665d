/* SPDX-License-Identifier: MIT */
/* The sandboxes of the verbs: see base/confine.h. */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* The folder of a path, or what lies there already where that is no file (a device, a FIFO): it is written
 * to. */
static int open_target(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return open(path, O_PATH | O_CLOEXEC);
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    return fd;
}

void confine_to_showing(bool modules, const char *core_path, const char *const *paths, size_t count)
{
    bool writes = core_path && strcmp(core_path, "-") != 0;
    int fds[OPENED_MAX];
    struct sandbox sandbox = {.read_fds = fds,
                              .read_count = open_paths(paths, count, fds),
                              .write_fd = writes ? open_target(core_path) : -1,
                              .writes = writes,
                              .modules = modules};

    enter(&sandbox);
}
