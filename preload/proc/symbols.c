/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, and in threads that call abort(). See proc/symbols.h. */
#include "proc/symbols.h"

#include <elf.h>
#include <link.h>

#include "state/config.h"
#include "base/io.h"
#include "base/text.h"

#define OBJECTS_MAX 4096
#define DYNAMIC_MAX 256
#define CHAIN_MAX   4096
#define PHDRS_MAX   32
#define NAME_BYTES  64 /* longer names are not asked for */

/* ld.so has relocated the addresses, unless the section is read-only. */
static uint64_t absolute(const struct safe_object *object, uint64_t value)
{
    return value < object->bias ? value + object->bias : value;
}

static void read_dynamic(struct safe_object *object, uint64_t at)
{
    Elf64_Dyn d;
    for (int i = 0; i < DYNAMIC_MAX; i++, at += sizeof d) {
        if (safe_peek_memory(at, &d, sizeof d) < 0 || d.d_tag == DT_NULL)
            return;
        if (d.d_tag == DT_SYMTAB)
            object->symbols = absolute(object, d.d_un.d_ptr);
        else if (d.d_tag == DT_STRTAB)
            object->strings = absolute(object, d.d_un.d_ptr);
        else if (d.d_tag == DT_GNU_HASH)
            object->hash = absolute(object, d.d_un.d_ptr);
    }
}

static bool read_object(struct safe_object *object, uint64_t at)
{
    struct link_map map;
    safe_zero(object, sizeof *object);
    if (!at || safe_peek_memory(at, &map, sizeof map) < 0)
        return false;
    object->map = at;
    object->bias = map.l_addr;
    object->next = (uint64_t)map.l_next;
    object->is_program = !map.l_prev;
    read_dynamic(object, (uint64_t)map.l_ld);
    return true;
}

bool safe_symbols_first(struct safe_object *ret)
{
    struct r_debug debug;
    return crumple_config && crumple_config->r_debug &&
           safe_peek_memory(crumple_config->r_debug, &debug, sizeof debug) == 0 &&
           read_object(ret, (uint64_t)debug.r_map);
}

bool safe_symbols_next(struct safe_object *object)
{
    uint32_t seen = object->seen + 1;
    bool found = seen < OBJECTS_MAX && read_object(object, object->next);
    object->seen = seen;
    return found;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

static bool is_named(uint64_t at, const char *name, size_t n)
{
    char text[NAME_BYTES];
    if (safe_peek_memory(at, text, n + 1) < 0)
        return false;
    for (size_t i = 0; i < n + 1; i++)
        if (text[i] != name[i])
            return false;
    return true;
}

uint64_t safe_symbols_find(const struct safe_object *object, const char *name, uint64_t *ret_size)
{
    struct {
        uint32_t buckets, first, bloom_words, bloom_shift;
    } head;
    const uint32_t hash = gnu_hash(name);
    const size_t n = safe_strlen(name);
    uint64_t bloom;
    uint32_t index, word;
    if (n >= NAME_BYTES || !object->symbols || !object->strings || !object->hash ||
        safe_peek_memory(object->hash, &head, sizeof head) < 0 || !head.buckets || !head.bloom_words)
        return 0;
    /* Most objects are done with here. */
    if (safe_peek_memory(object->hash + sizeof head + (hash / 64 % head.bloom_words) * 8ul, &bloom, 8) < 0 ||
        !(bloom >> hash % 64 & 1) || !(bloom >> (hash >> head.bloom_shift % 32) % 64 & 1))
        return 0;
    uint64_t buckets = object->hash + sizeof head + head.bloom_words * 8ul;
    uint64_t chain = buckets + head.buckets * 4ul;
    if (safe_peek_memory(buckets + hash % head.buckets * 4ul, &index, 4) < 0 || index < head.first)
        return 0;
    for (uint32_t i = 0; i < CHAIN_MAX; i++, index++) {
        Elf64_Sym symbol;
        if (safe_peek_memory(chain + (index - head.first) * 4ul, &word, 4) < 0)
            return 0;
        if ((word | 1) == (hash | 1) &&
            safe_peek_memory(object->symbols + index * sizeof symbol, &symbol, sizeof symbol) == 0 &&
            symbol.st_shndx != SHN_UNDEF && is_named(object->strings + symbol.st_name, name, n)) {
            if (ret_size)
                *ret_size = symbol.st_size;
            return object->bias + symbol.st_value;
        }
        if (word & 1)
            return 0;
    }
    return 0;
}

bool safe_symbols_has_code(const struct safe_object *object, uint64_t address)
{
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr;
    if (object->is_program || safe_peek_memory(object->bias, &ehdr, sizeof ehdr) < 0 ||
        ehdr.e_ident[EI_MAG0] != ELFMAG0 || ehdr.e_ident[EI_MAG1] != ELFMAG1 ||
        ehdr.e_phentsize != sizeof phdr)
        return false;
    for (int i = 0; i < ehdr.e_phnum && i < PHDRS_MAX; i++)
        if (safe_peek_memory(object->bias + ehdr.e_phoff + (uint64_t)i * sizeof phdr, &phdr, sizeof phdr) ==
                0 &&
            phdr.p_type == PT_LOAD && (phdr.p_flags & PF_X) && address - object->bias >= phdr.p_vaddr &&
            address - object->bias - phdr.p_vaddr < phdr.p_memsz)
            return true;
    return false;
}
