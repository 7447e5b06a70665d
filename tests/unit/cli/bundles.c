/* SPDX-License-Identifier: MIT */
/* See bundles.h. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "cli/bundles.h"
#include "read/bundle.h"
#include "read/report.h"
#include "rows/index.h"
#include "rows/rows.h"

char bundles_folder[] = "/tmp/crumple-bundles-XXXXXX";
char bundles_cache[64], bundles_index[200];

const char bundles_report[] =
    "{\"format\":1,\"crumple\":\"0.1.0\",\"event\":\"crash\",\"id\":\"" BUNDLES_NAME "\","
    "\"time\":\"2026-01-02T03:04:05.000001Z\",\"signature\":\"SIGSEGV | parse_header | handle_client\","
    "\"title\":\"SIGSEGV in parse_header (alpha)\",\"reason\":null,\"exe\":\"/usr/sbin/alpha\","
    "\"cmdline\":[\"alpha\",\"--port\",\"80\"],\"hostname\":\"host.example\",\"pid\":101,\"ppid\":1,\"uid\":33,\"gid\":33,"
    "\"crashed_tid\":102,\"signal\":{\"number\":11,\"name\":\"SIGSEGV\",\"code\":1,\"code_name\":\"SEGV_MAPERR\","
    "\"addr\":\"0x8\",\"sent\":false,\"promoted\":false,\"description\":\"read at 0x8, a null pointer\"},"
    "\"exit\":{\"call\":\"_exit\",\"status\":3,\"caller\":{\"function\":\"main\",\"module\":\"/usr/sbin/alpha\"},"
    "\"fault\":{\"signal\":\"SIGSEGV\"}},\"exception\":{\"type\":\"std::runtime_error\",\"what\":\"no\",\"uncaught\":true},"
    "\"recovery\":{\"action\":\"contain\",\"locks_held\":0,\"lock\":null,\"exception\":{\"type\":\"int\"}},"
    "\"threads\":[{\"tid\":102,\"name\":\"client\",\"crashed\":true,\"also_faulted\":false,\"state\":\"captured\","
    "\"reason\":null,\"routine\":\"handle_client\",\"truncated\":false,\"registers\":{\"rip\":\"0x401139\"},"
    "\"frames\":[{\"pc\":\"0x401139\",\"sp\":\"0x7ffe00001000\",\"module\":\"/usr/sbin/alpha\",\"offset\":\"0x1139\","
    "\"build_id\":\"00112233445566778899\",\"function\":\"parse_header\",\"function_offset\":\"0x1c\","
    "\"trust\":\"context\"},{\"pc\":\"0x401180\",\"function\":\"handle_client\",\"trust\":\"cfi\"},"
    "{\"pc\":\"0x4011f0\",\"module\":\"/usr/lib/libplugin.so\",\"function\":null,\"trust\":\"scan\"}]},"
    "{\"tid\":110,\"name\":\"disk\",\"state\":\"missing\",\"reason\":\"uninterruptible\",\"frames\":[]}],"
    "\"modules\":[{\"path\":\"/usr/sbin/alpha\",\"base\":\"0x400000\",\"end\":\"0x402000\","
    "\"build_id\":\"00112233445566778899\",\"file\":\"ok\"}],\"soft_errors\":[\"limits: permission denied\"],"
    "\"timings_us\":{\"stopped\":300,\"core\":1200}}";

void bundles_set_up(void)
{
    strcpy(strrchr(bundles_folder, '-') + 1, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(bundles_folder));
}

void bundles_tear_down(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", bundles_folder);
    ck_assert_int_eq(system(command), 0);
}

void bundles_set_up_for_index(void)
{
    char name[64];
    struct stat st;
    bundles_set_up();
    for (int i = 0; i < INDEX_LEAST; i++) {
        snprintf(name, sizeof name, "%d" CRUMPLE_BUNDLE_SUFFIX, i);
        bundles_put(name, "", 0);
    }
    snprintf(bundles_cache, sizeof bundles_cache, "%s/cache", bundles_folder);
    ck_assert_int_eq(mkdir(bundles_cache, 0700), 0);
    ck_assert_int_eq(setenv("XDG_CACHE_HOME", bundles_cache, 1), 0);
    ck_assert_int_eq(stat(bundles_folder, &st), 0);
    snprintf(bundles_index, sizeof bundles_index, "%s/crumple/rows-%llx-%llx", bundles_cache,
             (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
}

void bundles_compress(const void *bytes, size_t size, struct bundles_packed *ret_packed)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ret_packed->size = ZSTD_compress2(context, ret_packed->bytes, sizeof ret_packed->bytes, bytes, size);
    ck_assert(!ZSTD_isError(ret_packed->size));
    ZSTD_freeCCtx(context);
}

void bundles_pack(const char *name, mode_t type, const char *text, struct bundles_packed *ret_packed)
{
    static char tar[1 << 20];
    size_t used = 0;
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    ck_assert_int_eq(archive_write_set_format_ustar(archive), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_open_memory(archive, tar, sizeof tar, &used), ARCHIVE_OK);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, type == S_IFREG ? (int64_t)strlen(text) : 0);
    if (type == S_IFLNK)
        archive_entry_set_symlink(entry, text);
    ck_assert_int_eq(archive_write_header(archive, entry), ARCHIVE_OK);
    if (type == S_IFREG)
        ck_assert_int_eq(archive_write_data(archive, text, strlen(text)), (la_ssize_t)strlen(text));
    ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    archive_entry_free(entry);
    used =
        type == S_IFREG ? 512 + (strlen(text) + 511) / 512 * 512 : used; /* the report's frame ends with it */
    bundles_compress(tar, used, ret_packed);
}

