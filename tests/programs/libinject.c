/* SPDX-License-Identifier: MIT */
/*
 * Gives a server that has no bug one: preloaded beside crumple, it dereferences NULL in the thread that
 * receives the magic word from a client. The calls are raw, so that nothing but the fault is added to the
 * server.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char magic_word[] = "crumple-test-crash-now";

void injected_null_write(void);
__attribute__((noinline, noipa)) void injected_null_write(void)
{
    *(volatile int *)NULL = 1;
}

static ssize_t pass_on(long got, const void *bytes)
{
    if (got < 0) {
        errno = (int)-got;
        return -1;
    }
    if (memmem(bytes, (size_t)got, magic_word, sizeof magic_word - 1) != NULL)
        injected_null_write();
    return got;
}

/* The raw call's own result: syscall() has already moved the error to errno. */
static long result_of(long got)
{
    return got < 0 ? -errno : got;
}

ssize_t read(int file, void *bytes, size_t size)
{
    return pass_on(result_of(syscall(SYS_read, file, bytes, size)), bytes);
}

ssize_t recv(int file, void *bytes, size_t size, int flags)
{
    return pass_on(result_of(syscall(SYS_recvfrom, file, bytes, size, flags, NULL, NULL)), bytes);
}

ssize_t recvfrom(int file, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_size)
{
    return pass_on(result_of(syscall(SYS_recvfrom, file, bytes, size, flags, from, from_size)), bytes);
}

/* Of what came in several parts, only the first is looked at. */
static ssize_t pass_on_parts(long got, const struct iovec *parts, size_t count)
{
    if (got > 0 && count > 0)
        (void)pass_on((size_t)got < parts[0].iov_len ? got : (long)parts[0].iov_len, parts[0].iov_base);
    return got < 0 ? pass_on(got, NULL) : got;
}

ssize_t readv(int file, const struct iovec *parts, int count)
{
    return pass_on_parts(result_of(syscall(SYS_readv, file, parts, count)), parts, (size_t)count);
}

ssize_t recvmsg(int file, struct msghdr *message, int flags)
{
    return pass_on_parts(result_of(syscall(SYS_recvmsg, file, message, flags)), message->msg_iov,
                         message->msg_iovlen);
}
