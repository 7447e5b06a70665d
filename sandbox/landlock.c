/* SPDX-License-Identifier: MIT */
/* Landlock by its system calls, which glibc does not wrap: see landlock.h. */
#include "landlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of newer kernels than the headers of Debian 12 (ABI 3, 5; landlock(7)). */
#define ACCESS_TRUNCATE  (UINT64_C(1) << 14)
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15)

#define ACCESS_ABI_1                                                                                         \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |             \
     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |          \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |              \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |           \
     LANDLOCK_ACCESS_FS_MAKE_SYM)
#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                                                         \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
     LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_TRUNCATE)

/* What no program's code lies in, but passwords, keys, sockets and devices do. /proc is not among them: from
 * inside, Landlock shuts what is private there (/proc/PID/mem, environ, maps) to other processes. */
static const char *const secluded[] = {"etc", "dev", "run", "boot", "sys", "lost+found"};

static void allow(int rules, int fd, uint64_t access)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return;               /* a place that cannot be allowed stays shut */
    if (!S_ISDIR(st.st_mode)) /* the kernel refuses rights of folders here */
        beneath.allowed_access &=
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;
    if (beneath.allowed_access)
        (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

static bool is_secluded(const char *name)
{
    for (size_t i = 0; i < sizeof secluded / sizeof secluded[0]; i++)
        if (strcmp(name, secluded[i]) == 0)
            return true;
    return false;
}

/* Everything that lies in / and is no link, a file too: the only program of an image often does. */
static void allow_modules(int rules)
{
    DIR *root = opendir("/");
    struct dirent *entry;
    struct stat st;

    while (root && (entry = readdir(root)) != NULL) {

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_secluded(entry->d_name))
            continue;
        int fd = openat(dirfd(root), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (fstat(fd, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
            allow(rules, fd, LANDLOCK_ACCESS_FS_READ_FILE);
        close(fd);
    }
    if (root)
        closedir(root);
}

/* The accesses that this kernel can refuse, by the version of its interface. */
static uint64_t known_accesses(long version)
{
    uint64_t known = ACCESS_ABI_1;

    if (version >= 2)
        known |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        known |= ACCESS_TRUNCATE;
    if (version >= 5)
        known |= ACCESS_IOCTL_DEV;
    return known;
}

int landlock_enter(const struct sandbox *sandbox)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int error = 0;

    if (version < 0)
        return -errno;
    struct landlock_ruleset_attr attr =
        (struct landlock_ruleset_attr){.handled_access_fs = known_accesses(version)};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0)
        return -errno;
    for (size_t i = 0; i < sandbox->read_count; i++)
        allow(rules, sandbox->read_fds[i], ACCESS_READ);
    allow(rules, sandbox->write_fd, ACCESS_WRITE & attr.handled_access_fs);
    if (sandbox->modules)
        allow_modules(rules);
    if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        error = -errno;
    close(rules);
    return error;
}
