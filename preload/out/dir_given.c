/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the setuid hooks. See out/dir_given.h. */
#include "out/dir_given.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define STACK_BYTES     8192
#define SMALLEST_DIRENT 24 /* "." and ".." take so many bytes each (getdents64(2)) */
#define NOREPLACE       1  /* RENAME_NOREPLACE */

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static _Atomic bool is_taken; /* the stack; another thread is not waited for */

struct giving {
    int base;
    uint32_t own, uid;
    char leaf[16], place[32];
    int error;
};

static int open_directory(int dirfd, const char *name)
{
    return safe_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static bool is_empty(int fd)
{
    char entries[256];
    return safe_call(SYS_getdents64, fd, entries, sizeof entries) == 2 * SMALLEST_DIRENT;
}

/* Until here members of this process's group could add to it. */
static int make_private(int fd, uint32_t uid)
{
    struct stat status;
    int error = safe_fstat(fd, &status);
    if (error == 0 && status.st_uid != uid)
        error = -EPERM;
    if (error == 0)
        error = (int)safe_call(SYS_fchmod, fd, 0700);
    if (error == 0 && !is_empty(fd)) {
        safe_call(SYS_fchmod, fd, 0); /* for nobody */
        error = -ENOTEMPTY;
    }
    return error;
}

/*
 * 'place' is root's, and its group, which the user's file access shares with this process, may add to it. The user
 * makes the directory there; to move it, root needs to write to it (fs/namei.c, vfs_rename), hence 0770 for a moment.
 */
static int make_as_user(const struct giving *g)
{
    int place = open_directory(g->base, g->place), made = place;
    if (place < 0)
        return place;
    safe_call(SYS_setfsuid, g->uid);
    int error = (int)safe_call(SYS_mkdirat, place, g->leaf, 0770);
    if (error == 0)
        error = made = open_directory(place, g->leaf);
    safe_call(SYS_setfsuid, g->own);
    if (error >= 0)
        error = (int)safe_call(SYS_renameat2, place, g->leaf, g->base, g->leaf, NOREPLACE);
    safe_call(SYS_setfsuid, g->uid);
    bool is_moved = error == 0;
    if (is_moved)
        error = make_private(made, g->uid);
    safe_call(SYS_setfsuid, g->own);
    if (error < 0)
        safe_call(SYS_unlinkat, is_moved ? g->base : place, g->leaf, AT_REMOVEDIR);
    return error;
}

/* In a child: its user for file access, its umask and its descriptors are no other thread's. */
static int give(void *giving)
{
    struct giving *g = giving;
    safe_call(SYS_umask, 0);
    g->error = (int)safe_call(SYS_mkdirat, g->base, g->place, 0730);
    if (g->error == 0)
        g->error = make_as_user(g);
    safe_call(SYS_unlinkat, g->base, g->place, AT_REMOVEDIR);
    return 0;
}

static int give_by_child(int base, uint32_t own, uint32_t uid)
{
    struct giving g = {.base = base, .own = own, .uid = uid, .error = -EPERM};
    struct safe_text leaf = safe_text_on(g.leaf, sizeof g.leaf),
                     place = safe_text_on(g.place, sizeof g.place);
    int status;
    safe_text_add_u64(&leaf, uid);
    safe_text_add(&place, ".");
    safe_text_add_u64(&place, uid);
    safe_text_add(&place, ".new");
    if (__atomic_exchange_n(&is_taken, true, __ATOMIC_ACQUIRE))
        return -EBUSY;
    /* Without a signal at its end: only who asks for such children sees it. */
    long pid = safe_clone_on(stack + STACK_BYTES, CLONE_VM | CLONE_VFORK, NULL, give, &g);
    if (pid > 0)
        safe_call(SYS_wait4, pid, &status, 0x40000000 /* __WALL */, NULL);
    __atomic_store_n(&is_taken, false, __ATOMIC_RELEASE);
    return pid < 0 ? (int)pid : g.error;
}

/* 1: it is there and the user's. What an earlier attempt has left to root is removed, if nothing is in it. */
static int look(int base, const char *leaf, uint32_t own, uint32_t uid)
{
    struct stat status;
    long error = safe_call(SYS_newfstatat, base, leaf, &status, AT_SYMLINK_NOFOLLOW);
    if (error == -ENOENT)
        return 0;
    if (error < 0 || status.st_uid == uid)
        return error < 0 ? (int)error : 1;
    bool is_removed = status.st_uid == own && safe_call(SYS_unlinkat, base, leaf, AT_REMOVEDIR) == 0;
    return is_removed ? 0 : -EPERM;
}

int safe_dir_give(int base, uint32_t uid, uint32_t gid)
{
    const uint32_t own = (uint32_t)safe_call(SYS_geteuid);
    struct stat status;
    char leaf[16];
    struct safe_text t = safe_text_on(leaf, sizeof leaf);
    safe_text_add_u64(&t, uid);
    int there = look(base, leaf, own, uid);
    if (there != 0)
        return there < 0 ? there : 0;
    long error = safe_call(SYS_mkdirat, base, leaf, 0700);
    if (error < 0)
        return (int)error;
    /* Just made, so it is ours; and it is the one that is given away, whatever lies there by now. */
    int fd = open_directory(base, leaf);
    error = fd < 0 ? fd : safe_fstat(fd, &status);
    if (error == 0 && status.st_uid != own)
        error = -ESTALE;
    if (error == 0) {
        safe_call(SYS_fchmod, fd, 0700); /* whatever the process's umask */
        error = safe_call(SYS_fchown, fd, uid, gid);
    }
    safe_close(fd);
    if (error < 0)
        safe_call(SYS_unlinkat, base, leaf, AT_REMOVEDIR);
    return error == -EPERM ? give_by_child(base, own, uid) : (int)error;
}
