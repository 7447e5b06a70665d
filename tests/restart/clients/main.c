/* SPDX-License-Identifier: MIT */
/*
 * restart_clients [OPTION...] TARGET: N clients ask a server for as long as it is killed, and one line of JSON says what they saw.
 * TARGET: a port of 127.0.0.1, or the path of a socket. It ends after -d seconds, after the last death, or at SIGTERM.
 *   -n N         clients (8)               -p PROTOCOL  redis, memcached, http, mqtt, postgres, arena (redis)
 *   -s ADDRESS   of the first client; the others have the following ones
 *   -w US        what a client waits between two requests (2000), more or less
 *   -d SECONDS   for so long               -r PID -k SIGNALS -c COUNT -e MS  kill the server that is a child of PID, as a
 *                crumple-run, COUNT times, with each of SIGNALS (11,6,9) in turn; 0: with DEBUG SEGFAULT, from 127.0.0.66 and the following
 *   -x COMMAND   run it after half a second; times of the answer then count from its start
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clients.h"

struct target target;
struct counts counts;
struct death death;
struct told told[DEATHS_MAX];
int told_count, epoll, signals[SIGNALS_MAX] = {SIGKILL}, signal_count = 1, every_ms = 500, run_pid,
                       think_us = 2000;

static int client_count = 8;
static int64_t ends_at = INT64_MAX, command_at;
static const char *command;
static volatile sig_atomic_t told_to_end;

int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void note(int signo)
{
    (void)signo;
    told_to_end = 1;
}

static bool use_protocol(const char *name)
{
    static const char connect_mqtt[] = "\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0";
    static const struct {
        const char *name, *request, *answer;
        int request_bytes;
    } protocols[] = {
        {"redis", "PING\r\n", "+PONG", 6},
        {"memcached", "version\r\n", "VERSION", 9},
        {"http", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.", 18},
        {"mqtt", connect_mqtt, "\x20\x02", sizeof(connect_mqtt) - 1},
        {"postgres", "\0\0\0\x08\x04\xd2\x16\x2f", "N", 8}, /* may we have TLS? no */
        {"arena", "PING\n", "ARENA", 5},
    };

    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        if (strcmp(name, protocols[i].name) != 0)
            continue;
        target.request = protocols[i].request;
        target.request_bytes = protocols[i].request_bytes;
        target.answer = protocols[i].answer;
        target.answer_bytes = (int)strlen(protocols[i].answer);
        return true;
    }
    return false;
}

