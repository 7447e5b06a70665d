/* SPDX-License-Identifier: MIT */
/*
 * Who kills the server, and measures how long it is away. A signal reaches its threads a moment after kill(2) has returned, and until
 * then the server may accept: what began in this moment counts as begun before the death.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients.h"

#define POISONERS    0x7f000042 /* 127.0.0.66, and one more for each death */
#define STRIKING_US  50000      /* after so long the signal has been taken, or the process is gone before */
#define SETTLING_US  400000     /* so long after the first answer, what has waited has been answered */
#define COMES_NOT_US 20000000

static bool read_line(const char *path, char *line, int bytes)
{
    FILE *file = fopen(path, "re");
    bool is_read = file && fgets(line, bytes, file);

    if (file)
        fclose(file);
    return is_read;
}

/* The child of crumple-run that is none of its helpers. 0: there is none now. */
static int server_pid(void)
{
    char path[64], line[4096], name[64];
    int pid = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", run_pid, run_pid);
    if (!read_line(path, line, sizeof(line)))
        return 0;
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        snprintf(path, sizeof(path), "/proc/%s/comm", word);
        if (read_line(path, name, sizeof(name)) && strncmp(name, "crumple-", 8) != 0)
            pid = atoi(word);
    }
    return pid;
}

static bool is_gone(int pid)
{
    char path[64], line[512], *end;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (!read_line(path, line, sizeof(line)))
        return true;
    end = strrchr(line, ')');
    return end && (end[2] == 'Z' || end[2] == 'X');
}

bool death_has_gap_at(int64_t began)
{
    return (death.phase == GAP || death.phase == SETTLING) && began >= death.gap;
}

void death_answered(int64_t began, int64_t now)
{
    if (death.phase != ALIVE && now - began > death.slowest_us)
        death.slowest_us = now - began;
    if (death.phase == GAP && began >= death.gap && is_gone(death.pid)) {
        death.phase = SETTLING;
        death.answered = now;
    }
}

/* A process that asks redis to fault, from an address of its own, and stays until it is dead. */
static void send_poison(void)
{
    struct sockaddr_in source = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(POISONERS + (uint32_t)told_count)};
    static const char request[] = "DEBUG SEGFAULT\r\n";
    char answer[64];
    int fd;

    if (fork() != 0)
        return;
    alarm(20);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&source, sizeof(source)) == 0 &&
        connect(fd, &target.address.any, target.bytes) == 0 &&
        send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0)
        while (recv(fd, answer, sizeof(answer), 0) > 0)
            continue;
    _exit(0);
}

static void strike(int64_t now)
{
    const int signal_number = signals[told_count % signal_count];

    death.pid = server_pid();
    if (!death.pid) {
        death.next = now + 10000;
        return;
    }
    death.phase = STRUCK;
    death.struck = now_us();
    death.slowest_us = 0;
    if (signal_number)
        kill(death.pid, signal_number);
    else
        send_poison();
}

static void tell(int64_t now)
{
    told[told_count++] = (struct told){
        .pid = death.pid, .restart_us = death.answered - death.struck, .slowest_us = death.slowest_us};
    death.phase = ALIVE;
    death.left--;
    death.next = now + (int64_t)every_ms * 1000;
}

int deaths_tick(int64_t now)
{
    if (death.phase == ALIVE && death.left == 0)
        return 0;
    if (death.phase == ALIVE && now >= death.next)
        strike(now);
    if (death.phase == STRUCK && (now - death.struck > STRIKING_US || is_gone(death.pid))) {
        death.phase = GAP;
        death.gap = now_us();
    }
    if (death.phase == SETTLING && now - death.answered > SETTLING_US)
        tell(now);
    return death.phase != ALIVE && now - death.struck > COMES_NOT_US ? -1 : 1;
}
