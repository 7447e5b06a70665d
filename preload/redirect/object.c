/* SPDX-License-Identifier: MIT */
#include "redirect/object.h"

#include <string.h>

#define DYNAMIC_MAX 512
#define NEEDS_MAX   256
#define CHAIN_MAX   4096

/* The bytes from there to the end of the segment. */
static uint64_t left_in_segment(const struct redirect_object *o, uint64_t address, uint32_t flags)
{
    for (size_t i = 0; i < o->phdr_count; i++) {
        uint64_t start = o->bias + o->phdr[i].p_vaddr, size = o->phdr[i].p_memsz;
        if (o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & flags) == flags && address >= start &&
            address - start < size)
            return size - (address - start);
    }
    return 0;
}

bool redirect_object_holds(const struct redirect_object *o, uint64_t address, uint64_t bytes)
{
    const uint64_t left = left_in_segment(o, address, PF_R);
    return left && bytes <= left;
}

uint64_t redirect_object_code(const struct redirect_object *o, uint64_t address)
{
    return left_in_segment(o, address, PF_R | PF_X);
}

bool redirect_object_runs(const struct redirect_object *o, uint64_t address)
{
    return left_in_segment(o, address, PF_X);
}

const Elf64_Sym *redirect_object_symbol(const struct redirect_object *o, uint32_t index)
{
    const Elf64_Sym *symbol = &o->symbols[index];
    return redirect_object_holds(o, (uint64_t)symbol, sizeof *symbol) ? symbol : NULL;
}

const char *redirect_object_name(const struct redirect_object *o, uint32_t index)
{
    const Elf64_Sym *symbol = index ? redirect_object_symbol(o, index) : NULL;
    /* The table ends with a NUL (checked in redirect_object_read), so every name in it does. */
    return symbol && symbol->st_name && symbol->st_name < o->names_bytes ? o->names + symbol->st_name : NULL;
}

bool redirect_object_wants(const struct redirect_object *o, uint32_t index, const char *version)
{
    uint64_t at = (uint64_t)o->needs;
    if (!version || !o->versions || !redirect_object_holds(o, (uint64_t)&o->versions[index], 2))
        return false;
    uint16_t wanted = o->versions[index] & 0x7fff;
    for (uint64_t i = 0; i < o->need_count && i < NEEDS_MAX; i++) {
        const Elf64_Verneed *need = (const Elf64_Verneed *)at;
        if (!redirect_object_holds(o, at, sizeof *need))
            return false;
        uint64_t aux_at = at + need->vn_aux;
        for (uint64_t k = 0; k < need->vn_cnt && k < NEEDS_MAX; k++) {
            const Elf64_Vernaux *aux = (const Elf64_Vernaux *)aux_at;
            if (!redirect_object_holds(o, aux_at, sizeof *aux))
                return false;
            if (aux->vna_other == wanted)
                return aux->vna_name < o->names_bytes && strcmp(o->names + aux->vna_name, version) == 0;
            aux_at += aux->vna_next;
        }
        at += need->vn_next;
    }
    return false;
}

/* 0: the symbol is not this one, or only wanted. */
static uint64_t defined_at(const struct redirect_object *o, uint32_t index, const char *name)
{
    const Elf64_Sym *symbol = redirect_object_symbol(o, index);
    const char *found = redirect_object_name(o, index);
    return found && symbol->st_shndx != SHN_UNDEF && strcmp(found, name) == 0 ? o->bias + symbol->st_value
                                                                              : 0;
}

/* A word of a hash table. false: the table is not what it says. */
static bool word_at(const struct redirect_object *o, uint64_t at, uint32_t *ret_word)
{
    if (at % 4 || !redirect_object_holds(o, at, 4))
        return false;
    *ret_word = *(const uint32_t *)at;
    return true;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (uint8_t)*name;
    return hash;
}

/* The table's four numbers, a Bloom filter that is not looked at, the buckets, and a chain for each of them.
 */
static uint64_t gnu_defines(const struct redirect_object *o, const char *name)
{
    uint32_t hash = gnu_hash(name), count, first, filters, index, word = 0;
    if (!word_at(o, o->gnu_hash, &count) || !word_at(o, o->gnu_hash + 4, &first) ||
        !word_at(o, o->gnu_hash + 8, &filters) || !count)
        return 0;
    uint64_t buckets = o->gnu_hash + 16 + filters * UINT64_C(8);
    uint64_t chains = buckets + count * UINT64_C(4);
    if (!word_at(o, buckets + hash % count * UINT64_C(4), &index) || index < first)
        return 0;
    for (uint32_t i = 0; i < CHAIN_MAX && !(word & 1); i++, index++) {
        if (!word_at(o, chains + (index - first) * UINT64_C(4), &word))
            return 0;
        uint64_t found = (word | 1) == (hash | 1) ? defined_at(o, index, name) : 0;
        if (found)
            return found;
    }
    return 0;
}

