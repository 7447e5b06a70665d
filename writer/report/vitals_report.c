/* SPDX-License-Identifier: MIT */
#include "report/vitals_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amounts.h"
#include "base/json.h"
#include "report/routine_counts.h"

#define LISTENERS_MAX 16

static void number(struct buffer *out, const char *key, int64_t value)
{
    if (value >= 0)
        json_number(out, key, value);
    else
        json_null(out, key);
}

static void text(struct buffer *out, const char *key, const char *value)
{
    json_string(out, key, value && *value ? value : NULL);
}

static void counts(struct buffer *out, const char *key, const struct vitals_count *list)
{
    json_open(out, key, '{');
    for (size_t i = 0; i < VITALS_KINDS && list[i].name; i++)
        json_number(out, list[i].name, list[i].count);
    json_close(out, '}');
}

static int64_t count_of(const struct vitals_count *list, const char *name)
{
    for (size_t i = 0; i < VITALS_KINDS && list[i].name; i++)
        if (strcmp(list[i].name, name) == 0)
            return list[i].count;
    return 0;
}

/* --- JSON ------------------------------------------------------------------------------------------------ */

/* "tcp 0.0.0.0:80 listen 3/128". False: the descriptor does not listen. */
static bool listener(const char *line, struct buffer *out)
{
    static const char word[] = " listen ";
    const char *listen = strncmp(line, "tcp ", 4) == 0 ? strstr(line + 4, word) : NULL;
    char *end;
    if (!listen)
        return false;
    const long waiting = strtol(listen + sizeof word - 1, &end, 10);
    const long backlog = *end == '/' ? strtol(end + 1, NULL, 10) : -1;
    json_open(out, NULL, '{');
    json_bytes(out, "address", line + 4, (size_t)(listen - line - 4));
    number(out, "waiting", waiting);
    number(out, "backlog", backlog);
    json_close(out, '}');
    return true;
}

static void listeners(const struct descriptors *all, struct buffer *out)
{
    size_t shown = 0;
    json_open(out, "listeners", '[');
    for (size_t i = 0; i < all->count && shown < LISTENERS_MAX; i++)
        shown += listener(all->items[i].text, out);
    json_close(out, ']');
}

