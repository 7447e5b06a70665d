/* SPDX-License-Identifier: MIT */
/* Ports and sockets: see sockets.h; the formats are those of proc(5) and proc_net(5). */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

/* Below the range that the kernel takes for outgoing connections (ip_local_port_range). */
#define PORT_FIRST 10000
#define PORT_COUNT 20000
#define PORT_SLOT  500

static bool is_free(int port, int family)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is;

    if (fd < 0)
        return true; /* no such family: no server listens there */
    if (family == AF_INET6)
        is = bind(fd, (struct sockaddr *)&six, sizeof six) == 0;
    else
        is = bind(fd, (struct sockaddr *)&four, sizeof four) == 0;
    close(fd);
    return is;
}

/* An unused port; each worker has a range of its own, and goes round in it. */
int drill_sockets_choose_port(unsigned slot)
{
    static unsigned turn;
    unsigned base = ((unsigned)getppid() * 4 + slot) * PORT_SLOT % PORT_COUNT;

    for (int i = 0; i < PORT_SLOT; i++) {
        int port = PORT_FIRST + (int)(base + turn++ % PORT_SLOT);

        if (is_free(port, AF_INET) && is_free(port, AF_INET6))
            return port;
    }
    return -EADDRINUSE;
}

/* Whether the process has a descriptor of the socket with this inode. */
static bool has_socket(pid_t pid, unsigned long inode)
{
    char path[64], wanted[64], target[64];
    struct dirent *entry;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *dir = opendir(path);
    while (dir && !found && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);

        target[n > 0 ? n : 0] = '\0';
        found = strcmp(target, wanted) == 0;
    }
    if (dir)
        closedir(dir);
    return found;
}

/* The inode of a listening socket in a line of /proc/PID/net/tcp or unix, or 0. */
static unsigned long listening_inode(const char *line, bool unix_domain)
{
    unsigned long inode = 0, flags = 0;
    unsigned state = 0;

    if (unix_domain)
        return sscanf(line, "%*[^:]: %*x %*x %lx %*x %*x %lu", &flags, &inode) == 2 && (flags & 0x10000)
                   ? inode
                   : 0;
    return sscanf(line, " %*[^:]: %*s %*s %x %*s %*s %*s %*s %*s %lu", &state, &inode) == 2 && state == 0x0a
               ? inode
               : 0;
}

static bool find_in(pid_t pid, const char *table)
{
    char path[64], *line = NULL;
    bool found = false;
    size_t room = 0;

    snprintf(path, sizeof path, "/proc/%d/net/%s", (int)pid, table);
    FILE *file = fopen(path, "re");
    while (file && !found && getline(&line, &room, file) > 0) {
        unsigned long inode = listening_inode(line, strcmp(table, "unix") == 0);

        found = inode != 0 && has_socket(pid, inode);
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

/* Whether a descriptor of the process is a listening stream socket: TCP over IPv4 or IPv6, or of the UNIX domain. */
bool drill_sockets_is_listening(pid_t pid)
{
    return find_in(pid, "tcp") || find_in(pid, "tcp6") || find_in(pid, "unix");
}
