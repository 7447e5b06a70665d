/* SPDX-License-Identifier: MIT */
/* A core's memory: see read/core_memory.h. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "crumple_format.h"
#include "read/core_memory.h"

#define HEADERS_MAX  (CRUMPLE_MAX_SEGMENTS + 8)
#define VECTORS_AT   160 /* in what FXSAVE writes: Intel's manual, volume 1, 10.5.1 */
#define FXSAVE_BYTES 512

struct segment {
    uint64_t start, size;
    const uint8_t *bytes; /* NULL: zeros */
};

struct core_memory {
    const uint8_t *base;
    size_t size;
    struct segment *segments; /* by address */
    size_t count;
    uint8_t vectors[CORE_VECTORS][16];
    bool has_vectors;
};

static bool holds(const struct core_memory *core, uint64_t offset, uint64_t size)
{
    return offset <= core->size && size <= core->size - offset;
}

static uint64_t padded(uint64_t size)
{
    return (size + 3) & ~UINT64_C(3);
}

/* The first note of that kind is the faulting thread's. */
static void read_notes(struct core_memory *core, const Elf64_Phdr *header)
{
    const uint8_t *at = core->base + header->p_offset;
    uint64_t left = header->p_filesz;
    Elf64_Nhdr note;

    while (!core->has_vectors && left > sizeof note) {
        memcpy(&note, at, sizeof note);
        uint64_t skip = sizeof note + padded(note.n_namesz), whole = skip + padded(note.n_descsz);

        if (whole > left)
            return;
        if (note.n_type == NT_FPREGSET && note.n_descsz >= FXSAVE_BYTES) {
            memcpy(core->vectors, at + skip + VECTORS_AT, sizeof core->vectors);
            core->has_vectors = true;
        }
        at += whole;
        left -= whole;
    }
}

static int by_start(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;

    return a->start < b->start ? -1 : a->start > b->start;
}

static int read_headers(struct core_memory *core)
{
    Elf64_Ehdr elf;
    Elf64_Phdr header;

    if (core->size < sizeof elf)
        return -EBADMSG;
    memcpy(&elf, core->base, sizeof elf);
    if (memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_ident[EI_CLASS] != ELFCLASS64 ||
        elf.e_type != ET_CORE || elf.e_phentsize != sizeof header || elf.e_phnum > HEADERS_MAX ||
        !holds(core, elf.e_phoff, (uint64_t)elf.e_phnum * sizeof header))
        return -EBADMSG;
    core->segments = calloc((size_t)elf.e_phnum + 1, sizeof *core->segments);
    if (!core->segments)
        return -ENOMEM;
    for (size_t i = 0; i < elf.e_phnum; i++) {
        memcpy(&header, core->base + elf.e_phoff + i * sizeof header, sizeof header);
        if (!holds(core, header.p_offset, header.p_filesz))
            return -EBADMSG;
        if (header.p_type == PT_NOTE)
            read_notes(core, &header);
        uint64_t size = header.p_filesz ? header.p_filesz : header.p_memsz;
        if (header.p_type == PT_LOAD && size && header.p_vaddr + size > header.p_vaddr)
            core->segments[core->count++] =
                (struct segment){header.p_vaddr, size, header.p_filesz ? core->base + header.p_offset : NULL};
    }
    qsort(core->segments, core->count, sizeof *core->segments, by_start);
    return 0;
}

int core_memory_open(int fd, struct core_memory **ret_core)
{
    struct stat st;

    if (fstat(fd, &st) < 0 || st.st_size <= 0)
        return -EBADMSG;
    struct core_memory *core = calloc(1, sizeof *core);
    if (!core)
        return -ENOMEM;
    void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    core->base = base == MAP_FAILED ? NULL : base;
    core->size = (size_t)st.st_size;
    int error = core->base ? read_headers(core) : -ENOMEM;
    if (error < 0) {
        core_memory_close(core);
        return error;
    }
    *ret_core = core;
    return 0;
}

void core_memory_close(struct core_memory *core)
{
    if (!core)
        return;
    if (core->base)
        munmap((void *)(uintptr_t)core->base, core->size);
    free(core->segments);
    free(core);
}

/* The last segment that begins at the address or before it, if the address is in it. */
static const struct segment *find(const struct core_memory *core, uint64_t address)
{
    size_t low = 0, high = core->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (core->segments[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address - core->segments[low - 1].start >= core->segments[low - 1].size)
        return NULL;
    return &core->segments[low - 1];
}

bool core_memory_read(const struct core_memory *core, uint64_t address, void *bytes, size_t size)
{
    for (uint8_t *to = bytes; size > 0;) {
        const struct segment *segment = find(core, address);

        if (!segment)
            return false;
        uint64_t skip = address - segment->start, left = segment->size - skip;
        size_t piece = left < size ? (size_t)left : size;
        if (segment->bytes)
            memcpy(to, segment->bytes + skip, piece);
        else
            memset(to, 0, piece);
        to += piece;
        address += piece;
        size -= piece;
    }
    return true;
}

const uint8_t (*core_memory_vectors(const struct core_memory *core))[16]
{
    return core->has_vectors ? core->vectors : NULL;
}