static void peers(const struct vitals_words *vitals, struct buffer *out)
{
    json_open(out, "peers", '[');
    for (size_t i = 0; i < vitals->peer_count; i++) {
        const struct vitals_peer *peer = &vitals->peers[i];
        json_open(out, NULL, '{');
        json_string(out, "whose", peer->is_of_thread ? "thread" : "recent");
        number(out, "fd", peer->fd);
        json_string(out, "own", peer->own);
        json_string(out, "peer", peer->peer);
        json_string(out, "state", peer->state);
        number(out, "received_ms", peer->received_ms);
        number(out, "rtt_us", peer->rtt_us);
        number(out, "retransmits", peer->retransmits);
        number(out, "unacked", peer->unacked);
        number(out, "unread_bytes", peer->in);
        number(out, "unsent_bytes", peer->out);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void sockets(const struct crash *crash, struct buffer *out)
{
    const struct vitals_words *vitals = &crash->vitals;
    if (vitals->open < 0 || vitals->is_timid) {
        json_null(out, "sockets");
        return;
    }
    json_open(out, "sockets", '{');
    json_number(out, "established", count_of(vitals->states, "established"));
    counts(out, "tcp", vitals->states);
    listeners(&crash->descriptors, out);
    json_number(out, "full_backlogs", vitals->full_backlogs);
    peers(vitals, out);
    json_close(out, '}');
}

static void descriptors(const struct vitals_words *vitals, struct buffer *out)
{
    if (vitals->open < 0) {
        json_null(out, "descriptors");
        return;
    }
    json_open(out, "descriptors", '{');
    json_number(out, "open", vitals->open);
    number(out, "limit", vitals->open_limit);
    json_bool(out, "complete", vitals->is_whole);
    counts(out, "kinds", vitals->kinds);
    json_close(out, '}');
}

static void cgroup(const struct vitals_cgroup *group, struct buffer *out)
{
    if (group->memory_used < 0 && group->pids_used < 0) {
        json_null(out, "cgroup");
        return;
    }
    json_open(out, "cgroup", '{');
    number(out, "memory", group->memory_used);
    number(out, "memory_peak", group->memory_peak);
    number(out, "memory_limit", group->memory_limit);
    number(out, "pids", group->pids_used);
    number(out, "pids_limit", group->pids_limit);
    json_close(out, '}');
}

void vitals_json(const struct crash *crash, struct buffer *out)
{
    const struct vitals_words *vitals = &crash->vitals;
    if (notes_is_from_outside(&crash->notes) || !crash->notes.has_info)
        return;
    json_open(out, "vitals", '{');
    number(out, "rss", vitals->rss);
    number(out, "rss_peak", vitals->peak);
    number(out, "swap", vitals->swap);
    number(out, "threads", vitals->threads);
    routine_counts_json(crash, out);
    number(out, "cpu_ms", vitals->cpu_ms);
    text(out, "load", vitals->load);
    descriptors(vitals, out);
    sockets(crash, out);
    cgroup(&vitals->cgroup, out);
    json_close(out, '}');
}

static void container(const struct host_words *host, struct buffer *out)
{
    if (!host->container[0] && !host->runtime[0]) {
        json_null(out, "container");
    } else {
        json_open(out, "container", '{');
        text(out, "runtime", host->runtime);
        text(out, "id", host->container);
        json_close(out, '}');
    }
    if (!host->is_kubernetes && !host->pod[0]) {
        json_null(out, "kubernetes");
        return;
    }
    json_open(out, "kubernetes", '{');
    text(out, "namespace", host->space);
    text(out, "pod", host->pod);
    text(out, "pod_ip", host->pod_ip);
    text(out, "node", host->node);
    json_close(out, '}');
}

void place_json(const struct crash *crash, struct buffer *out)
{
    const struct host_words *host = &crash->host;
    if (!crash->notes.has_info)
        return;
    json_open(out, "place", '{');
    text(out, "host", crash->notes.hostname);
    text(out, "kernel", host->kernel);
    text(out, "os", host->os);
    text(out, "boot_id", host->boot_id);
    number(out, "cpus", host->cpus);
    number(out, "memory", host->memory);
    text(out, "started", host->started);
    number(out, "uptime_ms", host->uptime_ms);
    text(out, "user", host->user);
    text(out, "cwd", host->cwd);
    container(host, out);
    json_close(out, '}');
}

/* --- text ------------------------------------------------------------------------------------------------ */

static void comma(struct buffer *out, size_t begun)
{
    buffer_add_text(out, out->size > begun ? ", " : "");
}

void vitals_text(const struct crash *crash, struct buffer *out)
{
    const struct vitals_words *vitals = &crash->vitals;
    char amount[AMOUNT_BYTES];
    buffer_format(out, "%-10s ", "vitals");
    const size_t begun = out->size;
    if (crash->host.uptime_ms > 0) {
        amount_time((uint64_t)crash->host.uptime_ms, amount);
        buffer_format(out, "up %s", amount);
    }
    if (vitals->rss >= 0) {
        comma(out, begun);
        amount_bytes((uint64_t)vitals->rss, amount);
        buffer_format(out, "%s resident", amount);
    }
    if (vitals->open >= 0) {
        comma(out, begun);
        buffer_format(out, "%" PRId64 " descriptors open", vitals->open);
        if (vitals->open_limit >= 0)
            buffer_format(out, " of %" PRId64, vitals->open_limit);
    }
    if (vitals->open >= 0 && !vitals->is_timid)
        buffer_format(out, ", %" PRId64 " connections", count_of(vitals->states, "established"));
    if (out->size == begun)
        out->size -= 11;
    else
        buffer_add_char(out, '\n');
}
