/* SPDX-License-Identifier: MIT */
/* A core of notes alone, as crumple-run makes one, and all that the writer makes of it. */
#ifndef TESTS_FUZZ_DIED_H
#define TESTS_FUZZ_DIED_H

#include <elf.h>
#include <string.h>

#include "analyse.h"
#include "crumple_format.h"
#include "fuzz.h"
#include "report/event_json.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"

static inline void fuzz_note(struct buffer *notes, uint32_t type, const void *bytes, size_t size)
{
    static const char owner[8] = CRUMPLE_NOTE_OWNER, zeros[4];
    const Elf64_Nhdr header = {sizeof CRUMPLE_NOTE_OWNER, (uint32_t)size, type};
    buffer_add(notes, &header, sizeof header);
    buffer_add(notes, owner, sizeof owner);
    buffer_add(notes, bytes, size);
    buffer_add(notes, zeros, -size & 3);
}

/* A file in memory: the notes as a core. */
static inline int fuzz_core(const struct buffer *notes)
{
    Elf64_Ehdr header = {.e_type = ET_CORE,
                         .e_machine = EM_X86_64,
                         .e_phoff = sizeof header,
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 1};
    Elf64_Phdr program = {
        .p_type = PT_NOTE, .p_offset = sizeof header + sizeof program, .p_filesz = notes->size};
    struct buffer core = {0};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    buffer_add(&core, &header, sizeof header);
    buffer_add(&core, &program, sizeof program);
    buffer_add(&core, notes->data, notes->size);
    int fd = fuzz_file(core.data, core.size);
    buffer_release(&core);
    return fd;
}

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
    int fd = fuzz_core(notes);
    if (crash_open(fd, "20260102T030405.000001Z-alpha-101", &crash, &damage) == 0) {
        if (analyse_crash(&crash) == 0)
            fuzz_reports(&crash);
        crash_release(&crash);
    }
    buffer_release(notes);
    close(fd);
}

#endif
