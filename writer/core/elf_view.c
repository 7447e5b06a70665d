/* SPDX-License-Identifier: MIT */
#include "core/elf_view.h"

#include <errno.h>
#include <string.h>

/* Where bytes of the module come from: the core at an address, or the file at an offset. */
struct elf_source {
    struct core_file *core;
    uint64_t base;
    const uint8_t *image;
    size_t size;
};

static const uint8_t *elf_source_header_bytes(const struct elf_source *source, uint64_t offset, uint64_t size)
{
    if (source->core)
        return core_at(source->core, source->base + offset, size);
    return offset <= source->size && size <= source->size - offset ? source->image + offset : NULL;
}

static void elf_view_take_build_id(struct elf_view *view, const uint8_t *bytes, uint64_t size)
{
    uint64_t at = 0;
    while (size - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, bytes + at, sizeof note);
        uint64_t name_size = ((uint64_t)note.n_namesz + 3) & ~UINT64_C(3);
        uint64_t content_size = ((uint64_t)note.n_descsz + 3) & ~UINT64_C(3);
        at += sizeof note;
        if (name_size > size - at || note.n_descsz > size - at - name_size)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(bytes + at, "GNU", 4) == 0 &&
            note.n_descsz > 0 && note.n_descsz <= ELF_VIEW_MAX_BUILD_ID) {
            memcpy(view->build_id, bytes + at + name_size, note.n_descsz);
            view->build_id_size = note.n_descsz;
            return;
        }
        at += name_size;
        at += content_size < size - at ? content_size : size - at;
    }
}

static void elf_view_find_build_id(struct elf_view *view, const struct elf_source *source)
{
    for (size_t i = 0; i < view->program_count && !view->build_id_size; i++) {
        const Elf64_Phdr *program = &view->programs[i];
        if (program->p_type != PT_NOTE)
            continue;
        /* Only the build-id's own bytes may be in the core, not all notes: its note is looked for at 4-byte
         * steps. */
        if (!source->core) {
            const uint8_t *bytes = elf_source_header_bytes(source, program->p_offset, program->p_filesz);
            if (bytes)
                elf_view_take_build_id(view, bytes, program->p_filesz);
            continue;
        }
        uint64_t size = program->p_filesz < 4096 ? program->p_filesz : 4096;
        for (uint64_t skip = 0; skip + 16 < size && !view->build_id_size; skip += 4) {
            const uint8_t *bytes = core_at(source->core, view->bias + program->p_vaddr + skip, 16);
            if (!bytes || memcmp(bytes + 8, "\3\0\0\0GNU", 8) != 0)
                continue;
            Elf64_Nhdr note;
            memcpy(&note, bytes, sizeof note);
            bytes = core_at(source->core, view->bias + program->p_vaddr + skip, 16 + (uint64_t)note.n_descsz);
            if (bytes)
                elf_view_take_build_id(view, bytes, 16 + (uint64_t)note.n_descsz);
        }
    }
}