static bool use_target(const char *text)
{
    if (strchr(text, '/')) {
        target.address.un.sun_family = AF_UNIX;
        target.bytes = sizeof(target.address.un);
        return snprintf(target.address.un.sun_path, sizeof(target.address.un.sun_path), "%s", text) <
               (int)sizeof(target.address.un.sun_path);
    }
    target.address.in = (struct sockaddr_in){.sin_family = AF_INET,
                                             .sin_port = htons((uint16_t)atoi(text)),
                                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    target.bytes = sizeof(target.address.in);
    return atoi(text) > 0;
}

/* A list with commas: one for each death, and again from the first. */
static bool use_signals(const char *text)
{
    for (signal_count = 0; signal_count < SIGNALS_MAX && *text >= '0' && *text <= '9'; text += *text == ',') {
        char *end;

        signals[signal_count++] = (int)strtol(text, &end, 10);
        text = end;
    }
    return signal_count > 0 && !*text;
}

static bool use_option(int option, const char *value)
{
    switch (option) {
    case 'n':
        client_count = atoi(value);
        return client_count > 0 && client_count <= CLIENTS_MAX;
    case 'p':
        return use_protocol(value);
    case 's':
        target.source = ntohl(inet_addr(value));
        return target.source != INADDR_NONE;
    case 'w':
        think_us = atoi(value);
        return true;
    case 'd':
        ends_at = now_us() + (int64_t)(atof(value) * 1e6);
        return true;
    case 'r':
        run_pid = atoi(value);
        return run_pid > 0;
    case 'k':
        return use_signals(value);
    case 'c':
        death.left = atoi(value);
        return death.left <= DEATHS_MAX;
    case 'e':
        every_ms = atoi(value);
        return true;
    case 'x':
        command = value;
        return true;
    default:
        return false;
    }
}

static void run_command(void)
{
    command_at = now_us();
    counts.first_refused = counts.last_ok = counts.last_begun_ok = 0;
    if (fork() == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
}

/* Time of an event after the command's start; -1: it was not seen. */
static double after_command_ms(int64_t at)
{
    return at ? (double)(at - command_at) / 1000 : -1;
}

/* The age of the oldest attempt that has no end yet. */
static double pending_ms(const struct client *clients)
{
    int64_t now = now_us(), oldest = now;

    for (int i = 0; i < client_count; i++)
        if ((clients[i].fd >= 0 || clients[i].waits) && clients[i].began < oldest)
            oldest = clients[i].began;
    return (double)(now - oldest) / 1000;
}

static void print_result(const struct client *clients, bool is_back)
{
    printf(
        "{\"clients\":%d,\"ok\":%lu,\"refused\":%lu,\"reset_gap\":%lu,\"reset_before\":%lu,\"timeouts\":%lu,\"wrong\":%lu,"
        "\"errors\":%lu,\"most_tries\":%lu,\"slowest_ms\":%.1f,\"pending_ms\":%.1f,\"comes_back\":%s,\"deaths\":[",
        client_count, counts.ok, counts.refused, counts.reset_gap, counts.reset_before, counts.timeouts,
        counts.wrong, counts.errors, counts.most_tries, (double)counts.slowest_us / 1000, pending_ms(clients),
        is_back ? "true" : "false");
    for (int i = 0; i < told_count; i++)
        printf("%s{\"pid\":%d,\"restart_ms\":%.1f,\"slowest_ms\":%.1f}", i ? "," : "", told[i].pid,
               (double)told[i].restart_us / 1000, (double)told[i].slowest_us / 1000);
    printf("]");
    if (command_at)
        printf(",\"first_refused_ms\":%.1f,\"last_ok_ms\":%.1f,\"last_begun_ok_ms\":%.1f",
               after_command_ms(counts.first_refused), after_command_ms(counts.last_ok),
               after_command_ms(counts.last_begun_ok));
    printf("}\n");
}

static int loop(struct client *clients)
{
    struct epoll_event events[256];
    int64_t started = now_us();
    bool has_deaths = death.left > 0;

    death.next = started + (int64_t)every_ms * 1000;
    for (;;) {
        int64_t now = now_us();
        int count, more = has_deaths ? deaths_tick(now) : 1;

        if (more <= 0 || told_to_end || now >= ends_at)
            return more;
        if (command && !command_at && now - started > 500000)
            run_command();
        clients_tick(clients, client_count, now);
        count = epoll_wait(epoll, events, sizeof(events) / sizeof(events[0]), 1);
        for (int i = 0; i < count; i++)
            client_step(clients, (int)events[i].data.u32, events[i].events);
        waitpid(-1, NULL, WNOHANG);
    }
}

int main(int argc, char **argv)
{
    static struct client clients[CLIENTS_MAX];
    struct sigaction action = {.sa_handler = note};
    int option, ended;

    use_protocol("redis");
    while ((option = getopt(argc, argv, "n:p:s:w:d:r:k:c:e:x:")) != -1)
        if (!use_option(option, optarg))
            break;
    if (option != -1 || optind != argc - 1 || !use_target(argv[optind])) {
        fprintf(stderr, "restart_clients: wrong usage; see the head of its main.c\n");
        return 2;
    }
    sigaction(SIGTERM, &action, NULL);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < client_count; i++)
        clients[i] = (struct client){.fd = -1, .may_begin = now_us() + random() % (think_us * 20 + 1)};
    ended = loop(clients);
    print_result(clients, ended >= 0);
    return ended < 0;
}
