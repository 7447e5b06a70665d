/* SPDX-License-Identifier: MIT */
#include "hold/peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/say.h"
#include "crumple_format.h"
#include "crumple_options.h"
#include "date.h"
#include "directory/event.h"
#include "peer_table.h"

#define EVERY_US INT64_C(1000000)
#define LAST_US  INT64_C(300000)
#define WAIT_MS  2

/* libcrumple.so in the server has said what is wrong with a variable. */
static void ignore_problem(void *context, const char *name, const char *value, const char *problem,
                           const char *consequence)
{
    (void)context, (void)name, (void)value, (void)problem, (void)consequence;
}

/* The server cannot make it smaller, which would be SIGBUS here. Returns a descriptor or a negative errno. */
static int make_memory(void)
{
    int fd = memfd_create("crumple-peers", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    if (ftruncate(fd, PEER_TABLE_BYTES) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    int error = -errno;
    (void)close(fd);
    return error;
}

void hold_peers_begin(struct hold_peers *ret)
{
    static struct crumple_settings given;
    extern char **environ;
    *ret = (struct hold_peers){.fd = -1, .given = &given};
    settings_parse(&given, environ, ignore_problem, NULL);
    if (!given.enabled || !given.breaker_peers)
        return;
    int fd = make_memory();
    void *memory =
        fd < 0 ? MAP_FAILED : mmap(NULL, PEER_TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        say("no memory for the breakers of peers: %s; a peer whose requests kill the server is not refused",
            strerror(fd < 0 ? -fd : errno));
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    ret->fd = fd;
    ret->table = memory;
}

void hold_peers_life_began(struct hold_peers *peers, pid_t server, const char *exe)
{
    if (peers->fd < 0)
        return;
    peers->server = server;
    snprintf(peers->exe, sizeof peers->exe, "%s", exe);
    peer_table_new_life(peers->table);
    peers->opened = peer_table_opened(peers->table);
}

bool hold_peers_have_opened(const struct hold_peers *peers)
{
    return peers->fd >= 0 && peer_table_opened(peers->table) != peers->opened;
}

/* --- in the process that writes ------------------------------------------------------------------------- */

struct lines {
    FILE *to;
    const struct hold_peers *peers;
};

static void begin_line(FILE *to, const struct hold_peers *peers, const char *event)
{
    char date[DATE_BYTES];
    date_format(clock_real_ns() / 1000, date);
    fprintf(to, "\"event\":\"%s\"", event);
    event_member(to, "exe", peers->exe);
    fprintf(to, ",\"pid\":%d,\"time\":\"%s\"", (int)peers->server, date);
}

static void peer_text(const struct safe_peer *peer, char ret_text[INET6_ADDRSTRLEN])
{
    ret_text[0] = '\0';
    (void)inet_ntop(peer->family == 6 ? AF_INET6 : AF_INET, peer->address, ret_text, INET6_ADDRSTRLEN);
}

static void write_breaker(FILE *file, const char *peer, const char *from, const char *to)
{
    fprintf(file, ",\"scope\":\"peer\",\"name\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}\n", peer, from, to);
}

/* As libcrumple.so says it of a breaker of its own (preload/out/say_contained.c). */
static void say_change(const struct hold_peers *peers, const char *peer, const char *from, const char *to)
{
    char line[PIPE_BUF], hostname[65] = "";
    if (peers->given->stderr_mode == CRUMPLE_STDERR_TEXT)
        say("breaker of peer %s goes from %s to %s%s", peer, from, to,
            strcmp(to, "open") == 0 ? ": its connections are closed at once (CRUMPLE_BREAKER)" : "");
    FILE *json = peers->given->stderr_mode == CRUMPLE_STDERR_JSON ? fmemopen(line, sizeof line, "w") : NULL;
    if (!json)
        return;
    (void)gethostname(hostname, sizeof hostname - 1);
    fprintf(json, "{\"crumple\":\"" CRUMPLE_VERSION "\",");
    begin_line(json, peers, "breaker");
    event_member(json, "hostname", hostname);
    write_breaker(json, peer, from, to);
    long size = ftell(json);
    if (fclose(json) == 0 && size > 0)
        (void)!write(STDERR_FILENO, line, (size_t)size);
}

static void write_change(const struct lines *lines, const struct safe_peer_change *change)
{
    char peer[INET6_ADDRSTRLEN];
    const char *from = safe_breaker_name(change->from), *to = safe_breaker_name(change->to);
    peer_text(&change->peer, peer);
    fputc('{', lines->to);
    begin_line(lines->to, lines->peers, "breaker");
    write_breaker(lines->to, peer, from, to);
    say_change(lines->peers, peer, from, to);
}

static void write_refused(const struct safe_peer *peer, uint32_t count, void *context)
{
    const struct lines *lines = context;
    char text[INET6_ADDRSTRLEN];
    peer_text(peer, text);
    fputc('{', lines->to);
    begin_line(lines->to, lines->peers, "peer_refused");
    fprintf(lines->to, ",\"peer\":\"%s\",\"count\":%u}\n", text, count);
}

static _Noreturn void write_events(const struct hold_peers *peers)
{
    struct safe_peer_change change;
    char *text = NULL;
    size_t size = 0;
    sigset_t none;
    struct lines lines = {open_memstream(&text, &size), peers};
    if (!lines.to)
        _exit(1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    descriptors_close_from(STDERR_FILENO + 1);
    for (int i = 0; i < PEER_TABLE_CHANGES_MAX && peer_table_next_change(peers->table, &change); i++)
        write_change(&lines, &change);
    peer_table_drain_refused(peers->table, &peers->given->breaker, (uint64_t)clock_us() * 1000, write_refused,
                             &lines);
    if (fclose(lines.to) != 0 || !size)
        _exit(0);
    event_write(peers->given, text, size);
}

/* --- in crumple-run ------------------------------------------------------------------------------------- */

static void start_writer(struct hold_peers *peers)
{
    pid_t pid = fork();
    if (pid == 0)
        write_events(peers);
    peers->writer = pid > 0 ? pid : 0;
}

/* Without containment, an entry is made by a death alone, which wakes this process. */
static bool is_idle(const struct hold_peers *peers)
{
    return !peers->given->recover && !peers->was_locked && !peers->writer &&
           __atomic_load_n(peer_table_active(peers->table), __ATOMIC_RELAXED) == 0;
}

int hold_peers_step(struct hold_peers *peers, int64_t now_us)
{
    if (peers->fd < 0)
        return -1;
    if (now_us < peers->due_us)
        return (int)((peers->due_us - now_us) / 1000) + 1;
    peers->due_us = now_us + EVERY_US;
    peers->was_locked = peer_table_unlock_stuck(peers->table, peers->was_locked);
    if (!peers->writer && peer_table_has_news(peers->table))
        start_writer(peers);
    return is_idle(peers) ? -1 : (int)(EVERY_US / 1000);
}

bool hold_peers_reaped(struct hold_peers *peers, pid_t pid)
{
    if (!peers->writer || pid != peers->writer)
        return false;
    peers->writer = 0;
    return true;
}

/* One that a disk holds up is left alone. */
static void wait_for_writer(struct hold_peers *peers, int64_t until_us)
{
    while (peers->writer && clock_us() < until_us) {
        if (waitpid(peers->writer, NULL, WNOHANG) != 0)
            peers->writer = 0;
        else
            (void)poll(NULL, 0, WAIT_MS);
    }
}

void hold_peers_end(struct hold_peers *peers)
{
    const int64_t until_us = clock_us() + LAST_US;
    if (peers->fd < 0)
        return;
    wait_for_writer(peers, until_us);
    if (!peers->writer && peer_table_has_news(peers->table))
        start_writer(peers);
    wait_for_writer(peers, until_us);
    (void)close(peers->fd);
    peers->fd = -1;
}
