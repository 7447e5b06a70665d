/* SPDX-License-Identifier: MIT */
#include "core/core_file.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "crumple_format.h"

static int core_refuse(struct core_damage *ret_damage, const char *what)
{
    snprintf(ret_damage->text, sizeof ret_damage->text, "%s", what);
    return -EBADMSG;
}

static int core_refuse_truncated(const struct core_file *core, struct core_damage *ret_damage)
{
    snprintf(ret_damage->text, sizeof ret_damage->text, "truncated at byte %zu", core->size);
    return -EBADMSG;
}

static bool core_holds(const struct core_file *core, uint64_t offset, uint64_t size)
{
    return offset <= core->size && size <= core->size - offset;
}

static int core_check_header(const struct core_file *core, Elf64_Ehdr *ret_header,
                             struct core_damage *ret_damage)
{
    if (core->size < SELFMAG || memcmp(core->base, ELFMAG, SELFMAG) != 0)
        return core_refuse(ret_damage, core->size < SELFMAG ? "it is empty or too short" : "no ELF header");
    if (core->size < sizeof *ret_header)
        return core_refuse_truncated(core, ret_damage);
    memcpy(ret_header, core->base, sizeof *ret_header);
    if (ret_header->e_ident[EI_CLASS] != ELFCLASS64 || ret_header->e_ident[EI_DATA] != ELFDATA2LSB ||
        ret_header->e_machine != EM_X86_64)
        return core_refuse(ret_damage, "not of machine x86-64");
    if (ret_header->e_type != ET_CORE)
        return core_refuse(ret_damage, "an ELF file of another type");
    if (ret_header->e_phentsize != sizeof(Elf64_Phdr) || ret_header->e_phnum == 0)
        return core_refuse(ret_damage, "no program headers");
    if (ret_header->e_phnum > CRUMPLE_MAX_SEGMENTS + 8)
        return core_refuse(ret_damage, "too many segments");
    if (!core_holds(core, ret_header->e_phoff, (uint64_t)ret_header->e_phnum * sizeof(Elf64_Phdr)))
        return core_refuse_truncated(core, ret_damage);
    return 0;
}

static int core_add_header(struct core_file *core, const Elf64_Phdr *header, struct core_damage *ret_damage)
{
    if (header->p_type != PT_NOTE && header->p_type != PT_LOAD)
        return 0;
    if (!core_holds(core, header->p_offset, header->p_filesz))
        return core_refuse_truncated(core, ret_damage);
    const uint8_t *bytes = core->base + header->p_offset;
    if (header->p_type == PT_NOTE) {
        if (core->note_count < sizeof core->notes / sizeof core->notes[0])
            core->notes[core->note_count++] = (struct core_span){bytes, header->p_filesz};
        return 0;
    }
    uint64_t size = header->p_memsz > header->p_filesz ? header->p_memsz : header->p_filesz;
    if (header->p_vaddr + size < header->p_vaddr)
        return core_refuse(ret_damage, "a segment beyond the end of the address space");
    core->ranges[core->range_count++] =
        (struct core_range){header->p_vaddr, header->p_vaddr + size, header->p_flags};
    if (header->p_filesz)
        core->segments[core->segment_count++] =
            (struct core_segment){header->p_vaddr, header->p_filesz, bytes};
    return 0;
}

static int core_compare_segments(const void *left, const void *right)
{
    const struct core_segment *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int core_order_segments(struct core_file *core, struct core_damage *ret_damage)
{
    bool is_sorted = true;
    for (size_t i = 1; i < core->segment_count; i++)
        is_sorted &= core->segments[i - 1].address <= core->segments[i].address;
    if (!is_sorted)
        qsort(core->segments, core->segment_count, sizeof *core->segments, core_compare_segments);
    for (size_t i = 1; i < core->segment_count; i++)
        if (core->segments[i].address - core->segments[i - 1].address < core->segments[i - 1].size)
            return core_refuse(ret_damage, "segments overlap");
    return 0;
}

static int core_read_headers(struct core_file *core, struct core_damage *ret_damage)
{
    Elf64_Ehdr header;
    int error = core_check_header(core, &header, ret_damage);
    if (error)
        return error;
    core->segments = calloc(header.e_phnum, sizeof *core->segments);
    core->ranges = calloc(header.e_phnum, sizeof *core->ranges);
    if (!core->segments || !core->ranges)
        return -ENOMEM;
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr program;
        memcpy(&program, core->base + header.e_phoff + i * sizeof program, sizeof program);
        error = core_add_header(core, &program, ret_damage);
        if (error)
            return error;
    }
    return core->note_count ? core_order_segments(core, ret_damage) : core_refuse(ret_damage, "no notes");
}

int core_open(int fd, struct core_file *ret_core, struct core_damage *ret_damage)
{
    struct core_file core = {0};
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return core_refuse(ret_damage, "not a regular file");
    if (status.st_size == 0)
        return core_refuse(ret_damage, "it is empty");
    if ((uint64_t)status.st_size > CRUMPLE_MAX_CORE)
        return core_refuse(ret_damage, "larger than a mini core can be");
    core.size = (size_t)status.st_size;
    void *base = mmap(NULL, core.size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    core.base = base;
    int error = core_read_headers(&core, ret_damage);
    if (error) {
        core_close(&core);
        return error;
    }
    *ret_core = core;
    return 0;
}

void core_close(struct core_file *core)
{
    if (core->base)
        munmap((void *)(uintptr_t)core->base, core->size);
    free(core->segments);
    free(core->ranges);
    *core = (struct core_file){0};
}

static const struct core_segment *core_find(struct core_file *core, uint64_t address)
{
    if (core->segment_count == 0)
        return NULL;
    const struct core_segment *segment = &core->segments[core->last];
    if (address - segment->address < segment->size)
        return segment;
    size_t low = 0, high = core->segment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        segment = &core->segments[middle];
        if (address < segment->address)
            high = middle;
        else if (address - segment->address >= segment->size)
            low = middle + 1;
        else {
            core->last = middle;
            return segment;
        }
    }
    return NULL;
}

const void *core_at(struct core_file *core, uint64_t address, uint64_t size)
{
    const struct core_segment *segment = core_find(core, address);
    if (!segment || segment->size - (address - segment->address) < size)
        return NULL;
    return segment->bytes + (address - segment->address);
}

size_t core_read(struct core_file *core, uint64_t address, void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const struct core_segment *segment = core_find(core, address + done);
        if (!segment)
            break;
        uint64_t skip = address + done - segment->address;
        size_t part = segment->size - skip < size - done ? segment->size - skip : size - done;
        memcpy((char *)bytes + done, segment->bytes + skip, part);
        done += part;
    }
    return done;
}
