/* SPDX-License-Identifier: MIT */
#include "watch/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int make_pipe(int fd, const struct stat *st, int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int bytes = S_ISFIFO(st->st_mode) ? fcntl(fd, F_GETPIPE_SZ) : 0;
    if (bytes > 0)
        (void)fcntl(ends[1], F_SETPIPE_SZ, bytes);
    return 0;
}

/* Output passes unchanged: the terminal behind it does what it does to the lines, once. */
static int make_terminal(int fd, int ends[2])
{
    struct termios settings;
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0)
        return -errno;
    ends[1] = unlockpt(ends[0]) < 0 ? -1 : ioctl(ends[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[1] < 0 || tcgetattr(fd, &settings) < 0) {
        int error = -errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return error;
    }
    settings.c_oflag &= ~(tcflag_t)OPOST;
    (void)tcsetattr(ends[1], TCSANOW, &settings);
    return 0;
}

static enum stream_kind kind_of(int fd, const struct stat *st)
{
    if (S_ISREG(st->st_mode))
        return STREAM_FILE;
    if (S_ISSOCK(st->st_mode))
        return STREAM_SOCKET;
    return isatty(fd) ? STREAM_TERMINAL : STREAM_PIPE;
}

static int make_ends(enum stream_kind kind, int fd, const struct stat *st, int ends[2])
{
    switch (kind) {
    case STREAM_PIPE:
        return make_pipe(fd, st, ends);
    case STREAM_SOCKET:
        return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
    case STREAM_TERMINAL:
        return make_terminal(fd, ends);
    case STREAM_FILE:
    case STREAM_LEFT:
        break;
    }
    return 0;
}

int stream_make(int fd, struct stream *ret)
{
    struct stat st;
    int ends[2] = {-1, -1};
    *ret = (struct stream){STREAM_LEFT, -1, -1};
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC)) /* the server will find it closed */
        return 0;
    if (fstat(fd, &st) < 0)
        return -errno;
    enum stream_kind kind = kind_of(fd, &st);
    int error = make_ends(kind, fd, &st, ends);
    if (error)
        return error;
    *ret = (struct stream){kind, ends[0], ends[1]};
    /* A server opens /dev/stdout by name: it must be as allowed to as it was. */
    if (ends[1] >= 0) {
        (void)!fchown(ends[1], st.st_uid, st.st_gid);
        (void)fchmod(ends[1], st.st_mode & 0777);
    }
    if (kind == STREAM_TERMINAL)
        stream_resize(ret, fd);
    return 0;
}

bool stream_is_same(int a, int b)
{
    struct stat sa, sb;
    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino &&
           sa.st_rdev == sb.st_rdev;
}

void stream_resize(const struct stream *stream, int fd)
{
    struct winsize size;
    if (stream->kind == STREAM_TERMINAL && ioctl(fd, TIOCGWINSZ, &size) == 0)
        (void)ioctl(stream->ours, TIOCSWINSZ, &size);
}
