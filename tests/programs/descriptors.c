/* SPDX-License-Identifier: MIT */
/* descriptors FILE: what a program can see of its stdout and stderr, into the file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static void describe(FILE *to, int fd)
{
    struct stat st;
    struct winsize size = {0};
    struct termios settings = {0};
    if (fstat(fd, &st) < 0) {
        fprintf(to, "%d closed\n", fd);
        return;
    }
    (void)ioctl(fd, TIOCGWINSZ, &size);
    (void)tcgetattr(fd, &settings);
    fprintf(to, "%d kind %o owner %u:%u tty %d size %dx%d local %x pipe %d append %d by name %d\n", fd,
            st.st_mode, st.st_uid, st.st_gid, isatty(fd), size.ws_row, size.ws_col, settings.c_lflag,
            fcntl(fd, F_GETPIPE_SZ), fcntl(fd, F_GETFL) & O_APPEND,
            open(fd == 1 ? "/dev/stdout" : "/dev/stderr", O_WRONLY) >= 0);
}

int main(int argc, char **argv)
{
    FILE *to = fopen(argc > 1 ? argv[1] : "/dev/null", "we");
    if (!to)
        return 1;
    describe(to, 1);
    describe(to, 2);
    return fclose(to) == 0 ? 0 : 1;
}
