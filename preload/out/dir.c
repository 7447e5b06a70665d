/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, in the constructor and in the setuid hooks. */
#include "out/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "out/dir_given.h"
#include "state/config.h"
#include "base/io.h"
#include "proc/held_descriptors.h"
#include "out/say.h"
#include "base/sys.h"
#include "base/text.h"

/* A directory that others can write to could be a trap: bundles hold memory, hence secrets. */
static int check(int fd, uint32_t uid)
{
    struct stat st;
    long result = safe_fstat(fd, &st);
    if (result < 0)
        return (int)result;
    if (st.st_uid != uid || (st.st_mode & 022))
        return -EPERM;
    return 0;
}

/*
 * Who may add to the base could lay a directory, a link or a core there; who may replace names in it could
 * swap the directories of others. So it is root's or the user's own, and others write to it only where it is
 * sticky (1733), as an administrator may have chosen (decision 28).
 */
static int check_base(int fd, uint32_t uid)
{
    struct stat st;
    long result = safe_fstat(fd, &st);
    if (result < 0)
        return (int)result;
    if (st.st_uid != 0 && st.st_uid != uid)
        return -EPERM;
    return (st.st_mode & 022) && !(st.st_mode & S_ISVTX) ? -EPERM : 0;
}

/* Opens dirfd/name, made with mode 0700 where it is not there. */
static int open_private(int dirfd, const char *name, uint32_t uid)
{
    int made = (int)safe_call(SYS_mkdirat, dirfd, name, 0700);
    int fd = safe_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0)
        return fd == -ENOENT && made < 0 ? made : fd;
    int error = check(fd, uid);
    if (error == 0 && made == 0)
        safe_call(SYS_fchmod, fd, 0700); /* whatever the process's umask */
    if (error < 0) {
        safe_close(fd);
        return error;
    }
    return fd;
}

static void number(char *buffer, size_t size, const char *prefix, uint32_t uid)
{
    struct safe_text t = safe_text_on(buffer, size);
    safe_text_add(&t, prefix);
    safe_text_add_u64(&t, uid);
}

/* Not judged. */
static int find_base(enum safe_dir_kind kind)
{
    const struct crumple_config *config = crumple_config;
    if (!config->dir[0])
        return -ENOENT;
    if (kind == SAFE_DIR_PATH)
        return safe_open(-1, config->dir, O_PATH | O_DIRECTORY, 0);
    int held = safe_roots_fd(SAFE_ROOT_DIR);
    return held < 0 ? -ESTALE : held;
}

static void close_base(enum safe_dir_kind kind, int base)
{
    if (kind != SAFE_DIR_HELD)
        safe_close(base);
}

/* For work as user uid. The fallback is not judged: it is TMPDIR, as the program itself uses it. */
static int open_base(enum safe_dir_kind kind, uint32_t uid)
{
    if (kind == SAFE_DIR_FALLBACK)
        return safe_open(-1, crumple_config->fallback_dir, O_PATH | O_DIRECTORY, 0);
    int base = find_base(kind);
    int error = base < 0 ? base : check_base(base, uid);
    if (base >= 0 && error < 0)
        close_base(kind, base);
    return error < 0 ? error : base;
}

int safe_dir_open(enum safe_dir_kind kind, uint32_t uid, char *name, size_t name_bytes)
{
    const struct crumple_config *config = crumple_config;
    struct safe_text t = safe_text_on(name, name_bytes);
    char leaf[32];

    number(leaf, sizeof leaf, kind == SAFE_DIR_FALLBACK ? "crumple-" : "", uid);
    safe_text_add(&t, kind == SAFE_DIR_FALLBACK ? config->fallback_dir : config->dir);
    safe_text_add(&t, "/");
    safe_text_add(&t, leaf);
    int base = open_base(kind, uid);
    if (base < 0)
        return base;
    int fd = open_private(base, leaf, uid);
    close_base(kind, base);
    return fd;
}

int safe_dir_prepare(uint32_t uid, uint32_t gid)
{
    /* In a base that only this user may change: in another's, what was just made could be swapped for a
     * directory of root's before it is given away. */
    const uint32_t own = (uint32_t)safe_call(SYS_geteuid);
    enum safe_dir_kind kind = SAFE_DIR_HELD;
    int base = open_base(kind, own);
    if (base == -ESTALE) {
        if (!safe_roots_unchanged())
            return -ESTALE; /* what the path leads to is another's work */
        kind = SAFE_DIR_PATH;
        base = open_base(kind, own);
    }
    if (base < 0)
        return base;
    int error = safe_dir_give(base, uid, gid);
    close_base(kind, base);
    return error;
}

static bool add_refusal(struct safe_text *t, uint32_t uid)
{
    struct stat st;
    if (safe_call(SYS_newfstatat, -1, crumple_config->dir, &st, 0) < 0)
        return false;
    if (st.st_uid != 0 && st.st_uid != uid) {
        safe_text_add(t, "it belongs to user ");
        safe_text_add_u64(t, st.st_uid);
        return true;
    }
    if (!(st.st_mode & 022) || (st.st_mode & S_ISVTX))
        return false;
    safe_text_add(t, "others can replace directories in it (chmod go-w, or add the sticky bit)");
    return true;
}

/* Whether user uid will have the fallback, as far as can be told without making it. path: of its directory there. */
static int check_fallback(const char *path, uint32_t uid)
{
    struct stat st;
    long error = safe_call(SYS_newfstatat, -1, path, &st, AT_SYMLINK_NOFOLLOW);
    if (error == 0)
        return st.st_uid == uid && S_ISDIR(st.st_mode) && !(st.st_mode & 022) ? 0 : -EPERM;
    if (error == -ENOENT && uid == (uint32_t)safe_call(SYS_geteuid))
        error = safe_call(SYS_access, crumple_config->fallback_dir, 3 /* W_OK | X_OK */);
    return error == -ENOENT ? 0 : (int)error;
}

static __attribute__((noinline)) void add_fallback(struct safe_text *t, uint32_t uid)
{
    char path[CONFIG_PATH_BYTES + 32];
    struct safe_text p = safe_text_on(path, sizeof path);
    safe_text_add(&p, crumple_config->fallback_dir);
    safe_text_add(&p, "/crumple-");
    safe_text_add_u64(&p, uid);
    const int error = check_fallback(path, uid);
    safe_text_add(t, error < 0 ? "; nor '" : "; bundles will go to '");
    safe_text_add_clean(t, path, p.used);
    safe_text_add(t, "'");
    if (error < 0) {
        safe_text_add(t, ": ");
        safe_text_add(t, safe_error_name(error));
        safe_text_add(t, "; crashes will leave no bundle");
    }
}

void safe_dir_complain(uint32_t uid, int error)
{
    const struct crumple_config *config = crumple_config;
    char buffer[3 * CONFIG_PATH_BYTES + 256];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: cannot use crash directory '");
    safe_text_add_clean(&t, config->dir, safe_strlen(config->dir));
    safe_text_add(&t, "': ");
    bool is_refused = error == -EPERM && add_refusal(&t, uid);
    if (!is_refused)
        safe_text_add(&t, safe_error_name(error));
    add_fallback(&t, uid);
    if (!is_refused && (error == -EACCES || error == -EPERM)) {
        safe_text_add(&t, "; what helps: install -d -m 700 -o ");
        safe_text_add_u64(&t, uid);
        safe_text_add(&t, " '");
        safe_text_add_clean(&t, config->dir, safe_strlen(config->dir));
        safe_text_add(&t, "/");
        safe_text_add_u64(&t, uid);
        safe_text_add(&t, "'");
    }
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}
