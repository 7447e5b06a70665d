/* SPDX-License-Identifier: MIT */
/* Sections packed by zstd: see lookup/zstd_sections.h. The file is copied, what is unpacked follows it, and the section headers
 * of the copy say so. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "lookup/zstd_sections.h"

#define PACKED_BY_ZSTD 2 /* ELFCOMPRESS_ZSTD, which Debian 12's elf.h lacks */
#define UNPACKED_MAX   (UINT64_C(1) << 30)
#define FILE_MAX       (INT64_C(1) << 32)

bool zstd_sections_is(Elf_Scn *section, const GElf_Shdr *header)
{
    GElf_Chdr packed;

    return (header->sh_flags & SHF_COMPRESSED) && gelf_getchdr(section, &packed) &&
           packed.ch_type == PACKED_BY_ZSTD;
}

struct file {
    const uint8_t *bytes;
    uint64_t size;
};

static bool read_at(const struct file *file, uint64_t offset, void *ret, size_t size)
{
    if (offset > file->size || size > file->size - offset)
        return false;
    memcpy(ret, file->bytes + offset, size);
    return true;
}

/* Whether section number i is packed so. */
static bool find_packed(const struct file *file, const Elf64_Ehdr *elf, size_t i, Elf64_Shdr *ret_header,
                        Elf64_Chdr *ret_packed)
{
    return read_at(file, elf->e_shoff + i * sizeof *ret_header, ret_header, sizeof *ret_header) &&
           (ret_header->sh_flags & SHF_COMPRESSED) && ret_header->sh_type != SHT_NOBITS &&
           ret_header->sh_size > sizeof *ret_packed &&
           read_at(file, ret_header->sh_offset, ret_packed, sizeof *ret_packed) &&
           ret_packed->ch_type == PACKED_BY_ZSTD && ret_packed->ch_size <= UNPACKED_MAX &&
           ret_header->sh_size <= file->size - ret_header->sh_offset;
}

static uint64_t aligned(uint64_t size)
{
    return (size + 15) & ~UINT64_C(15);
}

/* The bytes of all sections when they are unpacked; 0: there are none, or too many. */
static uint64_t measure(const struct file *file, const Elf64_Ehdr *elf)
{
    uint64_t total = 0;
    Elf64_Shdr header;
    Elf64_Chdr packed;

    for (size_t i = 0; i < elf->e_shnum; i++)
        if (find_packed(file, elf, i, &header, &packed))
            total += aligned(packed.ch_size);
    return total <= UNPACKED_MAX ? total : 0;
}

/* total: of the copy. The file is mapped, and its owner may write other sizes into it meanwhile. */
static bool unpack(const struct file *file, const Elf64_Ehdr *elf, uint8_t *copy, uint64_t total)
{
    uint64_t at = aligned(file->size);
    Elf64_Shdr header;
    Elf64_Chdr packed;

    for (size_t i = 0; i < elf->e_shnum; i++) {
        if (!find_packed(file, elf, i, &header, &packed))
            continue;
        if (packed.ch_size > total - at)
            return false;
        if (ZSTD_decompress(copy + at, packed.ch_size, file->bytes + header.sh_offset + sizeof packed,
                            header.sh_size - sizeof packed) != packed.ch_size)
            return false;
        header.sh_flags &= ~(uint64_t)SHF_COMPRESSED;
        header.sh_offset = at;
        header.sh_size = packed.ch_size;
        header.sh_addralign = packed.ch_addralign;
        memcpy(copy + elf->e_shoff + i * sizeof header, &header, sizeof header);
        at += aligned(packed.ch_size);
    }
    return true;
}

void *zstd_sections_unpack(const void *bytes, size_t size, size_t *ret_size)
{
    const struct file file = {bytes, size};
    Elf64_Ehdr elf;

    if (!read_at(&file, 0, &elf, sizeof elf) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 ||
        elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_ident[EI_DATA] != ELFDATA2LSB ||
        elf.e_shentsize != sizeof(Elf64_Shdr))
        return NULL;
    const uint64_t room = measure(&file, &elf), total = aligned(size) + room;
    uint8_t *copy = room ? malloc(total) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, bytes, size);
    memset(copy + size, 0, total - size);
    *ret_size = total;
    if (unpack(&file, &elf, copy, total))
        return copy;
    free(copy);
    return NULL;
}

bool zstd_sections_open(int fd, struct zstd_sections *ret)
{
    struct stat status;
    size_t size = 0;

    *ret = (struct zstd_sections){NULL};
    if (fstat(fd, &status) < 0 || status.st_size <= 0 || status.st_size > FILE_MAX)
        return false;
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    ret->bytes = zstd_sections_unpack(bytes, (size_t)status.st_size, &size);
    munmap(bytes, (size_t)status.st_size);
    ret->elf = ret->bytes ? elf_memory(ret->bytes, size) : NULL;
    ret->dwarf = ret->elf ? dwarf_begin_elf(ret->elf, DWARF_C_READ, NULL) : NULL;
    if (!ret->dwarf)
        zstd_sections_close(ret);
    return ret->dwarf != NULL;
}

void zstd_sections_close(struct zstd_sections *sections)
{
    if (sections->dwarf)
        dwarf_end(sections->dwarf);
    if (sections->elf)
        elf_end(sections->elf);
    free(sections->bytes);
    *sections = (struct zstd_sections){NULL};
}
