/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/vitals.h"
#include "unit.h"

static struct core_span span(const char *text)
{
    return (struct core_span){(const uint8_t *)text, strlen(text)};
}

static struct crash gather(const char *note, const char *status)
{
    struct crash crash = {0};
    crash.notes.event = "crash";
    crash.notes.vitals = span(note);
    crash.notes.status = span(status);
    crash.notes.limits = span("");
    crash.notes.cgroup = span("");
    vitals_gather(&crash);
    return crash;
}

START_TEST(a_note_is_read)
{
    struct crash crash = gather(
        "stat=7 (a) b) S 1 7 7 0 -1 4194304 132 0 1 0 250 50 0 0 20 0 1 0 1000 275316736 510\nboot_ns=15500000000\n"
        "loadavg=2.58 1.16 1.77 1/94 5572\nboot_id=20692f71\ncwd=/srv/a=b\nkernel=6.1.0\nfd_count=812\nfd_whole=1\n"
        "fd_timid=0\nfd.tcp=790\nfd.file=22\ntcp.established=788\nbacklog_full=1\n"
        "peer=thread 7 10.0.0.1:80 10.0.0.2:4711 established 3 180 0 1 5 -\n"
        "peer=recent 8 10.0.0.1:80 10.0.0.3:4711 established 9 - 2 0 0 0\nunknown=1\n",
        "Name:\tx\nVmHWM:\t    200 kB\nVmRSS:\t    100 kB\nVmSwap:\t       0 kB\nThreads:\t12\n");
    const struct vitals_words *v = &crash.vitals;
    ck_assert_int_eq(v->cpu_ms, 3000);
    ck_assert_int_eq(crash.host.uptime_ms, 5500);
    ck_assert_str_eq(v->load, "2.58 1.16 1.77");
    ck_assert_str_eq(crash.host.cwd, "/srv/a=b");
    ck_assert_int_eq(v->open, 812);
    ck_assert(v->is_whole && !v->is_timid);
    ck_assert_str_eq(v->kinds[1].name, "file");
    ck_assert_int_eq(v->kinds[1].count, 22);
    ck_assert_ptr_null(v->kinds[2].name);
    ck_assert_int_eq(v->states[0].count, 788);
    ck_assert_uint_eq(v->peer_count, 2);
    ck_assert(v->peers[0].is_of_thread && !v->peers[1].is_of_thread);
    ck_assert_int_eq(v->peers[0].received_ms, 3);
    ck_assert_int_eq(v->peers[0].out, VITALS_UNKNOWN);
    ck_assert_int_eq(v->peers[1].rtt_us, VITALS_UNKNOWN);
    ck_assert_int_eq(v->rss, 102400);
    ck_assert_int_eq(v->peak, 204800);
    ck_assert_int_eq(v->threads, 12);
    free(crash.vitals.text);
}
END_TEST

START_TEST(what_is_missing_or_makes_no_sense_is_not_known)
{
    static const char *const notes[] = {
        "",
        "stat=",
        "stat=7",
        "stat=)",
        "stat=7 (x) S\nboot_ns=x",
        "fd_count=-5",
        "fd_count=99999999999999999999",
        "=",
        "\n\n=\n",
        "peer=",
        "peer=thread 7",
        "loadavg=",
        "fd.=1",
        "tcp.x=",
        "stat=7 (x) S 1 7 7 0 -1 0 0 0 0 0 9223372036854775807 9 0 0 0 0 0 0 5"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        struct crash crash = gather(notes[i], "VmRSS:\nThreads:\tx\n");
        ck_assert_int_eq(crash.vitals.open, VITALS_UNKNOWN);
        ck_assert_int_eq(crash.vitals.cpu_ms, VITALS_UNKNOWN);
        ck_assert_int_eq(crash.host.uptime_ms, VITALS_UNKNOWN);
        ck_assert_int_eq(crash.vitals.rss, VITALS_UNKNOWN);
        ck_assert_uint_eq(crash.vitals.peer_count, 0);
        free(crash.vitals.text);
    }
}
END_TEST

START_TEST(more_kinds_than_there_is_room_for_are_cut)
{
    char note[4096] = "";
    for (int i = 0; i < 100; i++)
        snprintf(note + strlen(note), sizeof note - strlen(note), "fd.k%d=1\ntcp.s%d=2\n", i, i);
    struct crash crash = gather(note, "");
    ck_assert_ptr_nonnull(crash.vitals.kinds[VITALS_KINDS - 2].name);
    ck_assert_ptr_null(crash.vitals.kinds[VITALS_KINDS - 1].name);
    free(crash.vitals.text);
}
END_TEST

START_TEST(the_limit_of_descriptors)
{
    ck_assert_int_eq(vitals_open_limit(span(
                         "Max processes             95928                95928                processes\n"
                         "Max open files            1024                 1048576              files\n")),
                     1024);
    ck_assert_int_eq(vitals_open_limit(
                         span("Max open files            unlimited            unlimited            files\n")),
                     VITALS_UNKNOWN);
    ck_assert_int_eq(vitals_open_limit(span("")), VITALS_UNKNOWN);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_note_is_read);
    tcase_add_test(tests, what_is_missing_or_makes_no_sense_is_not_known);
    tcase_add_test(tests, more_kinds_than_there_is_room_for_are_cut);
    tcase_add_test(tests, the_limit_of_descriptors);
}
