/* SPDX-License-Identifier: MIT */
#include "watch/dump_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 4096
/* A file has no clock: only so much of others follows a dump that is the last word. */
#define AFTER_BYTES (16 << 10)

static void pass_nothing(void *context, const char *bytes, size_t size)
{
    (void)context, (void)bytes, (void)size;
}

void dump_file_read(int fd, off_t from, struct dump_filter *filter)
{
    const struct dump_sink sink = {pass_nothing, NULL};
    char bytes[CHUNK_BYTES];
    struct stat status;
    int64_t now_ms = 0;
    if (fstat(fd, &status) < 0)
        return;
    if (status.st_size - from > CRUMPLE_MAX_GO_DUMP)
        from = status.st_size - CRUMPLE_MAX_GO_DUMP;
    while (from < status.st_size) { /* not more: others may still write */
        ssize_t got = pread(fd, bytes, sizeof bytes, from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        from += got;
        dump_filter_feed(filter, bytes, (size_t)got, now_ms, &sink);
        if (filter->is_sure && filter->size - filter->seen > AFTER_BYTES) {
            now_ms += DUMP_LAST_MS;
            dump_filter_tick(filter, now_ms, &sink);
        }
    }
    dump_filter_end(filter, true, now_ms, &sink);
}
