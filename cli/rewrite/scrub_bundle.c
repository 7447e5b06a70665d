/* SPDX-License-Identifier: MIT */
/* See rewrite/scrub_bundle.h. */
#include "rewrite/scrub_bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "crumple_format.h"
#include "read/report.h"
#include "rewrite/archive.h"
#include "rewrite/scrub_report.h"

#define MEMBERS_MAX 8
#define READ_BYTES  ((size_t)64 << 10)
#define BLOCK       ((size_t)1 << 20)
#define SMALL_MAX   (UINT64_C(64) << 20) /* of a member that is no core */

/* A member in memory. */
struct member {
    const char *name; /* constant */
    uint8_t *bytes;   /* owned */
    size_t size;
};

struct members {
    struct member items[MEMBERS_MAX];
    size_t count;
};

/* The members that a scrubbed bundle may have, in the order of the format. */
static const char *known_name(const char *name, const struct scrub_wish *wish)
{
    static const char *const known[] = {CRUMPLE_MEMBER_CORE,   CRUMPLE_MEMBER_MAPS,   CRUMPLE_MEMBER_STATUS,
                                        CRUMPLE_MEMBER_LIMITS, CRUMPLE_MEMBER_CGROUP, CRUMPLE_MEMBER_ENVIRON};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0)
            return known[i];
    return wish->keep_logs && strcmp(name, CRUMPLE_MEMBER_GOROUTINES) == 0 ? CRUMPLE_MEMBER_GOROUTINES : NULL;
}

static bool has(const struct members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i].name == name)
            return true;
    return false;
}

/* All of a member; memory grows as bytes come, for the size is a stranger's. */
static int read_member(struct bundle_reader *reader, uint64_t size, struct member *member)
{
    size_t room = 0;
    int64_t n = 1;

    if (strcmp(member->name, CRUMPLE_MEMBER_CORE) != 0 && size > SMALL_MAX)
        return -EFBIG;
    while (n > 0) {
        if (room - member->size < READ_BYTES) {
            room = room ? room * 2 : READ_BYTES * 2;
            uint8_t *grown = realloc(member->bytes, room);
            if (!grown)
                return -ENOMEM;
            member->bytes = grown;
        }
        n = bundle_read(reader, member->bytes + member->size, READ_BYTES);
        member->size += n > 0 ? (size_t)n : 0;
    }
    return (int)n;
}

static int read_members(struct bundle_reader *reader, const struct scrub_wish *wish, struct members *members)
{
    const char *name;
    uint64_t size;
    int error;

    while ((error = bundle_next(reader, &name, &size)) == 0) {
        const char *known = known_name(name, wish);
        if (!known || has(members, known) || members->count == MEMBERS_MAX)
            continue;
        struct member *member = &members->items[members->count++];
        member->name = known;
        error = read_member(reader, size, member);
        if (error)
            break;
    }
    return error == -ENODATA ? 0 : error;
}

static int write_report(struct rewrite_archive *archive, const json_t *report)
{
    /* As the writer has it, whoever prints the member meets no bidirectional character. */
    char *text = json_dumps(report, JSON_COMPACT | JSON_ENSURE_ASCII);
    int error = text ? 0 : -ENOMEM;

    if (!error)
        error = rewrite_archive_begin(archive, CRUMPLE_MEMBER_REPORT, strlen(text) + 1);
    if (!error)
        error = rewrite_archive_add(archive, text, strlen(text));
    if (!error)
        error = rewrite_archive_add(archive, "\n", 1);
    free(text);
    return error ? error : rewrite_archive_end(archive, true); /* a listing reads this frame alone */
}

static int write_core(struct rewrite_archive *archive, const struct member *core, const struct scrub *scrub)
{
    uint8_t *block = malloc(BLOCK);
    int error = block ? rewrite_archive_begin(archive, core->name, core->size) : -ENOMEM;

    for (size_t at = 0, n; at < core->size && !error; at += n) {
        n = core->size - at < BLOCK ? core->size - at : BLOCK;
        memcpy(block, core->bytes + at, n);
        scrub_range(scrub, at, at + n, block);
        error = rewrite_archive_add(archive, block, n);
    }
    free(block);
    return error ? error : rewrite_archive_end(archive, false);
}

static int write_member(struct rewrite_archive *archive, const struct member *member)
{
    int error = rewrite_archive_begin(archive, member->name, member->size);

    if (!error)
        error = rewrite_archive_add(archive, member->bytes, member->size);
    return error ? error : rewrite_archive_end(archive, false);
}

static int write_bundle(const json_t *report, const struct members *members, const struct scrub_wish *wish,
                        const struct scrub *scrub, int fd)
{
    struct rewrite_archive *archive = NULL;
    int64_t time_us = 0;
    const char *time = report_string(report, "time");

    if (time)
        (void)when_parse(time, &time_us);
    int error = rewrite_archive_open(fd, time_us / 1000000, &archive);
    if (error)
        return error;
    error = write_report(archive, report);
    for (size_t i = 0; i < members->count && !error; i++) {
        const bool is_core = members->items[i].name == known_name(CRUMPLE_MEMBER_CORE, wish);
        if (is_core && !wish->no_core)
            error = write_core(archive, &members->items[i], scrub);
        else if (!is_core)
            error = write_member(archive, &members->items[i]);
    }
    return rewrite_archive_close(archive, error);
}

int scrub_bundle(struct bundle_reader *reader, json_t *report, const struct scrub_wish *wish, int fd,
                 const char **ret_reason)
{
    struct members members = {0};
    struct scrub *scrub = NULL;
    int error = read_members(reader, wish, &members);

    *ret_reason = NULL;
    if (error == -EFBIG)
        *ret_reason = "one of its members is too large";
    for (size_t i = 0; i < members.count && !error; i++)
        if (members.items[i].name == known_name(CRUMPLE_MEMBER_CORE, wish)) {
            error = scrub_open(members.items[i].bytes, members.items[i].size, &scrub);
            *ret_reason = error == -EBADMSG ? "its core is damaged" : NULL;
        }
    if (!error)
        error = scrub_report(report, scrub, wish->keep_logs);
    if (!error)
        error = write_bundle(report, &members, wish, scrub, fd);
    scrub_release(scrub);
    for (size_t i = 0; i < members.count; i++)
        free(members.items[i].bytes);
    return error;
}
