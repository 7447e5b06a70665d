/* SPDX-License-Identifier: MIT */
/* Events and their reports: see bench/collecting/made.h. */
#include "made.h"

#include <stdio.h>

#include "base/json.h"
#include "date.h"

#define SPAN_US  INT64_C(2592000000000) /* 30 days */
#define RELEASES 6
#define HOSTS    20
#define FRAMES   9

static const char *const programs[] = {"match-server", "lobby", "gateway", "chat"};
static const char *const regions[] = {"eu", "us", "ap"};
static const char *const rpcs[] = {"join", "leave", "emote", "move", "trade", "chat", "login", "list"};
static const struct {
    const char *name;
    unsigned number;
} signals[] = {{"SIGSEGV", 11}, {"SIGSEGV", 11}, {"SIGSEGV", 11},
               {"SIGABRT", 6},  {"SIGBUS", 7},   {"SIGFPE", 8}};
static const char *const verbs[] = {"parse", "handle", "send",  "update", "free",
                                    "find",  "apply",  "merge", "load",   "flush"};
static const char *const nouns[] = {"header", "player", "match",     "ticket",  "packet",
                                    "world",  "score",  "inventory", "message", "timer"};

#define ONE_OF(array, number) ((array)[(number) % (sizeof(array) / sizeof *(array))])

