/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers and in the helper process. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"

bool safe_is_refused(long result)
{
    return result == -EPERM || result == -ENOSYS || result == -EACCES;
}

int safe_open(int dirfd, const char *path, int flags, int mode)
{
    long fd;
    do
        fd = safe_call(SYS_openat, dirfd, path, flags | O_CLOEXEC, mode);
    while (fd == -EINTR);
    return (int)fd;
}

void safe_close(int fd)
{
    if (fd >= 0)
        safe_call(SYS_close, fd);
}

int safe_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        long done = safe_call(SYS_write, fd, p, n);
        if (done == -EINTR)
            continue;
        if (done < 0)
            return (int)done;
        if (done == 0)
            return -EIO;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

long safe_write_parts(int fd, const struct iovec *part, int n, uint64_t offset)
{
    long result = safe_call(SYS_pwritev, fd, part, n, offset, 0);
    if (safe_is_refused(result))
        result = safe_call(SYS_pwrite64, fd, part->iov_base, part->iov_len, offset);
    if (safe_is_refused(result) && safe_call(SYS_lseek, fd, offset, SEEK_SET) == (long)offset)
        result = safe_call(SYS_write, fd, part->iov_base, part->iov_len);
    return result;
}

int safe_set_size(int fd, uint64_t size)
{
    static const char zero;
    const struct iovec last = {(void *)&zero, 1};
    struct stat st;
    if (safe_fstat(fd, &st) == 0 && (uint64_t)st.st_size == size)
        return 0;
    long result = safe_call(SYS_ftruncate, fd, size);
    if (safe_is_refused(result) && size > 0)
        result = safe_write_parts(fd, &last, 1, size - 1);
    return result < 0 ? (int)result : 0;
}

long safe_read_fd(int fd, void *buffer, size_t n)
{
    size_t used = 0;
    while (used < n) {
        long got = safe_call(SYS_read, fd, (char *)buffer + used, n - used);
        if (got == -EINTR)
            continue;
        if (got < 0)
            return used ? (long)used : got;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (long)used;
}

/* If process_vm_readv is unavailable: the kernel reads for write(2), and fails where we would fault. */
static int read_through_pipe(uint64_t address, char *buffer, size_t n)
{
    int ends[2];
    size_t used = 0;
    long result = safe_call(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
    if (result < 0)
        return (int)result;
    while (result >= 0 && used < n) {
        size_t most = n - used < PIPE_BUF ? n - used : PIPE_BUF;
        result = safe_call(SYS_write, ends[1], address + used, most);
        if (result > 0)
            result = safe_call(SYS_read, ends[0], buffer + used, result);
        if (result > 0)
            used += (size_t)result;
        else if (result == 0)
            result = -EFAULT;
    }
    safe_close(ends[0]);
    safe_close(ends[1]);
    return result < 0 ? (int)result : 0;
}

int safe_read_memory(uint64_t address, void *buffer, size_t n)
{
    struct iovec local = {buffer, n};
    struct iovec remote = {(void *)address, n};
    /* By the own thread: the leader of a process whose main has called pthread_exit has no memory any more.
     */
    long got = safe_call(SYS_process_vm_readv, safe_gettid(), &local, 1, &remote, 1, 0);
    if (got == (long)n)
        return 0;
    if (safe_is_refused(got))
        return read_through_pipe(address, buffer, n);
    return got < 0 ? (int)got : -EFAULT;
}

/* rt_sigprocmask looks at the new mask before it refuses what is to be done with it. */
bool safe_is_readable(uint64_t address)
{
    return safe_call(SYS_rt_sigprocmask, -1, address & ~UINT64_C(7), NULL, 8) == -EINVAL;
}

int safe_peek_memory(uint64_t address, void *buffer, size_t n)
{
    if (!n || address + n < address)
        return -EFAULT;
    for (uint64_t at = address; at < address + n; at = (at | 4095) + 1)
        if (at < 4096 || !safe_is_readable(at))
            return -EFAULT;
    safe_copy(buffer, (const void *)address, n);
    return 0;
}

static long read_string(int (*read)(uint64_t, void *, size_t), uint64_t address, char *buffer, size_t size)
{
    size_t used = 0;
    while (used + 1 < size) {
        /* Never across a page: the next one may not be there. */
        size_t left = 4096 - (address & 4095);
        size_t want = size - 1 - used < left ? size - 1 - used : left;
        int error = read(address, buffer + used, want);
        if (error < 0)
            return error;
        for (size_t i = 0; i < want; i++)
            if (!buffer[used + i])
                return (long)(used + i);
        used += want;
        address += want;
    }
    buffer[used] = '\0';
    return (long)used;
}

long safe_read_string(uint64_t address, char *buffer, size_t size)
{
    return read_string(safe_read_memory, address, buffer, size);
}

long safe_peek_string(uint64_t address, char *buffer, size_t size)
{
    return read_string(safe_peek_memory, address, buffer, size);
}

/* Which of the two a filter allows depends on the age of the libc its author has looked at. */
int safe_fstat(int fd, struct stat *ret_st)
{
    long result = safe_call(SYS_fstat, fd, ret_st);
    if (safe_is_refused(result))
        result = safe_call(SYS_newfstatat, fd, "", ret_st, AT_EMPTY_PATH);
    return (int)result;
}

int safe_identify(int fd, struct safe_identity *ret_id)
{
    struct stat st;
    int error = safe_fstat(fd, &st);
    if (error < 0)
        return error;
    ret_id->dev = st.st_dev;
    ret_id->ino = st.st_ino;
    return 0;
}

int safe_identify_path(const char *path, struct safe_identity *ret_id)
{
    struct stat st;
    long result = safe_call(SYS_newfstatat, -1, path, &st, 0);
    if (result < 0)
        return (int)result;
    ret_id->dev = st.st_dev;
    ret_id->ino = st.st_ino;
    return 0;
}

bool safe_same_file(int fd, const struct safe_identity *id)
{
    struct safe_identity now = {0, 0};
    return fd >= 0 && safe_identify(fd, &now) == 0 && now.dev == id->dev && now.ino == id->ino;
}

long safe_poll(struct pollfd *p, unsigned count, uint64_t ms)
{
    struct {
        int64_t sec, nsec;
    } ts = {(int64_t)(ms / 1000), (int64_t)(ms % 1000 * 1000000)};
    long result = safe_call(SYS_poll, p, count, ms);
    return safe_is_refused(result) ? safe_call(SYS_ppoll, p, count, &ts, NULL, 8) : result;
}
