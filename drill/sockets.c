/* SPDX-License-Identifier: MIT */
/* Ports and sockets: see sockets.h; the formats are those of proc(5) and proc_net(5). */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets.h"

/* Below the range that the kernel takes for outgoing connections (ip_local_port_range). */
#define PORT_FIRST 10000
#define PORT_COUNT 20000
#define PORT_SLOT  500

static bool is_free(int port, int family, int type)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
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

/* From include/net/tcp_states.h of the kernel. */
enum { STATE_SYN_SENT = 2, STATE_CLOSE = 7, STATE_LISTEN = 10 };

/* A line of /proc/PID/net/tcp, udp and their like. */
struct line {
    unsigned local, remote, state; /* ports, and one of the above */
    unsigned long inode;
};

static bool read_line(const char *text, struct line *line)
{
    return sscanf(text, " %*[^:]: %*[^:]:%x %*[^:]:%x %x %*s %*s %*s %*s %*s %lu", &line->local,
                  &line->remote, &line->state, &line->inode) == 4;
}

/* The inode of a socket of the UNIX domain that listens, or 0. */
static unsigned long listening_unix(const char *text)
{
    unsigned long inode = 0, flags = 0;

    return sscanf(text, "%*[^:]: %*x %*x %lx %*x %*x %lu", &flags, &inode) == 2 && (flags & 0x10000) ? inode
                                                                                                     : 0;
}

/* What is_wanted is asked about each line of a table. */
struct question {
    pid_t pid;
    unsigned port;
    bool (*is_wanted)(const struct question *question, const char *text);
};

static bool find_in(const struct question *question, const char *table)
{
    char path[64], *text = NULL;
    bool found = false;
    size_t room = 0;

    snprintf(path, sizeof path, "/proc/%d/net/%s", (int)question->pid, table);
    FILE *file = fopen(path, "re");
    while (file && !found && getline(&text, &room, file) > 0)
        found = question->is_wanted(question, text);
    free(text);
    if (file)
        fclose(file);
    return found;
}

static bool is_listening_stream(const struct question *question, const char *text)
{
    struct line line;

    return read_line(text, &line) && line.state == STATE_LISTEN && has_socket(question->pid, line.inode);
}

static bool is_listening_unix(const struct question *question, const char *text)
{
    unsigned long inode = listening_unix(text);

    return inode != 0 && has_socket(question->pid, inode);
}

/* Datagram sockets do not listen; a server's has the port that it was given, and no peer. */
static bool is_at_port(const struct question *question, const char *text)
{
    struct line line;

    return read_line(text, &line) && line.state == STATE_CLOSE && line.local == question->port &&
           has_socket(question->pid, line.inode);
}

static bool is_listening_there(const struct question *question, const char *text)
{
    struct line line;

    return read_line(text, &line) && line.state == STATE_LISTEN && line.local == question->port;
}

/* Also one that has ended a minute ago; the entry is that of the end that closed first. */
static bool is_connected_there(const struct question *question, const char *text)
{
    struct line line;

    return read_line(text, &line) && line.state != STATE_LISTEN && line.state != STATE_SYN_SENT &&
           (line.local == question->port || line.remote == question->port);
}

static bool ask(pid_t pid, int port, bool (*is_wanted)(const struct question *, const char *),
                const char *table, const char *other)
{
    struct question question = {pid, (unsigned)port, is_wanted};

    return find_in(&question, table) || (other && find_in(&question, other));
}

/* Two drills at a time must not choose the same port before one of their servers has it. An abstract name of the UNIX domain
 * (unix(7)) says that it is chosen: it belongs to the network namespace, as the port does, and ends with its process. */
static bool reserve(int port)
{
    static int reserved = -1;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "crumple-drill-port-%d", port);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0) {
        close(fd);
        return false;
    }
    if (reserved >= 0)
        close(reserved); /* that of the server before */
    reserved = fd;
    return true;
}

/* A port at which nobody listens, and no connection was made lately: those of the load are looked for there. */
int drill_sockets_choose_port(unsigned slot)
{
    static unsigned turn;
    unsigned base = ((unsigned)getppid() * 4 + slot) * PORT_SLOT % PORT_COUNT;

    for (int i = 0; i < PORT_SLOT; i++) {
        int port = PORT_FIRST + (int)(base + turn++ % PORT_SLOT);

        if (is_free(port, AF_INET, SOCK_STREAM) && is_free(port, AF_INET6, SOCK_STREAM) &&
            is_free(port, AF_INET, SOCK_DGRAM) && is_free(port, AF_INET6, SOCK_DGRAM) &&
            !ask(getpid(), port, is_connected_there, "tcp", "tcp6") && reserve(port))
            return port;
    }
    return -EADDRINUSE;
}

bool drill_sockets_is_listening(pid_t pid, int port)
{
    return ask(pid, port, is_listening_stream, "tcp", "tcp6") ||
           ask(pid, port, is_listening_unix, "unix", NULL) || ask(pid, port, is_at_port, "udp", "udp6");
}

bool drill_sockets_is_avoided(pid_t pid, int port)
{
    return ask(pid, port, is_listening_there, "tcp", "tcp6") &&
           !ask(pid, port, is_connected_there, "tcp", "tcp6");
}
