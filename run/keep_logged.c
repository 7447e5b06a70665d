/* SPDX-License-Identifier: MIT */
/*
 * The teller of errors that the server only logs, a process of its own: the guards find them, and never wait for it. It is
 * started when the first one is found. It limits how often one is told, and ends when the server has ended.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/say.h"
#include "crumple_options.h"
#include "log_key.h"
#include "server.h"
#include "watch/logged.h"
#include "watch/logged_limit.h"

#define STARTS_MAX   5      /* of one that somebody kills */
#define QUIET_US     200000 /* after so long nothing more of a text comes */
#define END_TRIES    20
#define END_WAIT_MS  5
#define FAILURES_MAX 3        /* in a row: the crash directory cannot be written, or the like */
#define REST_US      60000000 /* then it is tried again */

/* A text whose last part has not come. */
struct open_text {
    bool is_open;
    uint32_t text;
    int64_t since_us; /* when the last part came */
    size_t size;
    char bytes[LOGGED_BYTES];
};

struct teller {
    struct end_facts facts; /* of the server, for each event */
    struct open_text open[2];
    struct logged_limit limit;
    uint32_t lost;        /* that no kind has counted */
    uint32_t seen_missed; /* of logged_missed(): they are in 'lost' */
    struct {
        char bytes[LOGGED_BYTES];
        size_t size;
        int stream;
    } last; /* that was told */
    uint64_t last_ns;
    int failures;
    int64_t rests_until_us;
    char scratch[LOGGED_BYTES];
};

static uint32_t take_lost(struct teller *teller)
{
    const uint32_t missed = logged_missed(), lost = teller->lost + missed - teller->seen_missed;
    teller->seen_missed = missed;
    teller->lost = 0;
    return lost;
}

static void tell(struct teller *teller, const char *text, size_t size, int stream, uint32_t missed)
{
    struct end_facts facts = teller->facts;
    if (clock_us() < teller->rests_until_us) {
        teller->lost += missed + 1;
        return;
    }
    facts.end_ns = clock_real_ns(); /* names differ by microseconds */
    if (facts.end_ns < teller->last_ns + 1000)
        facts.end_ns = teller->last_ns + 1000;
    teller->last_ns = facts.end_ns;
    facts.logged = (struct end_text){text, size};
    facts.logged_stream = (uint8_t)stream;
    facts.logged_missed = missed + take_lost(teller);
    if (text != teller->last.bytes)
        memcpy(teller->last.bytes, text, size);
    teller->last.size = size;
    teller->last.stream = stream;
    const bool is_told = end_tell(&facts) || end_settings()->stderr_mode == CRUMPLE_STDERR_OFF;
    teller->failures = is_told ? 0 : teller->failures + 1;
    if (teller->failures >= FAILURES_MAX)
        teller->rests_until_us = clock_us() + REST_US;
}

static void count_only(struct teller *teller, struct logged_kind *kind, const char *text, size_t size,
                       int stream)
{
    if (!kind->text)
        kind->text = malloc(LOGGED_BYTES);
    kind->missed++;
    kind->stream = (uint8_t)stream;
    kind->size = kind->text ? size : 0;
    if (kind->text)
        memcpy(kind->text, text, size);
    else
        teller->lost++;
}

/* The latest of those that were only counted, and with it the number of the others. */
static void tell_counted(struct teller *teller, struct logged_kind *kind)
{
    if (kind->text)
        tell(teller, kind->text, kind->size, kind->stream, kind->missed - 1);
    free(kind->text);
    kind->text = NULL;
    kind->missed = 0;
}

/* The line, and the stack behind it if it has one: what else stands there is not of it. */
static size_t own_size(const struct log_line *line, const char *bytes, size_t size)
{
    struct log_line_panic panic;
    if (line->is_json)
        return size;
    log_line_panic((struct span){bytes, size}, &panic);
    if (panic.stack.bytes)
        return size;
    return (size_t)(panic.message.bytes + panic.message.size - bytes);
}

static void take_text(struct teller *teller, int stream)
{
    struct open_text *text = &teller->open[stream - 1];
    struct log_line line;
    text->is_open = false;
    const char *newline = memchr(text->bytes, '\n', text->size);
    const size_t first = newline ? (size_t)(newline - text->bytes) : text->size;
    log_line_read(text->bytes, first, teller->scratch, &line);
    if (!line.is_json)
        line.message = (struct span){text->bytes, text->size};
    const size_t size = own_size(&line, text->bytes, text->size);
    struct logged_kind *kind = logged_limit_find(&teller->limit, log_key(&line));
    if (!kind)
        teller->lost++;
    else if (!logged_limit_take(&teller->limit, kind, clock_us()))
        count_only(teller, kind, text->bytes, size, stream);
    else {
        const uint32_t missed = kind->missed;
        free(kind->text);
        kind->text = NULL;
        kind->missed = 0;
        tell(teller, text->bytes, size, stream, missed);
    }
}

