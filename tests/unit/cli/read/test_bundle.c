/* SPDX-License-Identifier: MIT */
/* Files that are no bundles, or no longer: each is damaged, says why, and harms nobody. */
#include <stdlib.h>
#include <string.h>

#include "cli/bundles.h"

#define FILE_NAME BUNDLES_NAME ".tar.zst"

static struct bundles_packed packed;

START_TEST(what_is_no_archive_is_damage)
{
    static unsigned char noise[100000];
    bundles_put(FILE_NAME, "", 0);
    bundles_expect_damaged("an empty file");
    bundles_put(FILE_NAME, "hello world\n", 12);
    bundles_expect_damaged("a text");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)random();
    bundles_put(FILE_NAME, noise, sizeof noise);
    bundles_expect_damaged("noise");
    bundles_compress("hello\n", 6, &packed);
    bundles_put(FILE_NAME, packed.bytes, packed.size);
    bundles_expect_damaged("a compressed text");
    bundles_compress(noise, 20000, &packed);
    bundles_put(FILE_NAME, packed.bytes, packed.size);
    bundles_expect_damaged("compressed noise");
}
END_TEST

/* What comes first in place of the report. */
static const struct {
    const char *name;
    mode_t type;
    const char *text;
} members[] = {
    {"other", S_IFREG, "x\n"},
    {"report.json", S_IFLNK, "/etc/passwd"},
    {"report.json", S_IFDIR, ""},
    {"report.json", S_IFIFO, ""},
    {"../report.json", S_IFREG, "{\"format\":1,\"event\":\"crash\"}"},
};

START_TEST(another_first_member_is_damage)
{
    bundles_pack(members[_i].name, members[_i].type, members[_i].text, &packed);
    bundles_put(FILE_NAME, packed.bytes, packed.size);
    bundles_expect_damaged(members[_i].name);
}
END_TEST

START_TEST(a_bundle_that_ends_early_is_damaged)
{
    bundles_pack("report.json", S_IFREG, bundles_report, &packed);
    ck_assert_uint_gt(packed.size, 600);
    /* Where only the checksum is missing, the four last bytes, the report has been read by then. */
    for (size_t size = 0; size < packed.size - 4; size += size < 40 || size + 44 > packed.size ? 1 : 13) {
        bundles_put(FILE_NAME, packed.bytes, size);
        bundles_expect_damaged("a part of it");
    }
    bundles_put(FILE_NAME, packed.bytes, packed.size);
    bundles_expect_sound("all of it");
}
END_TEST

START_TEST(a_bundle_with_another_byte_is_damaged)
{
    bundles_pack("report.json", S_IFREG, bundles_report, &packed);
    for (size_t at = 0; at < packed.size; at += at < 40 ? 1 : 7) {
        packed.bytes[at] ^= 0xff;
        bundles_put(FILE_NAME, packed.bytes, packed.size);
        bundles_expect_damaged("a changed byte");
        packed.bytes[at] ^= 0xff;
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, bundles_set_up, bundles_tear_down);
    tcase_add_test(tests, what_is_no_archive_is_damage);
    tcase_add_loop_test(tests, another_first_member_is_damage, 0, sizeof members / sizeof *members);
    tcase_add_test(tests, a_bundle_that_ends_early_is_damaged);
    tcase_add_test(tests, a_bundle_with_another_byte_is_damaged);
}
