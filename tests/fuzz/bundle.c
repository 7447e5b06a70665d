/* SPDX-License-Identifier: MIT */
/* A bundle: the bytes as they are where they begin like zstd, else as the tar archive inside. */
#include <fcntl.h>
#include <string.h>
#include <zstd.h>

#include "read/bundle.h"
#include "fuzz.h"

static void read_bundle(int fd)
{
    struct bundle_reader *reader = NULL;
    const char *text;
    size_t len;
    bool complete;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (bundle_open(fd, &reader) == 0 && bundle_read_report(reader, 1 << 20, &text, &len, &complete) == 0)
        (void)bundle_copy_core(reader, null);
    (void)bundle_reason(reader);
    bundle_close(reader);
    close(null);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char packed[1 << 20];
    size_t n = size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0
                   ? 0
                   : ZSTD_compress(packed, sizeof(packed), bytes, size, 1);
    int fd;

    if (ZSTD_isError(n))
        return 0;
    fd = n ? fuzz_file(packed, n) : fuzz_file(bytes, size);
    read_bundle(fd);
    close(fd);
    return 0;
}