static void take_part(struct teller *teller, const struct logged_message *message, size_t bytes)
{
    const struct logged_head *head = &message->head;
    if (head->stream < 1 || head->stream > 2)
        return;
    struct open_text *text = &teller->open[head->stream - 1];
    if (text->is_open && text->text != head->text)
        take_text(teller, head->stream);
    if (head->is_first) {
        *text = (struct open_text){.is_open = true, .text = head->text};
    }
    if (!text->is_open)
        return;
    const size_t room = sizeof text->bytes - text->size, n = bytes < room ? bytes : room;
    memcpy(text->bytes + text->size, message->bytes, n);
    text->size += n;
    text->since_us = clock_us();
    if (head->is_last)
        take_text(teller, head->stream);
}

/* False: nobody sends any more. */
static bool receive(struct teller *teller, int socket)
{
    static struct logged_message message;
    ssize_t got = recv(socket, &message, sizeof message, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got < (ssize_t)sizeof message.head)
        return got != 0;
    if (message.head.is_end)
        return false;
    take_part(teller, &message, (size_t)got - sizeof message.head);
    return true;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || b < a ? b : a;
}

/* Does what is due, or all. Returns the microseconds until the next; -1: nothing is. */
static int64_t step(struct teller *teller, bool is_end)
{
    const int64_t now_us = clock_us();
    int64_t wait_us = -1;
    for (int stream = 1; stream <= 2; stream++) {
        const struct open_text *text = &teller->open[stream - 1];
        const int64_t left_us = text->since_us + QUIET_US - now_us;
        if (text->is_open && (is_end || left_us <= 0))
            take_text(teller, stream);
        else if (text->is_open)
            wait_us = sooner(wait_us, left_us);
    }
    for (size_t i = 0; i < LOGGED_LIMIT_KINDS; i++) {
        struct logged_kind *kind = &teller->limit.kinds[i];
        if (!kind->missed)
            continue;
        const int64_t left_us = logged_limit_wait(&teller->limit, kind, now_us);
        if (is_end || (left_us == 0 && logged_limit_take(&teller->limit, kind, now_us)))
            tell_counted(teller, kind);
        else
            wait_us = sooner(wait_us, left_us ? left_us : 1);
    }
    return wait_us;
}

static _Noreturn void keep(const struct server *server)
{
    static struct teller teller;
    (void)prctl(PR_SET_NAME, "crumple-logged");
    if (dup2(server->life.logged[0], STDIN_FILENO) < 0)
        _exit(1);
    descriptors_close_from(STDERR_FILENO + 1);
    teller.facts = server->life.facts;
    for (bool goes_on = true; goes_on;) {
        struct pollfd from = {.fd = STDIN_FILENO, .events = POLLIN};
        const int64_t wait_us = step(&teller, false);
        if (poll(&from, 1, wait_us < 0 ? -1 : (int)(wait_us / 1000) + 1) > 0)
            goes_on = receive(&teller, STDIN_FILENO);
    }
    (void)step(&teller, true);
    const uint32_t lost = take_lost(&teller);
    if (lost && teller.last.size) /* the last one stands for them */
        tell(&teller, teller.last.bytes, teller.last.size, teller.last.stream, lost - 1);
    _exit(0);
}

void server_keep_logged(struct server *server)
{
    if (server->life.logger || server->life.logger_starts++ >= STARTS_MAX)
        return;
    pid_t pid = fork();
    if (pid == 0)
        keep(server);
    if (pid < 0)
        say_more("what the server logs of errors is not told: %s", strerror(errno));
    server->life.logger = pid > 0 ? pid : 0;
}

int server_logged_fd(const struct server *server)
{
    return server->life.logger || server->life.logger_starts >= STARTS_MAX ? -1 : server->life.logged[0];
}

bool server_logger_ended(struct server *server, pid_t pid)
{
    if (!server->life.logger || pid != server->life.logger)
        return false;
    server->life.logger = 0;
    return true;
}

void server_end_logged(struct server *server)
{
    struct pollfd from = {.fd = server_logged_fd(server), .events = POLLIN};
    if (from.fd >= 0 && poll(&from, 1, 0) == 1)
        server_keep_logged(server);
    server->life.logger_starts = STARTS_MAX;
    /* There may be no room before what it has not received yet. */
    for (int i = 0; server->life.logger && i < END_TRIES && !logged_send_end(server->life.logged[1]); i++)
        (void)poll(NULL, 0, END_WAIT_MS);
}
