/* SPDX-License-Identifier: MIT */
/* All that the writer makes of a core of notes alone. */
#ifndef TESTS_FUZZ_DIED_H
#define TESTS_FUZZ_DIED_H

#include <string.h>

#include "analyse.h"
#include "crumple_format.h"
#include "fuzz.h"
#include "../notes_core.h"
#include "report/event_json.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"

/* No byte of a text can steer a terminal. */
static inline void fuzz_check(const struct buffer *text)
{
    for (size_t at = 0; at < text->size; at++)
        if ((unsigned char)text->data[at] < ' ' && text->data[at] != '\n')
            abort();
}

static inline void fuzz_reports(const struct crash *crash)
{
    struct buffer all[4] = {0};
    report_json_write(crash, &all[0]);
    report_text_write(crash, &all[1]);
    summary_write(crash, SUMMARY_TEXT, "/var/crash/0/x.tar.zst", &all[2]);
    summary_write(crash, SUMMARY_JSON, NULL, &all[3]);
    event_json_rest(crash, NULL, &all[3]);
    for (int i = 0; i < 4; i++) {
        fuzz_check(&all[i]);
        buffer_release(&all[i]);
    }
}

/* Analyses the core of notes, which it releases, and makes its reports. */
static inline void fuzz_died(struct buffer *notes)
{
    struct crash crash;
    struct core_damage damage;
    int fd = notes_core(notes);
    if (crash_open(fd, "20260102T030405.000001Z-alpha-101", &crash, &damage) == 0) {
        if (analyse_crash(&crash) == 0)
            fuzz_reports(&crash);
        crash_release(&crash);
    }
    buffer_release(notes);
    close(fd);
}

#endif
