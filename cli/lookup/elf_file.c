/* SPDX-License-Identifier: MIT */
/* ELF files by their build-ids: see lookup/elf_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lookup/elf_file.h"
#include "lookup/zstd_sections.h"
#include "read/build_id.h"
#include "read/find.h"

/* Whether a section's name is that of debug information, compressed in either way or not. */
static bool is_units_name(const char *name)
{
    return name && (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0);
}

static bool has_units(Elf *elf, bool by_zstd)
{
    GElf_Shdr header;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0)
        return false;
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS &&
            is_units_name(elf_strptr(elf, names, header.sh_name)))
            return zstd_sections_is(section, &header) == by_zstd;
    return false;
}

/* 'objcopy --only-keep-debug' leaves the headers of code, without its bytes. A file without sections is no debug file. */
static bool has_code(Elf *elf)
{
    GElf_Shdr header;

    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, &header) && (header.sh_flags & SHF_EXECINSTR) &&
            header.sh_type == SHT_NOBITS)
            return false;
    return true;
}

int elf_file_open(const char *path, const char *build_id, enum elf_file_need need)
{
    char id[ELF_ID_BYTES];
    int fd = find_open_regular(path, 0);

    if (fd < 0)
        return fd;
    bool fits = elf_id_read_fd(fd, id) == 0 && strcmp(id, build_id) == 0;
    if (fits && need != ELF_FILE_ANY) {
        Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);

        fits = elf && (need == ELF_FILE_CODE ? has_code(elf) : has_units(elf, need == ELF_FILE_ZSTD));
        elf_end(elf);
    }
    if (fits)
        return fd;
    close(fd);
    return -ENOENT;
}
