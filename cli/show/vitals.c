/* SPDX-License-Identifier: MIT */
/* What the process used, and where it ran: a line each of the header. What is near its limit says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amounts.h"
#include "base/text.h"
#include "lookup/package.h"
#include "read/report.h"
#include "show/show.h"

#define NEAR_PERCENT   80
#define FULL_PERCENT   95
#define KINDS_SHOWN    5
#define KINDS_MAX      32
#define PEERS_SHOWN    4
#define ROUTINES_SHOWN 4
#define ID_SHOWN       12 /* as 'docker ps' shows it */

static const json_t *vitals_of(const struct show *show)
{
    return json_object_get(show->report, "vitals");
}

static void put_bytes(int64_t bytes)
{
    char amount[AMOUNT_BYTES];

    amount_bytes((uint64_t)bytes, amount);
    fputs(amount, stdout);
}

/* ", 97 % of the limit", where little is left of it. */
static void put_near(const struct show *show, int64_t used, int64_t limit)
{
    if (limit <= 0 || used < 0 || used / NEAR_PERCENT < limit / 100)
        return;
    const double percent = (double)used * 100 / (double)limit;

    if (percent < NEAR_PERCENT)
        return;
    printf(" %s(%.0f %% of the limit)%s", percent >= FULL_PERCENT ? show->colors.bad : show->colors.warning,
           percent, show->colors.reset);
}

static void put_running(const struct show *show)
{
    const json_t *place = json_object_get(show->report, "place");
    const int64_t uptime = report_number(place, "uptime_ms", -1), cpus = report_number(place, "cpus", 0);
    const char *started = report_string(place, "started"), *load = report_string(vitals_of(show), "load");
    char amount[AMOUNT_BYTES];

    if (uptime < 0 || json_is_object(json_object_get(show->report, "end")))
        return; /* the cause of an end says for how long */
    show_put_label(show, "running");
    amount_time((uint64_t)uptime, amount);
    fputs(amount, stdout);
    if (started) {
        fputs(", since ", stdout);
        text_put(stdout, started);
    }
    if (load) {
        fputs("; load ", stdout);
        text_put(stdout, load);
    }
    if (load && cpus > 0)
        printf(" on %lld CPUs", (long long)cpus);
    putchar('\n');
}

static void put_memory(const struct show *show)
{
    const json_t *vitals = vitals_of(show), *group = json_object_get(vitals, "cgroup");
    const int64_t rss = report_number(vitals, "rss", -1), peak = report_number(vitals, "rss_peak", -1);
    const int64_t swap = report_number(vitals, "swap", 0);
    const int64_t used = report_number(group, "memory", -1), limit = report_number(group, "memory_limit", -1);

    if (rss < 0)
        return;
    show_put_label(show, "memory");
    put_bytes(rss);
    if (peak - peak / 11 > rss) {
        fputs(", at most ", stdout);
        put_bytes(peak);
    }
    if (swap > 0) {
        fputs(", swapped out ", stdout);
        put_bytes(swap);
    }
    if (limit > 0 && used >= 0) {
        fputs("; its cgroup ", stdout);
        put_bytes(used);
        fputs(" of ", stdout);
        put_bytes(limit);
        put_near(show, used, limit);
    }
    putchar('\n');
}

/* "790 tcp, 12 file", the most first. */
static void put_counts(json_t *counts, size_t most)
{
    int64_t below = INT64_MAX;
    const char *last = "";

    for (size_t shown = 0; shown < most; shown++) {
        const char *name = NULL;
        int64_t count = 0;

        for (void *at = json_object_iter(counts); at; at = json_object_iter_next(counts, at)) {
            const char *key = json_object_iter_key(at);
            const int64_t value = json_integer_value(json_object_iter_value(at));
            const bool is_after = value < below || (value == below && strcmp(key, last) > 0);

            if (is_after && (!name || value > count || (value == count && strcmp(key, name) < 0))) {
                name = key;
                count = value;
            }
        }
        if (!name)
            return;
        printf("%s%lld ", shown ? ", " : "", (long long)count);
        text_put(stdout, name);
        below = count;
        last = name;
    }
}

static void put_descriptors(const struct show *show)
{
    const json_t *all = json_object_get(vitals_of(show), "descriptors");
    const int64_t open = report_number(all, "open", -1), limit = report_number(all, "limit", -1);

    if (open < 0)
        return;
    show_put_label(show, "open");
    printf("%s%lld descriptors", report_is_true(all, "complete") ? "" : "at least ", (long long)open);
    if (limit > 0)
        printf(" of %lld", (long long)limit);
    put_near(show, open, limit);
    fputs(": ", stdout);
    put_counts(json_object_get(all, "kinds"), show->all ? KINDS_MAX : KINDS_SHOWN);
    putchar('\n');
}

/* --- connections ----------------------------------------------------------------------------------------- */

/* One that is full refuses connections. */
static void put_listeners(const struct show *show, const json_t *sockets)
{
    const json_t *listeners = json_object_get(sockets, "listeners"), *listener;
    size_t i;

    json_array_foreach(listeners, i, listener)
    {
        const int64_t waiting = report_number(listener, "waiting", 0),
                      backlog = report_number(listener, "backlog", 0);

        if (waiting <= backlog && !show->all)
            continue;
        printf("; %s%lld of %lld wait for accept() at ", waiting > backlog ? show->colors.bad : "",
               (long long)waiting, (long long)backlog);
        text_put(stdout, report_string(listener, "address"));
        fputs(waiting > backlog ? show->colors.reset : "", stdout);
    }
}

