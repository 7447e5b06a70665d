/* SPDX-License-Identifier: MIT */
#include "core/elf_sections.h"

#include <string.h>

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
