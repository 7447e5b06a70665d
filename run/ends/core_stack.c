/* SPDX-License-Identifier: MIT */
#include "ends/core_stack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "crumple_format.h"

#define PAGE 4096

void core_note(FILE *to, const char *owner, uint32_t type, const void *bytes, size_t size)
{
    static const char zeros[4];
    const Elf64_Nhdr header = {(Elf64_Word)strlen(owner) + 1, (Elf64_Word)size, type};
    (void)fwrite(&header, sizeof header, 1, to);
    (void)fwrite(owner, 1, header.n_namesz, to);
    (void)fwrite(zeros, 1, -header.n_namesz & 3, to);
    (void)fwrite(bytes, 1, size, to);
    (void)fwrite(zeros, 1, -size & 3, to);
}

static void add_status(FILE *to, const struct cgo_memory *memory)
{
    struct elf_prstatus status;
    memset(&status, 0, sizeof status);
    status.pr_pid = memory->tid;
    memcpy(&status.pr_reg, &memory->registers, sizeof status.pr_reg);
    core_note(to, "CORE", NT_PRSTATUS, &status, sizeof status);
}

static void add_words(FILE *to, uint64_t a, uint64_t b)
{
    const uint64_t words[] = {a, b};
    (void)fwrite(words, sizeof words, 1, to);
}

/* NT_FILE: count, page size, count times (start, end, offset in pages), then the paths, each ended by NUL. */
static void add_files(FILE *to, const struct cgo_memory *memory)
{
    const char *const end = memory->maps + memory->maps_size;
    struct cgo_mapping mapping;
    char *text = NULL;
    size_t size = 0;
    uint64_t count = 0;
    FILE *files = open_memstream(&text, &size);
    if (!files)
        return;
    for (const char *at = memory->maps; cgo_maps_next(&at, end, &mapping);)
        count++;
    add_words(files, count, PAGE);
    for (const char *at = memory->maps; cgo_maps_next(&at, end, &mapping);) {
        const uint64_t page = mapping.offset / PAGE;
        add_words(files, mapping.start, mapping.end);
        (void)fwrite(&page, sizeof page, 1, files);
    }
    for (const char *at = memory->maps; cgo_maps_next(&at, end, &mapping);) {
        (void)fwrite(mapping.path, 1, mapping.path_size, files);
        (void)fputc('\0', files);
    }
    if (fclose(files) == 0)
        core_note(to, "CORE", NT_FILE, text, size);
    free(text);
}

void core_stack_notes(FILE *to, const struct cgo_memory *memory, pid_t server)
{
    add_status(to, memory);
    if (memory->pid == server) /* else it tells of another executable than the core's */
        core_note(to, "CORE", NT_AUXV, memory->auxv, memory->auxv_size);
    add_files(to, memory);
    core_note(to, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_MAPS, memory->maps, memory->maps_size);
}

void core_stack_parts(FILE *to, const struct cgo_memory *memory, Elf64_Phdr *ret_headers)
{
    for (size_t i = 0; i < memory->part_count; i++) {
        const struct cgo_part *part = &memory->parts[i];
        const long at = ftell(to);
        ret_headers[i] = (Elf64_Phdr){.p_type = PT_LOAD,
                                      .p_flags = PF_R,
                                      .p_offset = at > 0 ? (Elf64_Off)at : 0,
                                      .p_vaddr = part->address,
                                      .p_filesz = part->size,
                                      .p_memsz = part->size,
                                      .p_align = 1};
        (void)fwrite(part->bytes, 1, part->size, to);
    }
}
