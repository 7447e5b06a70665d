/* SPDX-License-Identifier: MIT */
/* Listening sockets: see listen.h; the formats are those of proc(5). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"

/* Whether the process has a descriptor of the socket with this inode. */
static bool has_socket(pid_t pid, unsigned long inode)
{
    char path[64], wanted[64], target[64];
    struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    dir = opendir(path);
    while (dir && !found && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

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
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, table);
    file = fopen(path, "re");
    while (file && !found && getline(&line, &room, file) > 0) {
        unsigned long inode = listening_inode(line, strcmp(table, "unix") == 0);

        found = inode != 0 && has_socket(pid, inode);
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

bool drill_listen_find(pid_t pid)
{
    return find_in(pid, "tcp") || find_in(pid, "tcp6") || find_in(pid, "unix");
}
