/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the looker; safe_look_folder in the helper and the keeper. See capture/vitals_look.h. */
#include "capture/vitals_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "base/sys.h"
#include "capture/vitals_sockets.h"
#include "crumple_format.h"
#include "proc/held_descriptors.h"
#include "proc/tasks.h"
#include "state/fault.h"

#define LOOK_EVERY 64 /* descriptors between two looks at the clock */
#define NUMBER_MAX (1 << 20)
#define LINK_BYTES 160

static bool is_late(uint32_t *steps, uint64_t deadline_ns)
{
    return ++*steps % LOOK_EVERY == 0 && safe_clock_ns(CLOCK_MONOTONIC) >= deadline_ns;
}

static bool has_room(const struct safe_look *look)
{
    return look->line_count < CRUMPLE_MAX_DESCRIPTORS &&
           look->lines.size - look->lines.used > LINK_BYTES + 40;
}

/* --- what is no socket ----------------------------------------------------------------------------------- */

/* The kernel's struct statx (linux/stat.h), which one libc has and the other has not. */
struct statx_head {
    uint32_t mask, block_bytes;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode;
    uint8_t rest[226];
};
_Static_assert(sizeof(struct statx_head) == 256, "the kernel fills 256 bytes");

#define WANT_TYPE 1 /* STATX_TYPE */
#define DONT_SYNC                                                                                            \
    0x4000 /* AT_STATX_DONT_SYNC: without a word to the server of a network file system, which may hang */

static int type_of(int fd)
{
    struct statx_head st;
    safe_zero(&st, sizeof st);
    if (safe_call(SYS_statx, fd, "", AT_EMPTY_PATH | DONT_SYNC, WANT_TYPE, &st) < 0)
        return 0;
    return st.mode & S_IFMT;
}

static enum safe_look_kind kind_of_type(int type, enum safe_look_kind by_link)
{
    switch (type) {
    case S_IFDIR:
        return SAFE_LOOK_DIRECTORY;
    case S_IFIFO:
        return SAFE_LOOK_PIPE;
    case S_IFCHR:
    case S_IFBLK:
        return SAFE_LOOK_DEVICE;
    case S_IFREG:
        return by_link == SAFE_LOOK_MEMFD ? by_link : SAFE_LOOK_FILE;
    default:
        return by_link;
    }
}

/* "[4711]" of "pipe:[4711]"; a path as it is. */
static void add_line(struct safe_look *look, int fd, enum safe_look_kind kind, const char *link)
{
    const char *text = kind == SAFE_LOOK_PIPE && safe_starts(link, "pipe:") ? link + 5
                       : link[0] == '/' || kind == SAFE_LOOK_OTHER          ? link
                                                                            : "";
    safe_text_add_i64(&look->lines, fd);
    safe_text_add(&look->lines, " ");
    safe_text_add(&look->lines, safe_look_kind_name(kind));
    safe_text_add(&look->lines, text[0] ? " " : "");
    safe_text_add_line(&look->lines, text, safe_strlen(text));
    safe_text_add(&look->lines, "\n");
    look->line_count++;
}

static void take_other(struct safe_look *look, int fd, enum safe_look_kind kind, const char *link)
{
    look->count++;
    look->kind[kind]++;
    if (has_room(look))
        add_line(look, fd, kind, link);
}

/* folder: of the links; a negative errno: there is no /proc. */
static void look_at_other(struct safe_look *look, int folder, int fd)
{
    char link[LINK_BYTES] = "", number[16];
    struct safe_text t = safe_text_on(number, sizeof number);
    const int type = type_of(fd);
    safe_text_add_i64(&t, fd);
    /* Only a link tells an epoll from a timer; for the others it takes most of the time. */
    bool has_link = folder >= 0 && (!type || has_room(look));
    long n = has_link ? safe_call(SYS_readlinkat, folder, number, link, sizeof link - 1) : 0;
    link[n > 0 ? n : 0] = '\0';
    take_other(look, fd, kind_of_type(type, safe_look_kind_of(link)), link);
}

/* --- all of them ----------------------------------------------------------------------------------------- */

/* The size of the table: no open descriptor is at or above it (fs/proc/array.c, FDSize). */
static int table_size(void)
{
    static char text[4096];
    int held = safe_roots_fd(SAFE_ROOT_PROC);
    int fd = safe_open(-1, "/proc/self/status", O_RDONLY, 0);
    if (fd < 0 && held >= 0)
        fd = safe_open(held, "self/status", O_RDONLY, 0);
    long n = fd < 0 ? 0 : safe_read_fd(fd, text, sizeof text - 1);
    int size = 0;
    safe_close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *at = text;
    for (; *at && !safe_starts(at, "\nFDSize:"); at++)
        ;
    for (at += *at ? 8 : 0; *at == '\t' || *at == ' '; at++)
        ;
    for (; *at >= '0' && *at <= '9' && size < NUMBER_MAX; at++)
        size = size * 10 + (*at - '0');
    return size;
}

static int numbers(void)
{
    struct rlimit limit = {65536, 65536};
    int size = table_size();
    if (!size)
        safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
    if (!size)
        size = limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    return size < NUMBER_MAX ? size : NUMBER_MAX;
}

static int open_links(void)
{
    int held = safe_roots_fd(SAFE_ROOT_PROC);
    int fd = safe_open(-1, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_PATH, 0);
    return fd < 0 && held >= 0 ? safe_open(held, "self/fd", O_RDONLY | O_DIRECTORY | O_PATH, 0) : fd;
}

void safe_look_all(struct safe_look *look, uint64_t deadline_ns)
{
    const int end = numbers(), links = open_links();
    uint32_t steps = 0;
    int fd = 0;
    for (; fd < end && !is_late(&steps, deadline_ns); fd++) {
        if (fd == links)
            continue;
        if (safe_look_socket(look, fd, has_room(look)) == -ENOTSOCK)
            look_at_other(look, links, fd);
    }
    look->is_whole = fd >= end;
    safe_look_write_peers(look);
}

/* False: there is no such descriptor. */
static bool look_at_link(struct safe_look *look, const char *folder, int fd)
{
    char path[96], link[LINK_BYTES];
    struct safe_text t = safe_text_on(path, sizeof path);
    safe_text_add(&t, folder);
    safe_text_add(&t, "/");
    safe_text_add_i64(&t, fd);
    long n = safe_call(SYS_readlink, path, link, sizeof link - 1);
    if (n <= 0)
        return false;
    link[n] = '\0';
    take_other(look, fd, safe_look_kind_of(link), link);
    return true;
}

void safe_look_folder(struct safe_look *look, const char *folder, uint64_t deadline_ns)
{
    static struct safe_tasks list; /* reads a directory of numbers, whatever they count, but 0 */
    uint32_t steps = 0;
    bool is_over = false;
    int fd;
    look->is_timid = true;
    if (safe_tasks_open_path(&list, folder) < 0)
        return;
    look_at_link(look, folder, 0);
    while (!is_over && (fd = safe_tasks_next(&list)) > 0) {
        if (!safe_fault.in_process || fd != list.fd)
            look_at_link(look, folder, fd);
        is_over = is_late(&steps, deadline_ns);
    }
    look->is_whole = !is_over;
    safe_tasks_close(&list);
}