uint64_t redirect_object_defines(const struct redirect_object *o, const char *name)
{
    uint32_t count = 0;
    if (o->gnu_hash)
        return gnu_defines(o, name);
    /* The older table has as many chains as the object has symbols. */
    if (!o->sysv_hash || !word_at(o, o->sysv_hash + 4, &count))
        return 0;
    for (uint32_t i = 1; i < count; i++) {
        uint64_t found = defined_at(o, i, name);
        if (found)
            return found;
    }
    return 0;
}

/* The dynamic section by its tags: the first ones are numbered from 0, the others have names. */
struct dynamic {
    uint64_t value[DT_ENCODING];
    uint64_t versym, verneed, verneednum, gnu_hash, relacount;
};

static void read_dynamic(const struct redirect_object *o, uint64_t at, struct dynamic *ret)
{
    for (size_t i = 0; i < DYNAMIC_MAX && redirect_object_holds(o, at, sizeof(Elf64_Dyn)); i++) {
        const Elf64_Dyn *dyn = (const Elf64_Dyn *)at;
        if (dyn->d_tag == DT_NULL)
            return;
        if (dyn->d_tag > 0 && dyn->d_tag < DT_ENCODING)
            ret->value[dyn->d_tag] = dyn->d_un.d_val;
        if (dyn->d_tag == DT_VERSYM)
            ret->versym = dyn->d_un.d_val;
        if (dyn->d_tag == DT_VERNEED)
            ret->verneed = dyn->d_un.d_val;
        if (dyn->d_tag == DT_VERNEEDNUM)
            ret->verneednum = dyn->d_un.d_val;
        if (dyn->d_tag == DT_RELACOUNT)
            ret->relacount = dyn->d_un.d_val;
        if (dyn->d_tag == DT_GNU_HASH)
            ret->gnu_hash = dyn->d_un.d_val;
        at += sizeof *dyn;
    }
}

/* An address of the dynamic section: ld.so has relocated it, unless the section is read-only. 0: none. */
static uint64_t placed(const struct redirect_object *o, uint64_t address)
{
    return address && address < o->bias ? address + o->bias : address;
}

static struct redirect_table table_of(const struct redirect_object *o, uint64_t at, uint64_t bytes)
{
    struct redirect_table table = {NULL, 0};
    at = placed(o, at);
    if (at && at % 8 == 0 && bytes && redirect_object_holds(o, at, bytes)) {
        table.rela = (const Elf64_Rela *)at;
        table.count = bytes / sizeof *table.rela;
    }
    return table;
}

bool redirect_object_read(struct redirect_object *ret, uint64_t bias, const Elf64_Phdr *phdr, size_t count)
{
    struct redirect_object o = {.bias = bias, .phdr = phdr, .phdr_count = count};
    struct dynamic d = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t start = bias + phdr[i].p_vaddr;
        if (phdr[i].p_type == PT_DYNAMIC)
            read_dynamic(&o, start, &d);
        if (phdr[i].p_type == PT_GNU_RELRO) {
            o.relro_start = start & ~(uint64_t)(REDIRECT_PAGE - 1);
            o.relro_end = (start + phdr[i].p_memsz) & ~(uint64_t)(REDIRECT_PAGE - 1);
        }
    }
    o.symbols = (const Elf64_Sym *)placed(&o, d.value[DT_SYMTAB]);
    o.names = (const char *)placed(&o, d.value[DT_STRTAB]);
    o.names_bytes = d.value[DT_STRSZ];
    if (!o.symbols || !o.names || !o.names_bytes ||
        !redirect_object_holds(&o, (uint64_t)o.names, o.names_bytes) || o.names[o.names_bytes - 1])
        return false;
    o.versions = (const uint16_t *)placed(&o, d.versym);
    o.needs = (const Elf64_Verneed *)placed(&o, d.verneed);
    o.need_count = d.verneed ? d.verneednum : 0;
    o.gnu_hash = placed(&o, d.gnu_hash);
    o.sysv_hash = placed(&o, d.value[DT_HASH]);
    if (d.value[DT_PLTREL] == DT_RELA)
        o.plt = table_of(&o, d.value[DT_JMPREL], d.value[DT_PLTRELSZ]);
    if (d.value[DT_RELAENT] == sizeof(Elf64_Rela))
        o.data = table_of(&o, d.value[DT_RELA], d.value[DT_RELASZ]);
    /* Those without a symbol come first: of LLVM's 355,000 nineteen of twenty. */
    const uint64_t plain = d.relacount < o.data.count ? d.relacount : o.data.count;
    o.data.rela += plain;
    o.data.count -= plain;
    *ret = o;
    return o.plt.count || o.data.count;
}
