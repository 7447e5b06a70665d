/* SPDX-License-Identifier: MIT */
/* The notes of a core: what stands in its PT_NOTE segment, and the texts in them. */
#include <elf.h>
#include <string.h>

#include "core/module_files.h"
#include "core/unloaded.h"
#include "fuzz.h"

struct head {
    Elf64_Ehdr header;
    Elf64_Phdr program;
};

/* A core that has these notes and nothing else. */
static int core_of(const uint8_t *notes, size_t size)
{
    struct head head = {
        .header = {.e_type = ET_CORE,
                   .e_machine = EM_X86_64,
                   .e_phoff = offsetof(struct head, program),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 1},
        .program = {.p_type = PT_NOTE, .p_offset = sizeof(struct head), .p_filesz = size},
    };
    memcpy(head.header.e_ident, ELFMAG, SELFMAG);
    head.header.e_ident[EI_CLASS] = ELFCLASS64;
    head.header.e_ident[EI_DATA] = ELFDATA2LSB;
    int fd = fuzz_file(&head, sizeof head);
    if (pwrite(fd, notes, size, sizeof head) != (ssize_t)size)
        abort();
    return fd;
}

static void read_texts(struct core_file *core, const struct notes *notes)
{
    struct modules modules;
    struct maps maps = {0};
    struct unloaded unloaded;
    const struct live_process live = {.exe_fd = -1, .maps = &maps};
    if (notes->maps.size && maps_read(notes->maps, &maps) == 0)
        (void)maps_is_executable(&maps, 0x400000);
    if (unloaded_read(notes->unloaded, &unloaded) == 0)
        unloaded_release(&unloaded);
    (void)notes_auxv(notes, 33);
    if (modules_load(core, notes, &live, &modules) == 0)
        modules_release(&modules);
    maps_release(&maps);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct core_file core;
    struct core_damage damage;
    struct notes notes;
    int fd = core_of(bytes, size);
    if (core_open(fd, &core, &damage) == 0) {
        if (notes_read(&core, &notes, &damage) == 0) {
            read_texts(&core, &notes);
            notes_release(&notes);
        }
        core_close(&core);
    }
    close(fd);
    return 0;
}
