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
#include <unistd.h>

static const char magic_word[] = "crumple-test-crash-now";

__attribute__((noinline, noipa)) static void injected_null_write(void)
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
