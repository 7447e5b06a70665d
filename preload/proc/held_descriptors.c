/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of chroot and similar calls, and in the helper process. */
#include "proc/held_descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "state/config.h"
#include "base/io.h"
#include "base/sys.h"

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#define HELD_FROM  900 /* high enough to be out of the way, low enough not to make fork slow */
#define HELD_LEAST 64  /* with a smaller limit of descriptors none is held */

/* Apart from the configuration, which is read-only by then. Copied by fork together with the descriptors. */
static struct {
    int fd_plus_one; /* 0: not held */
    struct safe_identity id;
} held[SAFE_ROOTS];

static bool is_held(enum safe_root which)
{
    return held[which].fd_plus_one > 0 && safe_same_file(held[which].fd_plus_one - 1, &held[which].id);
}

int safe_roots_fd(enum safe_root which)
{
    return is_held(which) ? held[which].fd_plus_one - 1 : -1;
}

/* Moves a descriptor out of the application's way. -1 where there is no room. */
static int move_up(int fd)
{
    struct rlimit limit;
    long from = HELD_FROM, moved = -1;
    if (safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_cur < HELD_FROM + 16)
        from = limit.rlim_cur > HELD_LEAST ? (long)limit.rlim_cur - 8 : -1;
    if (from >= 0)
        moved = safe_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from);
    safe_close(fd);
    return moved < 0 ? -1 : (int)moved;
}

/* The writer is a program: only the one of the start is run, even if it could have been replaced since.
 */
static bool is_right(enum safe_root which)
{
    const struct safe_identity *id = &held[which].id, *writer = &crumple_config->writer_id;
    return which != SAFE_ROOT_WRITER || (id->dev == writer->dev && id->ino == writer->ino);
}

/* Returns its bit, 0 where it was held before or cannot be. Below another root the path is another's work. */
static unsigned hold(enum safe_root which, const char *path)
{
    if (!path[0] || is_held(which) || !safe_roots_unchanged())
        return 0;
    held[which].fd_plus_one = 0;
    int fd = which == SAFE_ROOT_WRITER
                 ? safe_open(-1, path, O_RDONLY, 0)
                 : (int)safe_call(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
    fd = fd < 0 ? fd : move_up(fd);
    if (fd < 0)
        return 0;
    if (safe_identify(fd, &held[which].id) < 0 || !is_right(which)) {
        safe_close(fd);
        return 0;
    }
    held[which].fd_plus_one = fd + 1;
    return 1u << which;
}

unsigned safe_roots_hold(void)
{
    if (!crumple_config)
        return 0;
    return hold(SAFE_ROOT_DIR, crumple_config->dir) | hold(SAFE_ROOT_WRITER, crumple_config->writer) |
           hold(SAFE_ROOT_PROC, "/proc");
}

void safe_roots_release(unsigned added)
{
    for (int which = 0; which < SAFE_ROOTS; which++)
        if ((added & (1u << which)) && is_held((enum safe_root)which)) {
            safe_close(held[which].fd_plus_one - 1);
            held[which].fd_plus_one = 0;
        }
}

/* Whether every directory on the way may be searched by anybody. */
static bool is_reachable(const char *path)
{
    char part[CONFIG_PATH_BYTES];
    for (size_t i = 0; i < sizeof part - 1 && path[i]; i++) {
        struct stat st;
        part[i] = path[i];
        part[i + 1] = '\0';
        if (path[i] == '/' && safe_call(SYS_newfstatat, -1, part, &st, 0) == 0 && !(st.st_mode & S_IXOTH))
            return false;
    }
    return true;
}

void safe_roots_hold_private(void)
{
    if (!crumple_config)
        return;
    if (!is_reachable(crumple_config->dir))
        hold(SAFE_ROOT_DIR, crumple_config->dir);
    if (!is_reachable(crumple_config->writer))
        hold(SAFE_ROOT_WRITER, crumple_config->writer);
}

bool safe_roots_unchanged(void)
{
    struct safe_identity now = {0, 0};
    return safe_identify_path("/", &now) == 0 && now.dev == crumple_config->root_id.dev &&
           now.ino == crumple_config->root_id.ino;
}
