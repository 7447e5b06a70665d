/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See capture/maps_made.h. */
#include "capture/maps_made.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <sys/uio.h>

#include "state/config.h"
#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define PAGE        UINT64_C(4096)
#define MODULES_MAX 1024
#define PHDRS_MAX   32
#define RANGES_MAX  8192
#define STACK_PAGES 4096 /* most that is looked at above a stack pointer: 16 MiB */
#define GUARD_PAGES 256  /* below a stack that has overflowed */
#define AT_ONCE     256  /* pages tried by one call */

struct range {
    uint64_t start, end, offset;
    const char *name; /* "" for a stack */
    uint32_t flags;   /* PF_R, PF_W, PF_X */
    uint32_t file;    /* number of the module, from 1; 0 for a stack */
    uint64_t ino;
};

struct ranges {
    struct range *range; /* ascending, disjoint */
    uint32_t count;
};

static uint64_t down(uint64_t address)
{
    return address & ~(PAGE - 1);
}

/* The first range that ends above the address. */
static uint32_t place_of(const struct ranges *r, uint64_t address)
{
    uint32_t i = r->count;
    for (; i > 0 && r->range[i - 1].end > address; i--)
        ;
    return i;
}

/* Keeps the order; of an overlap what was there first stays. */
static void insert(struct ranges *r, struct range added)
{
    uint32_t at = place_of(r, added.start);
    if (at < r->count && added.end > r->range[at].start)
        added.end = r->range[at].start;
    if (added.start >= added.end || r->count == RANGES_MAX)
        return;
    for (uint32_t i = r->count++; i > at; i--)
        r->range[i] = r->range[i - 1];
    r->range[at] = added;
}

/* How many pages can be read one after another from here. */
static uint64_t readable_pages(uint64_t start, uint64_t most)
{
    static char bytes[AT_ONCE];
    static struct iovec remote[AT_ONCE];
    uint64_t known = 0;
    while (known < most) {
        struct iovec local = {bytes, 0};
        uint64_t n = most - known < AT_ONCE ? most - known : AT_ONCE;
        for (uint64_t i = 0; i < n; i++)
            remote[i] = (struct iovec){(void *)(start + (known + i) * PAGE), 1};
        local.iov_len = n;
        long got = safe_call(SYS_process_vm_readv, safe_gettid(), &local, 1, remote, n, 0);
        known += got > 0 ? (uint64_t)got : 0;
        if (got != (long)n)
            break;
    }
    return known;
}

static void add_stack(struct ranges *r, uint64_t sp)
{
    uint64_t start = down(sp - 128), most = STACK_PAGES;
    uint32_t at = place_of(r, sp);
    if (at < r->count && r->range[at].start <= sp)
        return;
    uint64_t pages = readable_pages(start, 1);
    for (uint64_t i = 0; !pages && i < GUARD_PAGES; i++)
        pages = readable_pages(start += PAGE, 1);
    if (!pages)
        return;
    at = place_of(r, start);
    if (at < r->count && (r->range[at].start - start) / PAGE < most)
        most = (r->range[at].start - start) / PAGE;
    pages = readable_pages(start, most);
    insert(r, (struct range){start, start + pages * PAGE, 0, "", PF_R | PF_W, 0, 0});
}

static void add_image(struct ranges *r, const char *name, uint64_t bias, const Elf64_Phdr *phdr, int phnum,
                      uint32_t file)
{
    struct safe_identity id = {0, file}; /* any inode will do for a file that no path leads to */
    safe_identify_path(name, &id);
    for (int i = 0; i < phnum; i++) {
        uint64_t start = down(bias + phdr[i].p_vaddr);
        if (phdr[i].p_type == PT_LOAD)
            insert(r, (struct range){start, down(bias + phdr[i].p_vaddr + phdr[i].p_memsz + PAGE - 1),
                                     down(phdr[i].p_offset), name, phdr[i].p_flags, file, id.ino});
    }
}

/* Libraries lie at their bias, with the program headers in their first page or soon after. */
static void add_library(struct ranges *r, const struct link_map *map, char *name, uint32_t file)
{
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[PHDRS_MAX];
    if (safe_read_memory(map->l_addr, &ehdr, sizeof ehdr) < 0 || ehdr.e_ident[0] != 0x7f ||
        ehdr.e_ident[1] != 'E' || ehdr.e_phentsize != sizeof *phdr)
        return;
    int phnum = ehdr.e_phnum < PHDRS_MAX ? ehdr.e_phnum : PHDRS_MAX;
    if (safe_read_memory(map->l_addr + ehdr.e_phoff, phdr, (size_t)phnum * sizeof *phdr) == 0)
        add_image(r, name, map->l_addr, phdr, phnum, file);
}

