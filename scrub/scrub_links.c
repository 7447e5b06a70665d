/* SPDX-License-Identifier: MIT */
/* The loader's list of libraries, by which debuggers find their files: see scrub/scrub_plan.h. */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "scrub_plan.h"

#define LINKS_MAX   4096
#define DYNAMIC_MAX 1024 /* entries of a dynamic section */
#define HEADERS_MAX 64
#define NAME_BYTES  1024

/* Each link map has up to three. */
struct spans {
    struct scrub_span *items; /* owned */
    size_t count, room;
    bool failed;
};

static void add(struct spans *spans, uint64_t start, size_t size)
{
    if (spans->count == spans->room) {
        size_t room = spans->room ? spans->room * 2 : 64;
        struct scrub_span *grown = reallocarray(spans->items, room, sizeof *grown);
        if (!grown) {
            spans->failed = true;
            return;
        }
        spans->items = grown;
        spans->room = room;
    }
    spans->items[spans->count++] = (struct scrub_span){start, start + size};
}

static uint64_t auxv_value(const uint8_t *auxv, size_t size, uint64_t type)
{
    Elf64_auxv_t entry;

    for (size_t at = 0; at + sizeof entry <= size; at += sizeof entry) {
        memcpy(&entry, auxv + at, sizeof entry);
        if (entry.a_type == type)
            return entry.a_un.a_val;
    }
    return 0;
}

/* Where the executable's dynamic section is, or 0. */
static uint64_t find_dynamic(const struct scrub *scrub, uint64_t headers, uint64_t count)
{
    uint64_t bias = 0, dynamic = 0;
    bool has_dynamic = false;
    Elf64_Phdr header;

    for (uint64_t i = 0; i < count && i < HEADERS_MAX; i++) {
        if (!scrub_read(scrub, headers + i * sizeof header, &header, sizeof header))
            return 0;
        if (header.p_type == PT_PHDR)
            bias = headers - header.p_vaddr;
        if (header.p_type == PT_DYNAMIC) {
            dynamic = header.p_vaddr;
            has_dynamic = true;
        }
    }
    return has_dynamic ? bias + dynamic : 0;
}

/* Keeps a dynamic section. Returns the value of DT_DEBUG, or 0. */
static uint64_t keep_dynamic(const struct scrub *scrub, uint64_t address, struct spans *spans)
{
    uint64_t debug = 0;
    Elf64_Dyn entry;
    size_t count = 0;

    while (count < DYNAMIC_MAX && scrub_read(scrub, address + count * sizeof entry, &entry, sizeof entry)) {
        count++;
        if (entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag == DT_DEBUG)
            debug = entry.d_un.d_ptr;
    }
    add(spans, address, count * sizeof entry);
    return debug;
}

/* The path of a library; other text is not kept. */
static void keep_name(const struct scrub *scrub, uint64_t address, struct spans *spans)
{
    char name[NAME_BYTES];
    size_t size = 0;

    while (size < sizeof name && scrub_read(scrub, address + size, name + size, 1) && name[size])
        size++;
    if (size == 0 || size == sizeof name)
        return;
    name[size] = '\0';
    if (name[0] == '/' || strcmp(name, "linux-vdso.so.1") == 0)
        add(spans, address, size + 1);
}

static void keep_links(const struct scrub *scrub, uint64_t debug, struct spans *spans)
{
    struct r_debug list;
    struct link_map link;

    if (!debug || !scrub_read(scrub, debug, &list, sizeof list))
        return;
    add(spans, debug, sizeof list);
    uint64_t at = (uint64_t)list.r_map;
    for (size_t i = 0; at && i < LINKS_MAX && scrub_read(scrub, at, &link, sizeof link); i++) {
        add(spans, at, sizeof link);
        keep_name(scrub, (uint64_t)link.l_name, spans);
        (void)keep_dynamic(scrub, (uint64_t)link.l_ld, spans);
        at = (uint64_t)link.l_next;
    }
}

static int compare_spans(const void *a, const void *b)
{
    const struct scrub_span *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

/* Of those that overlap, the first has all that the others have, or they are joined. */
static size_t join(struct scrub_span *spans, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && spans[i].start <= spans[kept - 1].end) {
            if (spans[i].end > spans[kept - 1].end)
                spans[kept - 1].end = spans[i].end;
        } else {
            spans[kept++] = spans[i];
        }
    }
    return kept;
}

int scrub_links_find(struct scrub *scrub, const uint8_t *auxv, size_t size)
{
    struct spans spans = {0};
    const uint64_t headers = auxv_value(auxv, size, AT_PHDR);
    const uint64_t dynamic = headers ? find_dynamic(scrub, headers, auxv_value(auxv, size, AT_PHNUM)) : 0;

    if (dynamic)
        keep_links(scrub, keep_dynamic(scrub, dynamic, &spans), &spans);
    if (spans.count)
        qsort(spans.items, spans.count, sizeof *spans.items, compare_spans);
    scrub->links = spans.items;
    scrub->link_count = join(spans.items, spans.count);
    return spans.failed ? -ENOMEM : 0;
}
