/* SPDX-License-Identifier: MIT */
/* See scrub/scrub.h. */
#include "scrub.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_format.h"
#include "scrub_plan.h"

#define WORD sizeof(uint64_t)

static int compare_parts(const void *a, const void *b)
{
    const struct scrub_part *x = a, *y = b;

    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The first part that ends behind offset. */
static size_t find_part(const struct scrub *scrub, size_t offset)
{
    size_t low = 0, high = scrub->part_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scrub->parts[middle].offset + scrub->parts[middle].size <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Parts of memory are in the core in the order of their addresses, which a stranger's need not be: then this finds less. */
static const struct scrub_part *find_memory(const struct scrub *scrub, uint64_t address)
{
    size_t low = 0, high = scrub->part_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct scrub_part *part = &scrub->parts[middle];
        if (part->bytes || part->address + part->size <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct scrub_part *part = low < scrub->part_count ? &scrub->parts[low] : NULL;
    return part && !part->bytes && part->address <= address ? part : NULL;
}

bool scrub_read(const struct scrub *scrub, uint64_t address, void *bytes, size_t size)
{
    uint8_t *to = bytes;

    while (size) {
        const struct scrub_part *part = find_memory(scrub, address);
        if (!part || address - part->address >= part->size)
            return false;
        size_t at = (size_t)(address - part->address), n = part->size - at < size ? part->size - at : size;
        memcpy(to, scrub->core + part->offset + at, n);
        to += n;
        address += n;
        size -= n;
    }
    return true;
}

static bool holds(const struct scrub *scrub, uint64_t offset, uint64_t size)
{
    return offset <= scrub->size && size <= scrub->size - offset;
}

/* The file's header and its program headers stay. */
static int take_headers(struct scrub *scrub, Elf64_Ehdr *ret_header)
{
    Elf64_Ehdr *header = ret_header;

    if (scrub->size < sizeof *header)
        return -EBADMSG;
    memcpy(header, scrub->core, sizeof *header);
    const uint64_t bytes = (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_type != ET_CORE || header->e_phentsize != sizeof(Elf64_Phdr) ||
        header->e_phnum > CRUMPLE_MAX_SEGMENTS + 8 || !holds(scrub, header->e_phoff, bytes))
        return -EBADMSG;
    scrub->parts = calloc((size_t)header->e_phnum + 2, sizeof *scrub->parts);
    if (!scrub->parts)
        return -ENOMEM;
    scrub->parts[scrub->part_count++] = (struct scrub_part){0, sizeof *header, 0, scrub->core};
    scrub->parts[scrub->part_count++] =
        (struct scrub_part){header->e_phoff, (size_t)bytes, 0, scrub->core + header->e_phoff};
    return 0;
}

/* Parts of the program headers; a part of notes is marked by bytes that are those of the core. */
static int take_segments(struct scrub *scrub, const Elf64_Ehdr *header)
{
    for (size_t i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr program;
        memcpy(&program, scrub->core + header->e_phoff + i * sizeof program, sizeof program);
        if ((program.p_type != PT_NOTE && program.p_type != PT_LOAD) || !program.p_filesz)
            continue;
        if (!holds(scrub, program.p_offset, program.p_filesz) ||
            program.p_vaddr + program.p_filesz < program.p_vaddr)
            return -EBADMSG;
        scrub->parts[scrub->part_count++] =
            (struct scrub_part){program.p_offset, program.p_filesz, program.p_vaddr,
                                program.p_type == PT_NOTE ? scrub->core + program.p_offset : NULL};
    }
    qsort(scrub->parts, scrub->part_count, sizeof *scrub->parts, compare_parts);
    for (size_t i = 1; i < scrub->part_count; i++)
        if (scrub->parts[i].offset - scrub->parts[i - 1].offset < scrub->parts[i - 1].size)
            return -EBADMSG;
    return 0;
}

static bool is_note(const struct scrub *scrub, const Elf64_Ehdr *header, const struct scrub_part *part)
{
    return part->bytes && part->offset != 0 && part->offset != header->e_phoff && scrub->size;
}

static bool find_note(const struct scrub *scrub, const Elf64_Ehdr *header, const char *owner, uint32_t type,
                      const uint8_t **ret_bytes, size_t *ret_size)
{
    for (size_t i = 0; i < scrub->part_count; i++)
        if (is_note(scrub, header, &scrub->parts[i]) &&
            scrub_notes_find(scrub->parts[i].bytes, scrub->parts[i].size, owner, type, ret_bytes, ret_size))
            return true;
    return false;
}

static int copy_notes(struct scrub *scrub, const Elf64_Ehdr *header)
{
    size_t size = 0, at = 0;

    for (size_t i = 0; i < scrub->part_count; i++)
        size += is_note(scrub, header, &scrub->parts[i]) ? scrub->parts[i].size : 0;
    scrub->notes = malloc(size + 1);
    if (!scrub->notes)
        return -ENOMEM;
    for (size_t i = 0; i < scrub->part_count; i++) {
        struct scrub_part *part = &scrub->parts[i];
        if (!is_note(scrub, header, part))
            continue;
        memcpy(scrub->notes + at, part->bytes, part->size);
        scrub_notes(scrub, scrub->notes + at, part->size);
        part->bytes = scrub->notes + at;
        at += part->size;
    }
    return 0;
}

int scrub_open(const uint8_t *core, size_t size, struct scrub **ret_scrub)
{
    struct scrub *scrub = calloc(1, sizeof *scrub);
    const uint8_t *maps = (const uint8_t *)"", *auxv = maps;
    size_t maps_size = 0, auxv_size = 0;
    Elf64_Ehdr header;

    if (!scrub)
        return -ENOMEM;
    scrub->core = core;
    scrub->size = size;
    int error = take_headers(scrub, &header);
    if (!error)
        error = take_segments(scrub, &header);
    if (!error) {
        (void)find_note(scrub, &header, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_MAPS, &maps, &maps_size);
        (void)find_note(scrub, &header, "CORE", NT_AUXV, &auxv, &auxv_size);
        error = scrub_maps_read(scrub, (const char *)maps, maps_size);
    }
    if (!error)
        error = scrub_links_find(scrub, auxv, auxv_size);
    if (!error)
        error = copy_notes(scrub, &header);
    if (error)
        scrub_release(scrub);
    else
        *ret_scrub = scrub;
    return error;
}

void scrub_release(struct scrub *scrub)
{
    if (!scrub)
        return;
    free(scrub->parts);
    free(scrub->mappings);
    free(scrub->links);
    free(scrub->notes);
    free(scrub);
}

/* Bytes [at, end) of a part, in copy. */
struct piece {
    const struct scrub *scrub;
    const struct scrub_part *part;
    uint64_t at, end; /* addresses */
    uint8_t *copy;    /* of the byte at 'at' */
};

/* Where the next kept link ends, or begins behind 'at': up to there one rule holds. */
static uint64_t link_limit(const struct scrub *scrub, uint64_t at, bool *ret_is_link)
{
    size_t low = 0, high = scrub->link_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scrub->links[middle].end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_is_link = low < scrub->link_count && scrub->links[low].start <= at;
    return low == scrub->link_count ? UINT64_MAX
           : *ret_is_link           ? scrub->links[low].end
                                    : scrub->links[low].start;
}

/* The byte that belongs at an address: of the aligned word that it is in, which must be whole in the part. */
static void scrub_words(const struct piece *piece, uint64_t at, uint64_t end)
{
    const struct scrub_part *part = piece->part;
    const uint64_t part_end = part->address + part->size;

    while (at < end) {
        const uint64_t start = at & ~(uint64_t)(WORD - 1), stop = end - start < WORD ? end : start + WORD;
        const size_t n = (size_t)(stop - at);
        uint8_t *to = piece->copy + (at - piece->at);
        uint64_t word = 0;
        if (start >= part->address && part_end - start >= WORD)
            memcpy(&word, piece->scrub->core + part->offset + (start - part->address), WORD);
        word = word ? scrub_word(piece->scrub, word) : 0;
        if (memcmp(to, (const uint8_t *)&word + (at - start), n) != 0)
            memcpy(to, (const uint8_t *)&word + (at - start), n);
        at = stop;
    }
}

static void scrub_memory(const struct piece *piece)
{
    for (uint64_t at = piece->at, next; at < piece->end; at = next) {
        const struct scrub_mapping *mapping = scrub_maps_find(piece->scrub, at);
        bool is_link;
        next = link_limit(piece->scrub, at, &is_link);
        const bool is_inside = mapping && mapping->start <= at;
        const uint64_t limit = !mapping ? UINT64_MAX : is_inside ? mapping->end : mapping->start;
        next = next < limit ? next : limit;
        next = next < piece->end ? next : piece->end;
        if (!is_link && !(is_inside && mapping->is_kept))
            scrub_words(piece, at, next);
    }
}

void scrub_range(const struct scrub *scrub, size_t from, size_t to, uint8_t *copy)
{
    size_t at = from;

    for (size_t i = find_part(scrub, from); at < to; i++) {
        const struct scrub_part *part = i < scrub->part_count ? &scrub->parts[i] : NULL;
        const size_t begin = part && part->offset < to ? part->offset : to;
        if (begin > at) {
            memset(copy + (at - from), 0, begin - at);
            at = begin;
        }
        if (at >= to)
            break;
        const size_t end = part->offset + part->size < to ? part->offset + part->size : to;
        if (part->bytes)
            memcpy(copy + (at - from), part->bytes + (at - part->offset), end - at);
        else
            scrub_memory(&(struct piece){scrub, part, part->address + (at - part->offset),
                                         part->address + (end - part->offset), copy + (at - from)});
        at = end;
    }
}
