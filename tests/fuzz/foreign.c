/* SPDX-License-Identifier: MIT */
/* Events of other programs: a file of lines. */
#include "fuzz.h"
#include "rows/foreign.h"

#include <fcntl.h>
#include <stdio.h>

static char path[] = "/tmp/crumple-fuzz-XXXXXX.ndjson";

static int take(int64_t time_us, json_t *json, void *context)
{
    (void)time_us, (void)context;
    if (!json_is_string(json_object_get(json, "title")) || !json_object_get(json, "tags"))
        abort();
    return 0;
}

static void trouble(const char *what, int error, void *context)
{
    (void)what, (void)error, (void)context;
}

static void remove_file(void)
{
    (void)unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static int fd = -1;
    char *paths[] = {path};
    size_t skipped;

    if (fd < 0) {
        fd = mkstemps(path, 7);
        atexit(remove_file);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size ||
        foreign_read(paths, 1, take, NULL, trouble, NULL, &skipped) != 0)
        abort();
    return 0;
}
