/* SPDX-License-Identifier: MIT */
/* See routines/symbols.h. A start routine is asked for by its first instruction, so only symbols of exactly
 * that value count: no guessing, and no need to trust sizes. */
#include "routines/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/sys.h"

#define SCRATCH_BYTES ((size_t)16 << 20)
#define PHDRS_MAX     32
#define SECTIONS_MAX  4096
#define SYMBOLS_MAX   ((uint64_t)4 << 20)
#define CHUNK         1024 /* symbols read at a time */

/* Where an image is read: a file by its offsets, or memory by its addresses. */
struct image {
    int fd; /* -1: memory */
    uint64_t base;
};

/* The range of a symbol table and of its strings, in the image. */
struct symbols {
    uint64_t at, count, strings, string_bytes;
};

int routines_map_open(struct routines_map *map)
{
    long p = safe_call(SYS_mmap, 0, SCRATCH_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return (int)p;
    map->scratch = (struct safe_scratch){(char *)p, 0, SCRATCH_BYTES};
    int error = safe_maps_read(&map->maps, safe_getpid(), &map->scratch);
    if (error < 0)
        routines_map_close(map);
    return error;
}

void routines_map_close(struct routines_map *map)
{
    safe_call(SYS_munmap, map->scratch.base, map->scratch.size);
}

static bool read_image(const struct image *image, uint64_t at, void *buffer, size_t n)
{
    long got;
    if (image->fd < 0)
        return safe_read_memory(image->base + at, buffer, n) == 0;
    do
        got = at > INT64_MAX ? -1 : safe_call(SYS_pread64, image->fd, buffer, n, at);
    while (got == -4 /* EINTR */);
    return got == (long)n;
}

/* A symbol's name. False for one that is empty or not wholly there. */
static bool read_name(const struct image *image, const struct symbols *s, uint32_t name, char *buffer)
{
    uint64_t left = name < s->string_bytes ? s->string_bytes - name : 0;
    size_t want = left < ROUTINES_SYMBOL_BYTES - 1 ? (size_t)left : ROUTINES_SYMBOL_BYTES - 1;
    memset(buffer, 0, ROUTINES_SYMBOL_BYTES);
    /* Memory may end where the strings do, also in the middle of a longest name. */
    return want && read_image(image, s->strings + name, buffer, want) && buffer[0];
}

static void add_symbol(const struct image *image, const struct symbols *s, const Elf64_Sym *symbol,
                       struct routines_place *place)
{
    bool is_global = ELF64_ST_BIND(symbol->st_info) != STB_LOCAL;
    char name[ROUTINES_SYMBOL_BYTES];
    if (!read_name(image, s, symbol->st_name, name))
        return;
    for (uint32_t i = 0; i < place->symbols; i++)
        if (strcmp(place->symbol[i], name) == 0)
            return;
    if (place->symbols == ROUTINES_SYMBOLS && !is_global)
        return;
    if (place->symbols == ROUTINES_SYMBOLS)
        place->symbols--;
    uint32_t at = is_global ? 0 : place->symbols;
    memmove(place->symbol + at + 1, place->symbol + at, (place->symbols - at) * sizeof *place->symbol);
    memcpy(place->symbol[at], name, sizeof name);
    place->symbols++;
}

static void scan_symbols(struct routines_map *map, const struct image *image, const struct symbols *s,
                         struct routines_place *place)
{
    size_t mark = map->scratch.used;
    Elf64_Sym *chunk = safe_scratch_take(&map->scratch, CHUNK * sizeof *chunk);
    uint64_t n, count = s->count < SYMBOLS_MAX ? s->count : SYMBOLS_MAX;
    for (uint64_t at = 0; chunk && at < count; at += n) {
        n = count - at < CHUNK ? count - at : CHUNK;
        if (!read_image(image, s->at + at * sizeof *chunk, chunk, n * sizeof *chunk))
            break;
        for (uint64_t i = 0; i < n; i++) {
            unsigned type = ELF64_ST_TYPE(chunk[i].st_info);
            if (chunk[i].st_value == place->offset && chunk[i].st_shndx != SHN_UNDEF &&
                (type == STT_FUNC || type == STT_GNU_IFUNC))
                add_symbol(image, s, &chunk[i], place);
        }
    }
    map->scratch.used = mark;
}

static bool read_headers(const struct image *image, Elf64_Ehdr *ehdr, Elf64_Phdr phdr[PHDRS_MAX],
                         int *ret_count)
{
    if (!read_image(image, 0, ehdr, sizeof *ehdr) || memcmp(ehdr->e_ident, ELFMAG, SELFMAG) != 0 ||
        ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_phentsize != sizeof *phdr)
        return false;
    *ret_count = ehdr->e_phnum < PHDRS_MAX ? ehdr->e_phnum : PHDRS_MAX;
    return *ret_count && read_image(image, ehdr->e_phoff, phdr, (size_t)*ret_count * sizeof *phdr);
}

/* .symtab and .dynsym of a file, as its section headers tell. */
static void scan_sections(struct routines_map *map, const struct image *image, const Elf64_Ehdr *ehdr,
                          struct routines_place *place)
{
    uint32_t count = ehdr->e_shnum < SECTIONS_MAX ? ehdr->e_shnum : SECTIONS_MAX;
    if (!ehdr->e_shoff || ehdr->e_shentsize != sizeof(Elf64_Shdr))
        return;
    for (uint32_t i = 0; i < count; i++) {
        Elf64_Shdr table, strings;
        if (!read_image(image, ehdr->e_shoff + i * sizeof table, &table, sizeof table))
            return;
        if ((table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) ||
            table.sh_entsize != sizeof(Elf64_Sym) || table.sh_link >= count ||
            !read_image(image, ehdr->e_shoff + table.sh_link * sizeof strings, &strings, sizeof strings) ||
            strings.sh_type != SHT_STRTAB)
            continue;
        struct symbols s = (struct symbols){table.sh_offset, table.sh_size / sizeof(Elf64_Sym),
                                            strings.sh_offset, strings.sh_size};
        scan_symbols(map, image, &s, place);
    }
}

/* The symbols of a DT_GNU_HASH table: behind the last one of the chain of the highest bucket. */
static uint64_t count_by_gnu_hash(const struct image *image, uint64_t at)
{
    struct {
        uint32_t buckets, first, bloom_words, bloom_shift;
    } head = {0, 0, 0, 0};
    uint32_t word, highest = 0;
    if (!read_image(image, at, &head, sizeof head) || head.buckets > SYMBOLS_MAX)
        return 0;
    uint64_t buckets = at + sizeof head + (uint64_t)head.bloom_words * 8;
    for (uint32_t i = 0; i < head.buckets; i++) {
        if (!read_image(image, buckets + (uint64_t)i * 4, &word, 4))
            return 0;
        highest = word > highest ? word : highest;
    }
    if (highest < head.first)
        return head.first;
    uint64_t chains = buckets + (uint64_t)head.buckets * 4;
    for (; highest < SYMBOLS_MAX; highest++)
        if (!read_image(image, chains + (uint64_t)(highest - head.first) * 4, &word, 4) || (word & 1))
            break;
    return (uint64_t)highest + 1;
}

/* .dynsym of an object whose file is gone, as its dynamic section in memory tells. */
static void scan_dynamic(struct routines_map *map, const struct image *image, const Elf64_Phdr *dynamic,
                         struct routines_place *place)
{
    struct symbols s = {0, 0, 0, 0};
    uint64_t hash = 0, gnu_hash = 0;
    uint32_t head[2] = {0, 0};
    for (uint64_t i = 0; i < dynamic->p_memsz / sizeof(Elf64_Dyn) && i < 256; i++) {
        Elf64_Dyn d;
        if (!read_image(image, dynamic->p_vaddr + i * sizeof d, &d, sizeof d) || d.d_tag == DT_NULL)
            break;
        /* ld.so has relocated the addresses, unless the section is read-only. */
        uint64_t value = d.d_un.d_ptr >= image->base ? d.d_un.d_ptr - image->base : d.d_un.d_ptr;
        if (d.d_tag == DT_SYMTAB)
            s.at = value;
        else if (d.d_tag == DT_STRTAB)
            s.strings = value;
        else if (d.d_tag == DT_STRSZ)
            s.string_bytes = d.d_un.d_val;
        else if (d.d_tag == DT_HASH)
            hash = value;
        else if (d.d_tag == DT_GNU_HASH)
            gnu_hash = value;
    }
    if (!s.at || !s.strings)
        return;
    if (hash && read_image(image, hash, head, sizeof head))
        s.count = head[1];
    else if (gnu_hash)
        s.count = count_by_gnu_hash(image, gnu_hash);
    scan_symbols(map, image, &s, place);
}

/* The file that is mapped there, or -1: it is gone, another one has its name, or nothing can be opened. */
static int open_file(const struct safe_map *m)
{
    char path[1024];
    struct stat st;
    int fd;
    for (int again = 0; again < 2; again++) {
        size_t n = m->path_bytes < sizeof path ? m->path_bytes : 0;
        memcpy(path, m->path, n);
        path[n] = '\0';
        /* After a chroot, or an upgrade in place, the program is still there under this name. */
        fd = safe_open(-1, again ? "/proc/self/exe" : path, O_RDONLY | O_NONBLOCK, 0);
        if (fd < 0)
            continue;
        /* The device of overlay files differs between stat and maps: the inode decides. */
        if (safe_call(SYS_fstat, fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == m->ino)
            return fd;
        safe_close(fd);
    }
    return -1;
}

static void take_basename(const struct safe_map *m, char *ret, size_t size)
{
    size_t n = m->path_bytes;
    static const char deleted[] = " (deleted)";
    if (n > sizeof deleted && memcmp(m->path + n - sizeof deleted + 1, deleted, sizeof deleted - 1) == 0)
        n -= sizeof deleted - 1;
    size_t from = n;
    for (; from && m->path[from - 1] != '/'; from--)
        ;
    n = n - from < size - 1 ? n - from : size - 1;
    memcpy(ret, m->path + from, n);
    ret[n] = '\0';
}

/* Where the file's first byte lies in memory. */
static uint64_t find_head(const struct routines_map *map, const struct safe_map *m)
{
    const struct safe_map *first = map->maps.map;
    const struct safe_map *p = m;
    while (p->offset && p > first && p[-1].ino == m->ino && p[-1].dev == m->dev)
        p--;
    return p->start - p->offset;
}

/* Sets the place's offset by the segment that holds this byte of the file; *ret_dynamic is the dynamic one.
 */
static bool find_offset(const Elf64_Phdr *phdr, int count, uint64_t file_offset, struct routines_place *place,
                        const Elf64_Phdr **ret_dynamic)
{
    bool found = false;
    for (int i = 0; i < count; i++) {
        if (phdr[i].p_type == PT_DYNAMIC)
            *ret_dynamic = &phdr[i];
        if (phdr[i].p_type == PT_LOAD && file_offset >= phdr[i].p_offset &&
            file_offset - phdr[i].p_offset < phdr[i].p_filesz) {
            place->offset = phdr[i].p_vaddr + (file_offset - phdr[i].p_offset);
            found = true;
        }
    }
    return found;
}

bool routines_is_whole(struct routines_map *map, uint64_t address)
{
    const struct safe_map *m = safe_maps_find(&map->maps, address);
    struct image image = {m && safe_map_is_file(m) ? open_file(m) : -1, 0};
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[PHDRS_MAX];
    struct stat st;
    int count = 0;
    bool whole = image.fd >= 0 && safe_call(SYS_fstat, image.fd, &st) == 0 &&
                 read_headers(&image, &ehdr, phdr, &count);
    for (int i = 0; i < count && whole; i++)
        whole = phdr[i].p_type != PT_LOAD || phdr[i].p_offset + phdr[i].p_filesz <= (uint64_t)st.st_size;
    safe_close(image.fd);
    return whole;
}

void routines_place(struct routines_map *map, uint64_t address, struct routines_place *ret)
{
    const struct safe_map *m = safe_maps_find(&map->maps, address);
    struct image image = {-1, 0};
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[PHDRS_MAX];
    const Elf64_Phdr *dynamic = NULL;
    int count = 0;

    memset(ret, 0, sizeof *ret);
    ret->offset = address;
    ret->is_code = m && m->executable;
    if (!m || !safe_map_is_file(m))
        return;
    take_basename(m, ret->module, sizeof ret->module);
    image.fd = open_file(m);
    if (image.fd < 0)
        image.base = find_head(map, m);
    if (read_headers(&image, &ehdr, phdr, &count) &&
        find_offset(phdr, count, m->offset + (address - m->start), ret, &dynamic)) {
        if (image.fd >= 0) {
            scan_sections(map, &image, &ehdr, ret);
        } else if (dynamic) {
            image.base = address - ret->offset; /* from here on by the addresses of the object */
            scan_dynamic(map, &image, dynamic, ret);
        }
    }
    safe_close(image.fd);
}