static int elf_view_read(const struct elf_source *source, struct elf_view *ret_view)
{
    struct elf_view view = {0};
    const uint8_t *bytes = elf_source_header_bytes(source, 0, sizeof view.header);
    if (!bytes || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return -ENOEXEC;
    memcpy(&view.header, bytes, sizeof view.header);
    if (view.header.e_ident[EI_CLASS] != ELFCLASS64 || view.header.e_machine != EM_X86_64 ||
        view.header.e_phentsize != sizeof(Elf64_Phdr))
        return -ENOEXEC;
    size_t count = view.header.e_phnum < ELF_VIEW_MAX_PROGRAMS ? view.header.e_phnum : ELF_VIEW_MAX_PROGRAMS;
    bytes = elf_source_header_bytes(source, view.header.e_phoff, count * sizeof(Elf64_Phdr));
    if (!bytes || !count)
        return -ENOEXEC;
    memcpy(view.programs, bytes, count * sizeof(Elf64_Phdr));
    view.program_count = count;
    for (size_t i = 0; i < count && source->core; i++) {
        if (view.programs[i].p_type != PT_LOAD)
            continue;
        /* The first PT_LOAD is the one the header lies in: linkers sort them. */
        view.bias = source->base - (view.programs[i].p_vaddr - view.programs[i].p_offset);
        break;
    }
    elf_view_find_build_id(&view, source);
    *ret_view = view;
    return 0;
}

int elf_view_read_memory(struct core_file *core, uint64_t base, struct elf_view *ret_view)
{
    return elf_view_read(&(struct elf_source){.core = core, .base = base}, ret_view);
}

int elf_view_read_image(const uint8_t *image, size_t size, struct elf_view *ret_view)
{
    return elf_view_read(&(struct elf_source){.image = image, .size = size}, ret_view);
}

bool elf_view_is_same(const struct elf_view *memory, const struct elf_view *file)
{
    if (memory->build_id_size)
        return memory->build_id_size == file->build_id_size &&
               memcmp(memory->build_id, file->build_id, file->build_id_size) == 0;
    return memory->program_count == file->program_count &&
           memcmp(&memory->header, &file->header, sizeof file->header) == 0 &&
           memcmp(memory->programs, file->programs, file->program_count * sizeof file->programs[0]) == 0;
}

uint64_t elf_view_end(const struct elf_view *view)
{
    uint64_t end = 0;
    for (size_t i = 0; i < view->program_count; i++) {
        uint64_t program_end = view->programs[i].p_vaddr + view->programs[i].p_memsz;
        if (view->programs[i].p_type == PT_LOAD && program_end > end)
            end = program_end;
    }
    return end ? view->bias + end : 0;
}

const Elf64_Phdr *elf_view_program(const struct elf_view *view, uint32_t type)
{
    for (size_t i = 0; i < view->program_count; i++)
        if (view->programs[i].p_type == type)
            return &view->programs[i];
    return NULL;
}

bool elf_sections_open(const uint8_t *image, size_t size, struct elf_sections *ret_sections)
{
    Elf64_Ehdr header;
    if (size < sizeof header)
        return false;
    memcpy(&header, image, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > size ||
        header.e_shnum > (size - header.e_shoff) / sizeof(Elf64_Shdr))
        return false;
    *ret_sections = (struct elf_sections){image, size, image + header.e_shoff, header.e_shnum};
    return true;
}

bool elf_sections_get(const struct elf_sections *sections, size_t index, Elf64_Shdr *ret_header,
                      const uint8_t **ret_bytes)
{
    if (index >= sections->count)
        return false;
    memcpy(ret_header, sections->headers + index * sizeof *ret_header, sizeof *ret_header);
    if (ret_header->sh_type == SHT_NOBITS || ret_header->sh_offset > sections->size ||
        ret_header->sh_size > sections->size - ret_header->sh_offset)
        return false;
    *ret_bytes = sections->image + ret_header->sh_offset;
    return true;
}

const uint8_t *elf_sections_named(const struct elf_sections *sections, const char *name, size_t *ret_size)
{
    const size_t name_size = strlen(name) + 1;
    Elf64_Ehdr header;
    Elf64_Shdr section, names;
    const uint8_t *bytes, *name_bytes;
    memcpy(&header, sections->image, sizeof header);
    if (!elf_sections_get(sections, header.e_shstrndx, &names, &name_bytes))
        return NULL;
    for (size_t i = 0; i < sections->count; i++) {
        if (!elf_sections_get(sections, i, &section, &bytes) || section.sh_name >= names.sh_size ||
            names.sh_size - section.sh_name < name_size ||
            memcmp(name_bytes + section.sh_name, name, name_size) != 0)
            continue;
        if (section.sh_flags & SHF_COMPRESSED)
            return NULL;
        *ret_size = section.sh_size;
        return bytes;
    }
    return NULL;
}
