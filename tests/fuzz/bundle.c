/* SPDX-License-Identifier: MIT */
/* A bundle: the bytes as they are where they begin like zstd, else as the tar archive inside. Its core and secrets are
 * taken out, and a scrubbed copy is made of it. */
#include <fcntl.h>
#include <string.h>
#include <zstd.h>

#include "read/bundle.h"
#include "read/report.h"
#include "read/secrets.h"
#include "rewrite/scrub_bundle.h"
#include "fuzz.h"

static void copy_scrubbed(struct bundle_reader *reader, const char *text, size_t len, int to)
{
    const struct scrub_wish wish = {.keep_logs = len % 2};
    char reason[REPORT_REASON_BYTES];
    const char *why;
    json_t *report = NULL;

    if (report_parse(text, len, &report, reason) == 0)
        (void)scrub_bundle(reader, report, &wish, to, &why);
    json_decref(report);
}

static void read_bundle(int fd, bool scrubs)
{
    struct bundle_reader *reader = NULL;
    const char *text;
    size_t len;
    bool complete;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (bundle_open(fd, &reader) == 0 && bundle_read_report(reader, 1 << 20, &text, &len, &complete) == 0) {
        json_t *secrets = NULL;
        if (scrubs) {
            copy_scrubbed(reader, text, len, null);
        } else {
            (void)secrets_read(reader, &secrets);
            (void)bundle_copy_core(reader, null);
        }
        json_decref(secrets);
    }
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
    read_bundle(fd, false);
    (void)lseek(fd, 0, SEEK_SET);
    read_bundle(fd, true);
    close(fd);
    return 0;
}
