/* SPDX-License-Identifier: MIT */
#include "hold/held.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef SIOCUNIXFILE
#define SIOCUNIXFILE (SIOCPROTOPRIVATE + 0) /* linux/un.h */
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55 /* asm-generic/socket.h, since Linux 4.12 */
#endif
#define MEMINFO_DROPS 8 /* SK_MEMINFO_DROPS of linux/sock_diag.h */
#define MEMINFO_WORDS 16
#define LOOKS_MAX     3

/* The kernel counts at a listening socket what it drops there (tcp_listendrop()), as ListenDrops of netstat -s does for all. 0: it does not
 * tell. */
static uint32_t read_drops(int fd)
{
    uint32_t words[MEMINFO_WORDS] = {0};
    socklen_t bytes = sizeof words;
    return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, words, &bytes) < 0 ? 0 : words[MEMINFO_DROPS];
}

static ino_t socket_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

void held_begin(struct held_set *ret)
{
    struct crumple_hold_key key;
    ret->count = ret->inherited_count = 0;
    ret->taken = 0;
    ret->drops = 0;
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; folder && ret->inherited_count < INHERITED_MAX && (entry = readdir(folder));) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && key_read(fd, &key))
            ret->inherited[ret->inherited_count++] = socket_of(fd);
    }
    if (folder)
        (void)closedir(folder);
}

static bool is_known(const struct held_set *set, ino_t socket)
{
    for (unsigned i = 0; i < set->inherited_count; i++)
        if (set->inherited[i] == socket)
            return true;
    for (unsigned i = 0; i < set->count; i++)
        if (set->all[i].socket == socket)
            return true;
    return false;
}

/* Of what the kernel has in memory alone, as it has the path of a socket that is bound: a file system that hangs must not hold up this process.
 * Before Linux 5.12 that cannot be asked for. Returns a descriptor, or -1. */
static int open_path(const char *path)
{
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    long fd = -1;
    for (int i = 0; i < LOOKS_MAX && fd < 0; i++) {
        fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
        if (fd < 0 && errno != EAGAIN) /* or the path changes just now */
            break;
    }
    const bool is_unknown = fd < 0 && (errno == ENOSYS || errno == EINVAL || errno == EPERM);
    return is_unknown ? open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : (int)fd;
}

/* The file of a socket. Closes the descriptor, if there is one. */
static bool look_at_file(int fd, dev_t *ret_device, ino_t *ret_inode)
{
    struct statx found = {0};
    if (fd < 0)
        return false;
    const bool is_found =
        statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &found) == 0;
    (void)close(fd);
    *ret_device = makedev(found.stx_dev_major, found.stx_dev_minor);
    *ret_inode = found.stx_ino;
    return is_found && S_ISSOCK(found.stx_mode);
}

/* The name may lead to the socket of another process by now. The kernel tells the socket's own file, to those with CAP_NET_ADMIN; others
 * believe the name. */
static bool find_path(struct held *held, const char *path)
{
    dev_t device;
    ino_t inode;
    const bool is_told = look_at_file(ioctl(held->fd, SIOCUNIXFILE), &device, &inode);
    return look_at_file(open_path(path), &held->device, &held->inode) &&
           (!is_told || (device == held->device && inode == held->inode));
}

bool held_add(struct held_set *set, int fd, int64_t closes_us)
{
    struct held held = {.fd = fd, .closes_us = closes_us, .socket = socket_of(fd)};
    const char *path;
    if (set->count == HELD_MAX || !key_read(fd, &held.key) || is_known(set, held.socket) ||
        ((path = key_path(&held.key)) && !find_path(&held, path))) {
        (void)close(fd);
        return false;
    }
    /* The kernel cuts it at somaxconn; the next life's own listen(2) puts it back. At AF_UNIX, clients would see this process's number and
     * user as the server's (unix_listen() in the kernel): there the hold helper does it, with the server's user. */
    if (held.key.family != AF_UNIX)
        (void)listen(fd, INT_MAX);
    held.drops = read_drops(fd);
    set->all[set->count++] = held;
    return true;
}

static void remove_one(struct held_set *set, struct held *held)
{
    const unsigned at = (unsigned)(held - set->all);
    set->drops += read_drops(held->fd) - held->drops;
    (void)close(held->fd);
    memmove(held, held + 1, (set->count - at - 1) * sizeof *held); /* the order is that of the group */
    set->count--;
}

void held_taken(struct held_set *set, struct held *held, int64_t now_us)
{
    const struct crumple_hold_key key = held->key;
    remove_one(set, held);
    set->taken++;
    for (unsigned i = 0; i < set->count; i++)
        if (key_compare(&set->all[i].key, &key) == KEY_SAME)
            set->all[i].rest_us = now_us + HELD_REST_US;
}

void held_forget_taken(struct held_set *set)
{
    set->taken = 0;
    for (unsigned i = 0; i < set->count; i++)
        set->all[i].rest_us = 0;
}

/* A path that somebody else has bound or removed meanwhile leads no client to the held socket. */
static bool is_reached(const struct held *held)
{
    const char *path = key_path(&held->key);
    dev_t device;
    ino_t inode;
    return !path ||
           (look_at_file(open_path(path), &device, &inode) && device == held->device && inode == held->inode);
}

struct held *held_find(struct held_set *set, const struct crumple_hold_key *wanted)
{
    for (unsigned i = 0; i < set->count;) {
        struct held *held = &set->all[i];
        const enum key_relation relation = key_compare(&held->key, wanted);
        if (relation == KEY_SAME && is_reached(held))
            return held;
        if (relation != KEY_APART)
            remove_one(set, held);
        else
            i++;
    }
    return NULL;
}

bool held_has_name(const struct held_set *set, dev_t device, ino_t inode)
{
    for (unsigned i = 0; i < set->count; i++)
        if (key_path(&set->all[i].key) && set->all[i].device == device && set->all[i].inode == inode)
            return true;
    return false;
}

static int64_t due_us(const struct held *held)
{
    return held->rest_us && held->rest_us < held->closes_us ? held->rest_us : held->closes_us;
}

unsigned held_close_due(struct held_set *set, int64_t now_us)
{
    unsigned closed = 0;
    for (unsigned i = 0; i < set->count;)
        if (due_us(&set->all[i]) <= now_us) {
            remove_one(set, &set->all[i]);
            closed++;
        } else {
            i++;
        }
    return closed;
}

int64_t held_next_us(const struct held_set *set)
{
    int64_t next = -1;
    for (unsigned i = 0; i < set->count; i++)
        if (next < 0 || due_us(&set->all[i]) < next)
            next = due_us(&set->all[i]);
    return next;
}

void held_close_all(struct held_set *set)
{
    while (set->count)
        remove_one(set, &set->all[set->count - 1]);
}

unsigned held_drops(const struct held_set *set)
{
    uint32_t drops = set->drops;
    for (unsigned i = 0; i < set->count; i++)
        drops += read_drops(set->all[i].fd) - set->all[i].drops;
    return drops;
}
