/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. The file of a collected core: see capture/core.h.
 */
#include <elf.h>
#include <errno.h>
#include <sys/uio.h>

#include "capture/core.h"
#include "base/io.h"
#include "base/text.h"

#define BATCH  256 /* iovecs of a writev */
#define SPARES 8   /* program headers for what lies behind memory that cannot be read */

/* The program headers, in scratch memory: their place in the file is known before it is known which hold. */
struct table {
    Elf64_Phdr *phdr;
    uint32_t used, count;
    bool is_changed;
};

/* The program headers of all pieces, from phdr[1] on; phdr NULL: only counts. Returns the number of headers.
 */
static uint32_t make_headers(const struct safe_capture *c, Elf64_Phdr *phdr, uint64_t offset)
{
    struct safe_segments_walk walk = {0, 0, 0};
    struct safe_segment s;
    uint32_t n = 1;
    bool is_zero;
    while (safe_segments_next(&c->segments, &walk, &s, &is_zero)) {
        const struct safe_map *map = safe_maps_find(&c->maps, s.start);
        uint32_t flags = PF_R | (map && map->writable ? PF_W : 0) | (map && map->executable ? PF_X : 0);
        uint64_t bytes = is_zero ? 0 : s.end - s.start;
        /* One range of zeros may fall into many pieces. */
        if (is_zero && n + c->segments.count - walk.segment + SPARES >= CRUMPLE_MAX_SEGMENTS)
            continue;
        if (phdr)
            phdr[n] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_flags = flags,
                                   .p_offset = offset,
                                   .p_vaddr = s.start,
                                   .p_filesz = bytes,
                                   .p_memsz = s.end - s.start,
                                   .p_align = 1};
        offset += bytes;
        n++;
    }
    return n;
}

static int write_headers(struct safe_capture *c, int fd, struct table *ret_table, uint64_t *ret_data)
{
    uint32_t used = make_headers(c, NULL, 0), phnum = used + SPARES;
    uint64_t offset = sizeof(Elf64_Ehdr) + phnum * sizeof(Elf64_Phdr);
    Elf64_Ehdr ehdr = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof ehdr,
        .e_ehsize = sizeof ehdr,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (uint16_t)phnum,
    };
    size_t room;
    Elf64_Phdr *phdr = safe_scratch_rest(&c->scratch, &room);

    if (phnum * sizeof *phdr > room)
        return -ENOMEM;
    safe_zero(phdr, phnum * sizeof *phdr);
    *ret_table = (struct table){phdr, used, phnum, false};
    phdr[0] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = offset, .p_filesz = c->notes.used, .p_align = 4};
    *ret_data = offset + c->notes.used;
    make_headers(c, phdr, *ret_data);
    int error = safe_write_all(fd, &ehdr, sizeof ehdr);
    if (error == 0)
        error = safe_write_all(fd, phdr, phnum * sizeof *phdr);
    return error == 0 ? safe_write_all(fd, c->notes.data, c->notes.used) : error;
}

/*
 * Memory that cannot be read is a hole in the file, so that the offsets stay right; no program header may
 * stand for it, or it would read as zeros. What lies behind it gets a header of its own, while there are any.
 */
static void leave_out(struct table *t, uint64_t start, uint64_t end)
{
    for (uint32_t i = 1; i < t->used; i++) {
        Elf64_Phdr *p = &t->phdr[i], behind = *p;
        if (start < p->p_vaddr || start - p->p_vaddr >= p->p_filesz)
            continue;
        behind.p_vaddr = end;
        behind.p_offset += end - p->p_vaddr;
        behind.p_filesz = behind.p_memsz = p->p_vaddr + p->p_filesz - end;
        p->p_filesz = p->p_memsz = start - p->p_vaddr;
        if (!p->p_filesz && behind.p_filesz)
            *p = behind;
        else if (behind.p_filesz && t->used < t->count)
            t->phdr[t->used++] = behind;
        t->is_changed = true;
        return;
    }
}

static int write_segments(struct safe_capture *c, int fd, struct table *table, uint64_t file_offset)
{
    static struct iovec batch[BATCH];
    uint32_t at = 0;
    uint64_t skip = 0; /* bytes of segment 'at' already written */
    while (at < c->segments.count) {
        const struct safe_segment *s = &c->segments.segment[at];
        uint32_t n = 0;
        for (; n < BATCH && at + n < c->segments.count; n++, s++) {
            batch[n].iov_base = (void *)(s->start + (n ? 0 : skip));
            batch[n].iov_len = s->end - s->start - (n ? 0 : skip);
        }
        long done = safe_write_parts(fd, batch, (int)n, file_offset);
        if (done == -EINTR)
            continue;
        if (done == -EFAULT) { /* the first bytes are not readable: to the next page or the next segment */
            uint64_t to_page = 4096 - ((uint64_t)batch[0].iov_base & 4095);
            done = (long)(to_page < batch[0].iov_len ? to_page : batch[0].iov_len);
            leave_out(table, (uint64_t)batch[0].iov_base, (uint64_t)batch[0].iov_base + (uint64_t)done);
        }
        if (done <= 0)
            return done < 0 ? (int)done : -EIO;
        file_offset += (uint64_t)done;
        s = &c->segments.segment[at];
        for (; done > 0 && (uint64_t)done >= s->end - s->start - skip; s++, at++) {
            done -= (long)(s->end - s->start - skip);
            skip = 0;
        }
        skip += (uint64_t)done;
    }
    /* A hole at the end has no bytes yet. */
    return safe_set_size(fd, file_offset);
}

int safe_core_write(struct safe_capture *c, int fd)
{
    struct table table;
    uint64_t data = 0;
    int error = write_headers(c, fd, &table, &data);
    if (error == 0)
        error = write_segments(c, fd, &table, data);
    if (error == 0 && table.is_changed) {
        struct iovec part = {table.phdr, table.count * sizeof *table.phdr};
        long done = safe_write_parts(fd, &part, 1, sizeof(Elf64_Ehdr));
        error = done == (long)part.iov_len ? 0 : done < 0 ? (int)done : -EIO;
    }
    if (error == 0 && c->saved)
        error = c->saved(c, fd, data - c->notes.used);
    return error;
}
