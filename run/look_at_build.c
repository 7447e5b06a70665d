/* SPDX-License-Identifier: MIT */
/* The build information of a Go server: early, since the file may be another one when the server ends. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "program_go.h"
#include "server.h"

#define FIRST_US 250000
#define LAST_US  60000000

static bool read_build(struct server *server, const char *path)
{
    static char text[PROGRAM_GO_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    server->life.facts.go_build = (struct end_text){text, program_go_read(fd, text)};
    (void)close(fd);
    return server->life.facts.go_build.size > 0;
}

/* What runs now in the server's process. The report names it instead of the shell that it was. A file is read once, soon after its
 * exec: if its disk hangs later, signals must still be sent on. */
static bool read_running(struct server *server)
{
    char path[48], now[PATH_MAX], *exe = server->life.running;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)server->life.pid);
    const ssize_t size = readlink(path, now, sizeof now - 1);
    now[size > 0 ? size : 0] = '\0';
    if (size <= 0 || strcmp(now, exe) == 0)
        return false;
    memcpy(exe, now, (size_t)size + 1);
    if (!read_build(server, path))
        return false;
    server->life.facts.exe = exe;
    return true;
}

int server_look_at_build(struct server *server)
{
    if (server->life.facts.go_build.size || server->life.look_us < 0)
        return -1;
    const int64_t now_us = clock_us();
    if (!server->life.look_us) { /* before the start */
        const bool is_known = server->program.facts.is_go && read_build(server, server->program.loaded);
        server->life.look_wait_us = FIRST_US;
        server->life.look_us =
            is_known || server->settings.go_traceback != RUN_GO_ALL ? -1 : now_us + server->life.look_wait_us;
    } else if (now_us >= server->life.look_us) {
        server->life.look_wait_us =
            server->life.look_wait_us * 2 < LAST_US ? server->life.look_wait_us * 2 : LAST_US;
        server->life.look_us = read_running(server) ? -1 : now_us + server->life.look_wait_us;
    }
    return server->life.look_us < 0 ? -1 : (int)((server->life.look_us - now_us) / 1000) + 1;
}