/* splitmix64: numbers that look like chance, and are the same each time. */
static uint64_t mixed(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* Each group has one event; of the others half go to the first tenth of the groups, and so on. */
static uint64_t group_of(uint64_t number, uint64_t groups)
{
    uint64_t chance = mixed(number), within = groups;
    if (number < groups)
        return number;
    for (; within > 10 && chance & 1; chance >>= 1)
        within /= 10;
    return (chance >> 8) % within;
}

struct made made_event(uint64_t number, uint64_t events, uint64_t groups, int64_t until_us)
{
    const uint64_t group = group_of(number, groups), of_group = mixed(group + UINT64_C(0xc0ffee)),
                   chance = mixed(~number);
    /* Not in the order of the numbers: a group's only event may be an old one. */
    const uint64_t place = number * UINT64_C(7919) % events;
    struct made made = {.number = number, .group = group, .pid = (int)(1000 + chance % 60000)};

    made.time_us = until_us - SPAN_US + (int64_t)(place * ((uint64_t)SPAN_US / events) + chance % 1000000);
    made.release = (unsigned)(place * RELEASES / events);
    made.signal = ONE_OF(signals, of_group).name;
    made.signal_number = ONE_OF(signals, of_group).number;
    made.exe = ONE_OF(programs, of_group >> 8);
    made.event = of_group % 7 == 0 && chance % 3 ? "contained" : "crash";
    made.host = (unsigned)(group % 5 == 0 ? 3 : chance % HOSTS) + 1; /* a fifth of the groups: one host's */
    made.region = ONE_OF(regions, chance >> 16);
    made.rpc = group % 3 == 0 ? ONE_OF(rpcs, of_group >> 20) : ONE_OF(rpcs, chance >> 20);
    made.threads = made.event[1] == 'o' ? 1 : chance % 50 == 0 ? 150 : 6 + (unsigned)(chance >> 30) % 12;
    snprintf(made.function, sizeof made.function, "%s_%s_%u", ONE_OF(verbs, of_group >> 24),
             ONE_OF(nouns, of_group >> 32), (unsigned)group);
    date_format((uint64_t)made.time_us, made.time);
    snprintf(made.id, sizeof made.id, "%.4s%.2s%.2sT%.2s%.2s%.2s.%.6sZ-%s-%d", made.time, made.time + 5,
             made.time + 8, made.time + 11, made.time + 14, made.time + 17, made.time + 20, made.exe,
             made.pid);
    return made;
}

static void add_signature(const struct made *made, struct buffer *out)
{
    char text[256];
    snprintf(text, sizeof text, "%s | %s | %s_request | run_worker", made->signal, made->function, made->exe);
    json_string(out, "signature", text);
    snprintf(text, sizeof text, "%s in %s: read from address 0x%x (NULL pointer)", made->signal,
             made->function, (unsigned)made->group % 64 * 8);
    json_string(out, "title", text);
}

static void add_sides(const struct made *made, struct buffer *out)
{
    char text[64];
    snprintf(text, sizeof text, "game-%02u.example", made->host);
    json_string(out, "hostname", text);
    snprintf(text, sizeof text, "%016llx%016llx%08x",
             (unsigned long long)mixed(made->release * 100 + (unsigned char)made->exe[0]),
             (unsigned long long)mixed(made->release + 7), made->release);
    json_string(out, "build_id", text);
}

static void add_tags(const struct made *made, struct buffer *out)
{
    char text[32];
    json_open(out, "tags", '{');
    json_string(out, "region", made->region);
    json_string(out, "rpc", made->rpc);
    snprintf(text, sizeof text, "1.%u.0", made->release + 4);
    json_string(out, "version", text);
    snprintf(text, sizeof text, "%llu", (unsigned long long)(mixed(made->number) % 5000));
    json_string(out, "match_id", text);
    json_close(out, '}');
}

static void add_path(const struct made *made, const char *key, struct buffer *out)
{
    char text[64];
    snprintf(text, sizeof text, "/srv/game/bin/%s", made->exe);
    json_string(out, key, text);
}

/* A stack of the faulting thread, or of one that waits. */
static void add_frame(const struct made *made, unsigned thread, unsigned depth, struct buffer *out)
{
    char name[80];
    const uint64_t place = mixed(made->group * 1000 + thread % 4 * 100 + depth) & 0xfffff;
    json_open(out, NULL, '{');
    json_hex(out, "pc", 0x400000 + place);
    add_path(made, "module", out);
    json_hex(out, "offset", place);
    json_string(out, "build_id", "69460cfe82b66ead20c0d314719f2f4352c24e9e");
    if (depth == 0)
        snprintf(name, sizeof name, "%s", thread == 0 ? made->function : "epoll_wait");
    else if (depth <= 2)
        snprintf(name, sizeof name, "%s%s", depth == 1 ? made->exe : "run_worker",
                 depth == 1 ? "_request" : "");
    else
        snprintf(name, sizeof name, "%s_%s_%u", ONE_OF(verbs, place), ONE_OF(nouns, place >> 4), depth);
    json_string(out, "function", name);
    json_hex(out, "function_offset", place & 0xff);
    if (depth == 0 || thread == 0)
        json_hex(out, "sp", 0x7ffe58e50000 + depth * 64);
    json_string(out, "trust", depth == 0 ? "context" : "cfi");
    json_close(out, '}');
}

static void add_thread(const struct made *made, unsigned thread, struct buffer *out)
{
    json_open(out, NULL, '{');
    json_number(out, "tid", made->pid + (int)thread);
    json_string(out, "name", thread == 0 ? "conn" : thread % 4 == 1 ? "worker" : "net");
    json_bool(out, "crashed", thread == 0);
    json_bool(out, "also_faulted", false);
    json_string(out, "state", "captured");
    json_null(out, "reason");
    json_string(out, "routine", thread == 0 ? "conn_main" : "worker_main");
    json_null(out, "callable");
    json_bool(out, "truncated", false);
    json_open(out, "frames", '[');
    for (unsigned depth = 0; depth < FRAMES; depth++)
        add_frame(made, thread, depth, out);
    json_close(out, ']');
    json_close(out, '}');
}

static void add_signal(const struct made *made, struct buffer *out)
{
    json_open(out, "signal", '{');
    json_number(out, "number", made->signal_number);
    json_string(out, "name", made->signal);
    json_number(out, "code", 1);
    json_string(out, "code_name", made->signal_number == 11 ? "SEGV_MAPERR" : "SI_KERNEL");
    json_string(out, "class", "null");
    json_hex(out, "addr", made->group % 64 * 8);
    json_bool(out, "sent", false);
    json_bool(out, "promoted", false);
    json_string(out, "description", "read through a pointer that is NULL");
    json_close(out, '}');
}

static void add_recovery(struct buffer *out)
{
    json_open(out, "recovery", '{');
    json_string(out, "action", "contain");
    json_string(out, "how", "unwind");
    json_string(out, "rule", "conn_*=contain");
    json_string(out, "routine", "conn_main");
    json_string(out, "cause", "fault");
    json_close(out, '}');
}

/* What stands before the threads. */
static void add_head(const struct made *made, struct buffer *out)
{
    json_number(out, "format", 1);
    json_string(out, "crumple", "0.1.0");
    json_string(out, "event", made->event);
    json_string(out, "id", made->id);
    json_string(out, "time", made->time);
    add_signature(made, out);
    json_null(out, "reason");
    add_path(made, "exe", out);
    add_sides(made, out);
    json_open(out, "cmdline", '[');
    add_path(made, NULL, out);
    json_string(out, NULL, "--port=7350");
    json_close(out, ']');
    json_number(out, "pid", made->pid);
    json_number(out, "ppid", 1);
    json_number(out, "uid", 1000);
    json_number(out, "gid", 1000);
    json_number(out, "crashed_tid", made->pid);
    add_signal(made, out);
    if (made->event[1] == 'o')
        add_recovery(out);
    add_tags(made, out);
}

void made_report(const struct made *made, struct buffer *out)
{
    json_open(out, NULL, '{');
    add_head(made, out);
    json_open(out, "threads", '[');
    for (unsigned i = 0; i < made->threads; i++)
        add_thread(made, i, out);
    json_close(out, ']');
    json_open(out, "modules", '[');
    json_close(out, ']');
    json_open(out, "soft_errors", '[');
    json_close(out, ']');
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

void made_line(const struct made *made, struct buffer *out)
{
    char path[MADE_NAME_BYTES + 16];
    snprintf(path, sizeof path, "%s.tar.zst", made->id);
    json_open(out, NULL, '{');
    json_string(out, "event", made->event);
    add_signature(made, out);
    add_path(made, "exe", out);
    json_number(out, "pid", made->pid);
    json_string(out, "time", made->time);
    json_string(out, "signal", made->signal);
    json_string(out, "path", path);
    json_string(out, "id", made->id);
    add_sides(made, out);
    json_number(out, "durable_us", 5000);
    add_tags(made, out);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}
