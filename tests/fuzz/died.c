/* SPDX-License-Identifier: MIT */
/* An end that crumple-run saw, or an error that a server only logged (event=logged): keys of the note before the first NUL, and output of the process behind it, as reports. */
#include <elf.h>
#include <string.h>

#include "analyse.h"
#include "crumple_format.h"
#include "fuzz.h"
#include "report/event_json.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"

static void add(struct buffer *core, uint32_t type, const void *bytes, size_t size)
{
    static const char owner[8] = CRUMPLE_NOTE_OWNER, zeros[4];
    const Elf64_Nhdr header = {sizeof CRUMPLE_NOTE_OWNER, (uint32_t)size, type};
    buffer_add(core, &header, sizeof header);
    buffer_add(core, owner, sizeof owner);
    buffer_add(core, bytes, size);
    buffer_add(core, zeros, -size & 3);
}

static int make_core(const uint8_t *bytes, size_t size)
{
    const uint8_t *nul = size ? memchr(bytes, '\0', size) : NULL;
    const size_t keys = nul ? (size_t)(nul - bytes) : size, output = nul ? size - keys - 1 : 0;
    Elf64_Ehdr header = {.e_type = ET_CORE,
                         .e_machine = EM_X86_64,
                         .e_phoff = sizeof header,
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 1};
    Elf64_Phdr program = {.p_type = PT_NOTE, .p_offset = sizeof header + sizeof program};
    struct buffer info = {0}, core = {0}, notes = {0};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    buffer_add_text(&info, "event=died\n");
    buffer_add(&info, bytes, keys);
    add(&notes, CRUMPLE_NOTE_INFO, info.data, info.size);
    add(&notes, CRUMPLE_NOTE_STDERR, nul ? nul + 1 : NULL, output);
    add(&notes, CRUMPLE_NOTE_LOGGED, nul ? nul + 1 : NULL, output);
    add(&notes, CRUMPLE_NOTE_LAST_LOGGED, nul ? nul + 1 : NULL, output);
    program.p_filesz = notes.size;
    buffer_add(&core, &header, sizeof header);
    buffer_add(&core, &program, sizeof program);
    buffer_add(&core, notes.data, notes.size);
    int fd = fuzz_file(core.data, core.size);
    buffer_release(&info);
    buffer_release(&notes);
    buffer_release(&core);
    return fd;
}

/* No byte of a text can steer a terminal. */
static void check(const struct buffer *text)
{
    for (size_t at = 0; at < text->size; at++)
        if ((unsigned char)text->data[at] < ' ' && text->data[at] != '\n')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct crash crash;
    struct core_damage damage;
    int fd = make_core(bytes, size);
    if (crash_open(fd, "20260102T030405.000001Z-alpha-101", &crash, &damage) == 0) {
        struct buffer json = {0}, text = {0}, lines = {0}, event = {0};
        if (analyse_crash(&crash) == 0) {
            report_json_write(&crash, &json);
            report_text_write(&crash, &text);
            summary_write(&crash, SUMMARY_TEXT, "/var/crash/0/x.tar.zst", &lines);
            summary_write(&crash, SUMMARY_JSON, NULL, &event);
            event_json_rest(&crash, NULL, &event);
            check(&json);
            check(&text);
            check(&lines);
            check(&event);
        }
        buffer_release(&json);
        buffer_release(&text);
        buffer_release(&lines);
        buffer_release(&event);
        crash_release(&crash);
    }
    close(fd);
    return 0;
}
