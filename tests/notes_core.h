/* SPDX-License-Identifier: MIT */
/* A core of notes alone, as crumple-run makes one: for unit tests and fuzz targets. */
#ifndef TESTS_NOTES_CORE_H
#define TESTS_NOTES_CORE_H

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "crumple_format.h"

/** Adds a note of crumple's to the notes. */
static inline void notes_add(struct buffer *notes, uint32_t type, const void *bytes, size_t size)
{
    static const char owner[8] = CRUMPLE_NOTE_OWNER, zeros[4];
    const Elf64_Nhdr header = {sizeof CRUMPLE_NOTE_OWNER, (uint32_t)size, type};
    buffer_add(notes, &header, sizeof header);
    buffer_add(notes, owner, sizeof owner);
    buffer_add(notes, bytes, size);
    buffer_add(notes, zeros, -size & 3);
}

/** The descriptor of a file in memory, which is a core of these notes alone. */
static inline int notes_core(const struct buffer *notes)
{
    const Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
                               .e_type = ET_CORE,
                               .e_machine = EM_X86_64,
                               .e_phoff = sizeof header,
                               .e_phentsize = sizeof(Elf64_Phdr),
                               .e_phnum = 1};
    const Elf64_Phdr program = {
        .p_type = PT_NOTE, .p_offset = sizeof header + sizeof program, .p_filesz = notes->size};
    int fd = memfd_create("core", MFD_CLOEXEC);
    if (write(fd, &header, sizeof header) != sizeof header ||
        write(fd, &program, sizeof program) != sizeof program ||
        write(fd, notes->data, notes->size) != (ssize_t)notes->size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

#endif