static uint64_t auxiliary(uint64_t type)
{
    const Elf64_auxv_t *v = (const Elf64_auxv_t *)crumple_config->auxv;
    uint64_t n = crumple_config->auxv_bytes / sizeof *v;
    for (uint64_t i = 0; i < n; i++) {
        Elf64_auxv_t one;
        if (safe_read_memory((uint64_t)(v + i), &one, sizeof one) < 0)
            break;
        if (one.a_type == type)
            return one.a_un.a_val;
    }
    return 0;
}

static void add_program(struct ranges *r, uint64_t bias)
{
    Elf64_Phdr phdr[PHDRS_MAX];
    uint64_t at = auxiliary(AT_PHDR), n = auxiliary(AT_PHNUM);
    n = n < PHDRS_MAX ? n : PHDRS_MAX;
    if (at && safe_read_memory(at, phdr, n * sizeof *phdr) == 0)
        add_image(r, crumple_config->exe, bias, phdr, (int)n, 1);
}

/* The first of the list is the program; it has no name there. */
static void add_modules(struct ranges *r, struct safe_scratch *scratch)
{
    struct r_debug debug;
    uint64_t at = crumple_config->r_debug;
    if (!at || safe_read_memory(at, &debug, sizeof debug) < 0)
        return;
    at = (uint64_t)debug.r_map;
    for (uint32_t i = 1; at && i < MODULES_MAX; i++) {
        struct link_map map;
        char name[CONFIG_PATH_BYTES];
        if (safe_read_memory(at, &map, sizeof map) < 0)
            return;
        long n = safe_read_string((uint64_t)map.l_name, name, sizeof name);
        char *kept = n > 0 && name[0] == '/' ? safe_scratch_take(scratch, (size_t)n + 1) : NULL;
        if (i == 1)
            add_program(r, map.l_addr);
        else if (kept) {
            safe_copy(kept, name, (size_t)n + 1);
            add_library(r, &map, kept, i);
        }
        at = (uint64_t)map.l_next;
    }
}

static void add_stacks(struct ranges *r, const struct safe_stop *stop)
{
    add_stack(r, (uint64_t)safe_fault.context->uc_mcontext.gregs[REG_RSP]);
    for (uint32_t i = 0; i < stop->count; i++) {
        const struct safe_slot *slot = &stop->slot[i];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED)
            add_stack(r, (uint64_t)slot->context->uc_mcontext.gregs[REG_RSP]);
    }
}

/* As a line of proc(5). */
static void add_line(struct safe_text *t, const struct range *r)
{
    safe_text_add_hex_digits(t, r->start);
    safe_text_add(t, "-");
    safe_text_add_hex_digits(t, r->end);
    safe_text_add(t, r->flags & PF_R ? " r" : " -");
    safe_text_add(t, r->flags & PF_W ? "w" : "-");
    safe_text_add(t, r->flags & PF_X ? "xp " : "-p ");
    safe_text_add_hex_digits(t, r->offset);
    safe_text_add(t, r->file ? " fd:" : " 0:");
    safe_text_add_hex_digits(t, r->file);
    safe_text_add(t, " ");
    safe_text_add_u64(t, r->ino);
    safe_text_add(t, " ");
    safe_text_add(t, r->name);
    safe_text_add(t, "\n");
}

int safe_maps_make(struct safe_maps *maps, const struct safe_stop *stop, struct safe_scratch *scratch)
{
    struct ranges ranges = {safe_scratch_take(scratch, RANGES_MAX * sizeof(struct range)), 0};
    uint64_t vdso = crumple_config->vdso;
    size_t room;

    if (!ranges.range)
        return -ENOMEM;
    add_modules(&ranges, scratch);
    if (vdso)
        insert(&ranges, (struct range){vdso, vdso + 2 * PAGE, 0, "[vdso]", PF_R | PF_X, 0, 0});
    add_stacks(&ranges, stop);
    char *text = safe_scratch_rest(scratch, &room);
    struct safe_text t = safe_text_on(text, room / 2);
    for (uint32_t i = 0; i < ranges.count; i++)
        add_line(&t, &ranges.range[i]);
    return safe_maps_parse(maps, text, t.used, scratch);
}