static void put_peer(const json_t *peer)
{
    const int64_t received = report_number(peer, "received_ms", -1),
                  lost = report_number(peer, "retransmits", 0);
    const int64_t rtt = report_number(peer, "rtt_us", -1), unread = report_number(peer, "unread_bytes", 0);
    const int64_t unsent = report_number(peer, "unsent_bytes", 0);
    const char *state = report_string(peer, "state");

    text_put(stdout, report_string(peer, "peer"));
    printf(" (fd %lld", (long long)report_number(peer, "fd", -1));
    if (state && strcmp(state, "established") != 0) {
        fputs(", ", stdout);
        text_put(stdout, state);
    }
    if (received >= 0)
        printf(", received %lld ms before", (long long)received);
    if (rtt >= 0)
        printf(", rtt %.1f ms", (double)rtt / 1000);
    if (lost > 0)
        printf(", %lld retransmits", (long long)lost);
    if (unread > 0)
        printf(", %lld bytes not read", (long long)unread);
    if (unsent > 0)
        printf(", %lld bytes not yet received there", (long long)unsent);
    putchar(')');
}

/* Those of the faulting thread, where crumple knows them; else the last to be heard, which may be anybody's. */
static void put_peers(const struct show *show, const json_t *sockets, const char *whose, const char *words)
{
    const json_t *peers = json_object_get(sockets, "peers"), *peer;
    size_t i, shown = 0;

    json_array_foreach(peers, i, peer)
    {
        const char *its = report_string(peer, "whose");

        if (!its || strcmp(its, whose) != 0 || (shown == PEERS_SHOWN && !show->all))
            continue;
        if (shown == 0)
            show_put_label(show, words);
        fputs(shown++ ? "; " : "", stdout);
        put_peer(peer);
    }
    if (shown)
        putchar('\n');
}

static void put_sockets(const struct show *show)
{
    const json_t *sockets = json_object_get(vitals_of(show), "sockets");
    json_t *states = json_object_get(sockets, "tcp");

    if (json_object_size(states) == 0)
        return;
    show_put_label(show, "tcp");
    put_counts(states, KINDS_MAX);
    put_listeners(show, sockets);
    putchar('\n');
    put_peers(show, sockets, "thread", "its peers");
    put_peers(show, sockets, "recent", "heard last");
}

/* --- threads and the place ------------------------------------------------------------------------------- */

static void put_routines(const struct show *show)
{
    const json_t *vitals = vitals_of(show), *group = json_object_get(vitals, "cgroup");
    const json_t *routines = json_object_get(vitals, "routines"), *entry;
    const int64_t threads = report_number(vitals, "threads", 0);
    const int64_t captured = (int64_t)json_array_size(json_object_get(show->report, "threads"));
    const int64_t pids = report_number(group, "pids", -1), limit = report_number(group, "pids_limit", -1);
    const char *comma = ": ";
    size_t i;

    if (threads < 2)
        return;
    show_put_label(show, "threads");
    printf("%lld", (long long)threads);
    if (captured > 0 && captured < threads) /* of a contained fault one: routines are those of the captured */
        printf(", %lld of them captured", (long long)captured);
    json_array_foreach(routines, i, entry)
    {
        const char *name = report_string(entry, "routine");

        if (!name || (i >= ROUTINES_SHOWN && !show->all))
            continue;
        printf("%s%lld in ", comma, (long long)report_number(entry, "count", 0));
        text_put(stdout, lookup_text(show->lookup, name));
        comma = ", ";
    }
    if (limit > 0 && pids >= 0) {
        printf("; its cgroup %lld of %lld", (long long)pids, (long long)limit);
        put_near(show, pids, limit);
    }
    putchar('\n');
}

static void put_place(const struct show *show)
{
    const json_t *place = json_object_get(show->report, "place");
    const json_t *container = json_object_get(place, "container"),
                 *pod = json_object_get(place, "kubernetes");
    const char *runtime = report_string(container, "runtime"), *id = report_string(container, "id");
    const char *name = report_string(pod, "pod"), *space = report_string(pod, "namespace");
    const char *os = report_string(place, "os"), *kernel = report_string(place, "kernel");
    char shown[ID_SHOWN + 1] = "";

    if (runtime || id) {
        show_put_label(show, "container");
        text_put(stdout, runtime ? runtime : "unknown runtime");
        if (id) {
            snprintf(shown, sizeof shown, "%s", id);
            putchar(' ');
            text_put(stdout, show->all ? id : shown);
        }
        putchar('\n');
    }
    if (json_is_object(pod)) {
        show_put_label(show, "pod");
        text_put(stdout, space ? space : "?");
        putchar('/');
        text_put(stdout, name ? name : "?");
        if (report_string(pod, "node")) {
            fputs(" on ", stdout);
            text_put(stdout, report_string(pod, "node"));
        }
        putchar('\n');
    }
    if (os || kernel) {
        show_put_label(show, "system");
        text_put(stdout, os ? os : "unknown");
        if (kernel) {
            fputs(", Linux ", stdout);
            text_put(stdout, kernel);
        }
        putchar('\n');
    }
}

void show_package(const struct show *show)
{
    char *package = package_find(show->report);

    show_put_member(show, "package", package);
    free(package);
}

void show_vitals(const struct show *show)
{
    put_running(show);
    put_memory(show);
    put_routines(show);
    put_descriptors(show);
    put_sockets(show);
    put_place(show);
}
