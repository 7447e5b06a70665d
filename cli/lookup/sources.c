/* SPDX-License-Identifier: MIT */
/* Places of files: see lookup/sources.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "lookup/sources.h"
#include "screen/out.h"

#define DEBUG_DIR                                                                                            \
    "/usr/lib/debug" /* where distributions install debug files, and what their names begin with */
#define DWZ "/.dwz/" /* of the common parts of several debug files, dwz(1) */

int sources_read_dir(const char *argument, void *ret)
{
    struct sources_dirs *dirs = ret;

    if (!*argument || dirs->count == SOURCES_DIRS_MAX)
        return -EINVAL;
    dirs->paths[dirs->count++] = argument;
    return 0;
}

int sources_read_root(const char *argument, void *ret)
{
    struct sources_root *root = ret;

    if (!*argument)
        return -EINVAL;
    *root = (struct sources_root){.path = argument};
    if (strncmp(argument, "/proc/", strlen("/proc/")) != 0)
        return 0;
    int fd = open(argument, O_PATH | O_DIRECTORY | O_CLOEXEC); /* stays open */
    if (fd >= 0)
        snprintf(root->held, sizeof root->held, "/proc/self/fd/%d", fd);
    return 0;
}

static const char *open_root(const struct sources *sources)
{
    return sources->sysroot.held[0] ? sources->sysroot.held : sources->sysroot.path;
}

static bool is_directory(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        say("cannot look for files in '%s': %s", path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static bool are_directories(const struct sources_dirs *dirs)
{
    for (size_t i = 0; i < dirs->count; i++)
        if (!is_directory(dirs->paths[i]))
            return false;
    return true;
}

bool sources_are_there(const struct sources *sources)
{
    return are_directories(&sources->debug_dirs) && are_directories(&sources->source_dirs) &&
           (!sources->sysroot.path || is_directory(sources->sysroot.path));
}

void sources_clear(struct sources *sources)
{
    for (size_t i = 0; i < sources->fetched.count; i++)
        free(sources->fetched.paths[i]);
    sources->fetched.count = 0;
}

struct taker {
    sources_take *take;
    void *context;
};

/* A path that is too long is no file's. */
__attribute__((format(printf, 2, 3))) static bool offer(const struct taker *taker, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    return n > 0 && n < (int)sizeof path && taker->take(path, taker->context);
}

/* A folder of debug files is laid out as /usr/lib/debug, or has the files lying about; or it has unstripped programs. */
static bool offer_dir(const struct taker *taker, const char *root, const char *dir, const char *path,
                      const char *id)
{
    const char *name = text_base_name(path), *dwz = strstr(path, DWZ);
    const size_t prefix = strlen(DEBUG_DIR "/");
    bool taken = offer(taker, "%s%s/.build-id/%.2s/%s.debug", root, dir, id, id + 2);

    if (!taken && path[0] == '/')
        taken = offer(taker, "%s%s%s.debug", root, dir, path) || offer(taker, "%s%s%s", root, dir, path);
    if (!taken && strncmp(path, DEBUG_DIR "/", prefix) == 0)
        taken = offer(taker, "%s%s/%s", root, dir, path + prefix);
    if (!taken && dwz)
        taken = offer(taker, "%s%s%s", root, dir, dwz);
    return taken || offer(taker, "%s%s/%s.debug", root, dir, name) ||
           offer(taker, "%s%s/%s", root, dir, name);
}

bool sources_each(const struct sources *sources, const char *path, const char *build_id, sources_take *take,
                  void *context)
{
    static const struct sources none;
    const struct taker taker = {take, context};
    const struct sources *from = sources ? sources : &none;
    const char *root = open_root(from);
    bool taken = from->exe && offer(&taker, "%s", from->exe);

    if (!taken && path[0] == '/')
        taken = (root && offer(&taker, "%s%s", root, path)) || offer(&taker, "%s", path);
    for (size_t i = 0; !taken && i < from->debug_dirs.count; i++)
        taken = offer_dir(&taker, "", from->debug_dirs.paths[i], path, build_id);
    for (size_t i = 0; !taken && i < from->fetched.count; i++)
        taken = offer(&taker, "%s", from->fetched.paths[i]);
    if (!taken && root)
        taken = offer_dir(&taker, root, DEBUG_DIR, path, build_id);
    return taken || offer_dir(&taker, "", DEBUG_DIR, path, build_id);
}

bool sources_own(const struct sources *sources, const char *path, char *ret_path, size_t size)
{
    if (sources && sources->sysroot.path) {
        int n = snprintf(ret_path, size, "%s%s", open_root(sources), path);

        if (n > 0 && n < (int)size && access(ret_path, F_OK) == 0)
            return true;
    }
    return snprintf(ret_path, size, "%s", path) < (int)size;
}

bool sources_shown(const struct sources *sources, const char *path, char *ret_path, size_t size)
{
    const struct sources_root *root = sources ? &sources->sysroot : NULL;
    const size_t held = root ? strlen(root->held) : 0;
    const bool is_held = held && strncmp(path, root->held, held) == 0 && path[held] == '/';

    return snprintf(ret_path, size, "%s%s", is_held ? root->path : "", is_held ? path + held : path) <
           (int)size;
}

size_t sources_paths(const struct sources *sources, const char *ret_paths[static SOURCES_PATHS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < sources->debug_dirs.count; i++)
        ret_paths[count++] = sources->debug_dirs.paths[i];
    for (size_t i = 0; i < sources->source_dirs.count; i++)
        ret_paths[count++] = sources->source_dirs.paths[i];
    for (size_t i = 0; i < sources->fetched.count; i++)
        ret_paths[count++] = sources->fetched.paths[i];
    if (sources->sysroot.path)
        ret_paths[count++] = open_root(sources);
    if (sources->exe)
        ret_paths[count++] = sources->exe;
    return count;
}