void bundles_put(const char *name, const void *bytes, size_t size)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", bundles_folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

void bundles_put_report(const char *text)
{
    static struct bundles_packed packed;
    bundles_pack("report.json", S_IFREG, text, &packed);
    bundles_put(BUNDLES_NAME ".tar.zst", packed.bytes, packed.size);
}

static void no_trouble(const char *what, int error, void *context)
{
    (void)context;
    ck_abort_msg("%s: %s", what, strerror(error));
}

/* What 'list' finds in the directory: one row, which the caller clears. */
static struct rows list(void)
{
    struct rows rows = {0};
    const struct rows_filter all = {0};
    ck_assert_int_eq(rows_read(bundles_folder, &all, NULL, no_trouble, NULL, &rows), 0);
    ck_assert_uint_eq(rows.count, 1);
    return rows;
}

/* What 'show' makes of the bundle. Returns as report_parse does. */
static int show(char reason[static REPORT_REASON_BYTES])
{
    char path[200];
    struct bundle_reader *reader = NULL;
    const char *text;
    size_t size;
    bool is_complete;
    json_t *report;
    snprintf(path, sizeof path, "%s/" BUNDLES_NAME ".tar.zst", bundles_folder);
    int fd = open(path, O_RDONLY);
    int error = bundle_open(fd, &reader);
    if (error == 0)
        error = bundle_read_report(reader, SIZE_MAX, &text, &size, &is_complete);
    if (error < 0) {
        snprintf(reason, REPORT_REASON_BYTES, "%s", bundle_reason(reader));
    } else {
        error = report_parse(text, size, &report, reason);
        if (error == 0)
            json_decref(report);
    }
    bundle_close(reader);
    close(fd);
    return error;
}

void bundles_expect_damaged(const char *what)
{
    char reason[REPORT_REASON_BYTES] = "";
    struct rows rows = list();
    const char *why = report_string(rows.rows[0].json, "reason");
    ck_assert_msg(rows.rows[0].state == ROWS_DAMAGED, "%s: %s", what, rows_state_name(rows.rows[0].state));
    ck_assert_str_eq(report_string(rows.rows[0].json, "state"), "damaged");
    ck_assert_str_eq(report_string(rows.rows[0].json, "event"), "damaged");
    ck_assert_int_eq(report_number(rows.rows[0].json, "pid", -1), 101);
    ck_assert_msg(why && *why, "%s: no reason", what);
    ck_assert_uint_eq(rows.bad, 1);
    rows_clear(&rows);
    int error = show(reason);
    ck_assert_msg(error == -EBADMSG, "%s: show says %d", what, error);
    ck_assert_msg(reason[0], "%s: no reason", what);
}

void bundles_expect_sound(const char *what)
{
    char reason[REPORT_REASON_BYTES] = "";
    struct rows rows = list();
    ck_assert_msg(rows.rows[0].state == ROWS_PRESENT, "%s: %s", what,
                  report_string(rows.rows[0].json, "reason"));
    rows_clear(&rows);
    ck_assert_msg(show(reason) == 0, "%s: %s", what, reason);
}
