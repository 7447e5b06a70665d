/* SPDX-License-Identifier: MIT */
#include "core/elf_symbols.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/elf_view.h"
#include "core/module_files.h"

#define DEBUG_DIRECTORY       "/usr/lib/debug/.build-id/"
#define LABEL_REACH           4096        /* of a function whose size is not known */
#define DEBUG_DATA_MAX        (64u << 20) /* of an unpacked .gnu_debugdata */
#define DEBUG_DATA_MEMORY_MAX (128u << 20)

/* A symbol table and its strings, checked to lie inside what was read. */
struct symbol_table {
    const uint8_t *symbols;
    size_t count;
    const char *strings;
    size_t strings_size;
};

static bool sections_find_table(const struct elf_sections *sections, uint32_t type,
                                struct symbol_table *ret_table)
{
    for (size_t i = 0; i < sections->count; i++) {
        Elf64_Shdr symbols, strings;
        const uint8_t *symbol_bytes, *string_bytes;
        if (!elf_sections_get(sections, i, &symbols, &symbol_bytes) || symbols.sh_type != type ||
            symbols.sh_entsize != sizeof(Elf64_Sym) ||
            !elf_sections_get(sections, symbols.sh_link, &strings, &string_bytes) ||
            strings.sh_type != SHT_STRTAB)
            continue;
        *ret_table = (struct symbol_table){symbol_bytes, symbols.sh_size / sizeof(Elf64_Sym),
                                           (const char *)string_bytes, strings.sh_size};
        return true;
    }
    return false;
}

/* Higher is better, among symbols of one start: what people call the function. */
static unsigned symbol_rank(const Elf64_Sym *symbol, const char *name)
{
    unsigned binding = ELF64_ST_BIND(symbol->st_info), type = ELF64_ST_TYPE(symbol->st_info);
    unsigned underscores = name[0] != '_' ? 2 : name[1] != '_' ? 1 : 0;
    return (unsigned)(type != STT_NOTYPE) << 4 | (unsigned)(binding != STB_LOCAL) << 3 | underscores << 1 |
           (unsigned)(binding == STB_GLOBAL);
}

static void query_consider(struct symbol_query *query, const Elf64_Sym *symbol, const char *name,
                           uint32_t name_size, unsigned *rank)
{
    unsigned new_rank = symbol_rank(symbol, name);
    if (query->name && !(symbol->st_size && !query->size)) {
        /* Nested symbols: the one that starts last is the closest. Equal ones: shorter name, then alphabet.
         */
        if (symbol->st_value < query->start || (!symbol->st_size && query->size))
            return;
        if (symbol->st_value == query->start) {
            if (new_rank < *rank)
                return;
            if (new_rank == *rank &&
                (name_size > query->name_size ||
                 (name_size == query->name_size && memcmp(name, query->name, name_size) >= 0)))
                return;
        }
    }
    query->name = name;
    query->name_size = name_size;
    query->start = symbol->st_value;
    query->size = symbol->st_size;
    *rank = new_rank;
}

/* First query at or above address. */
static size_t query_above(const struct symbol_query *queries, size_t count, uint64_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (queries[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool symbol_is_data(const Elf64_Sym *symbol)
{
    return ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT;
}

static bool symbol_is_defined(const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    const bool may_be_label =
        type == STT_FUNC || (type == STT_NOTYPE && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL);
    return (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE || type == STT_OBJECT) &&
           symbol->st_shndx != SHN_UNDEF && (symbol->st_size != 0 || may_be_label) &&
           symbol->st_shndx != SHN_ABS;
}

/* How far behind its start a symbol may name code, if the query takes such ones. */
static uint64_t symbol_reach(const Elf64_Sym *symbol)
{
    return symbol->st_size ? symbol->st_size : LABEL_REACH;
}

static bool symbol_answers(const Elf64_Sym *symbol, const struct symbol_query *query)
{
    return query->is_data == symbol_is_data(symbol) && (symbol->st_size || query->takes_labels);
}

static void table_resolve(const struct symbol_table *table, struct symbol_query *queries, size_t count,
                          unsigned *ranks)
{
    const uint64_t first = queries[0].address, last = queries[count - 1].address;
    for (size_t i = 0; i < table->count; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, table->symbols + i * sizeof symbol, sizeof symbol);
        const uint64_t reach = symbol_reach(&symbol);
        if (symbol.st_value > last || symbol.st_value + reach <= first || !symbol_is_defined(&symbol))
            continue;
        size_t at = query_above(queries, count, symbol.st_value);
        if (at == count || queries[at].address - symbol.st_value >= reach ||
            symbol.st_name >= table->strings_size)
            continue;
        const char *name = table->strings + symbol.st_name;
        const char *end = memchr(name, '\0', table->strings_size - symbol.st_name);
        if (!end || end == name || end - name > UINT16_MAX)
            continue;
        const char *version = memchr(name, '@', (size_t)(end - name));
        uint32_t name_size = (uint32_t)((version && version > name ? version : end) - name);
        for (; at < count && queries[at].address - symbol.st_value < reach; at++)
            if (symbol_answers(&symbol, &queries[at]))
                query_consider(&queries[at], &symbol, name, name_size, &ranks[at]);
    }
}

/* Distributions keep the symbols of stripped files apart, under the build-id. */
void elf_symbols_open_debug(struct module *module)
{
    char path[sizeof DEBUG_DIRECTORY + sizeof module->build_id + sizeof "/.debug"];
    if (module->view.build_id_size < 2 || module->debug_image)
        return;
    snprintf(path, sizeof path, DEBUG_DIRECTORY "%.2s/%s.debug", module->build_id, module->build_id + 2);
    module->debug_image = module_map_below(path, &module->debug_size);
}

static bool symbols_open_debug_file(struct module *module, struct symbol_table *ret_table)
{
    struct elf_sections sections;
    elf_symbols_open_debug(module);
    return module->debug_image && elf_sections_open(module->debug_image, module->debug_size, &sections) &&
           sections_find_table(&sections, SHT_SYMTAB, ret_table);
}

/* Fedora's way: an xz-compressed ELF file with the symbols that are not in .dynsym. */
static bool symbols_open_debug_data(struct module *module, const struct elf_sections *sections,
                                    struct symbol_table *ret_table)
{
    size_t packed_size, packed_at = 0, size = 0;
    const uint8_t *packed = elf_sections_named(sections, ".gnu_debugdata", &packed_size);
    uint64_t memory_limit = DEBUG_DATA_MEMORY_MAX;
    struct elf_sections inner;
    if (!packed)
        return false;
    module->debug_data = malloc(DEBUG_DATA_MAX);
    if (!module->debug_data)
        return false;
    lzma_ret result = lzma_stream_buffer_decode(&memory_limit, 0, NULL, packed, &packed_at, packed_size,
                                                module->debug_data, &size, DEBUG_DATA_MAX);
    return result == LZMA_OK && elf_sections_open(module->debug_data, size, &inner) &&
           sections_find_table(&inner, SHT_SYMTAB, ret_table);
}

static uint64_t memory_dynamic(struct core_file *core, const struct module *module, int64_t tag)
{
    const Elf64_Phdr *program = elf_view_program(&module->view, PT_DYNAMIC);
    for (uint64_t at = 0; program && at + sizeof(Elf64_Dyn) <= program->p_memsz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        if (core_read(core, module->view.bias + program->p_vaddr + at, &entry, sizeof entry) !=
                sizeof entry ||
            entry.d_tag == DT_NULL)
            return 0;
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    }
    return 0;
}

/*
 * The file is gone: the core holds .dynsym and .dynstr. The dynamic section does not tell the number of
 * symbols; linkers put the strings after the symbols, and the first entry that is none ends the table.
 */
static bool symbols_open_memory(struct core_file *core, const struct module *module,
                                struct symbol_table *ret_table)
{
    uint64_t symbols = memory_dynamic(core, module, DT_SYMTAB),
             strings = memory_dynamic(core, module, DT_STRTAB);
    uint64_t strings_size = memory_dynamic(core, module, DT_STRSZ);
    /* The loader relocates these entries, except those of the vDSO. */
    symbols += symbols < module->view.bias ? module->view.bias : 0;
    strings += strings < module->view.bias ? module->view.bias : 0;
    const char *string_bytes = core_at(core, strings, strings_size);
    if (!string_bytes || !strings_size || strings <= symbols)
        return false;
    size_t count = 0, most = (strings - symbols) / sizeof(Elf64_Sym);
    const uint8_t *symbol_bytes = core_at(core, symbols, sizeof(Elf64_Sym));
    for (; symbol_bytes && count < most; count++) {
        Elf64_Sym symbol;
        if (core_read(core, symbols + count * sizeof symbol, &symbol, sizeof symbol) != sizeof symbol ||
            symbol.st_name >= strings_size)
            break;
    }
    if (!count || !core_at(core, symbols, count * sizeof(Elf64_Sym)))
        return false;
    *ret_table = (struct symbol_table){symbol_bytes, count, string_bytes, strings_size};
    return true;
}

void elf_symbols_resolve(struct core_file *core, struct module *module, struct symbol_query *queries,
                         size_t count)
{
    struct elf_sections sections;
    struct symbol_table table;
    unsigned *ranks = calloc(count, sizeof *ranks);
    if (!ranks || !count) {
        free(ranks);
        return;
    }
    if (!module->image || !elf_sections_open(module->image, module->image_size, &sections)) {
        if (symbols_open_memory(core, module, &table))
            table_resolve(&table, queries, count, ranks);
        if (symbols_open_debug_file(module, &table))
            table_resolve(&table, queries, count, ranks);
    } else if (sections_find_table(&sections, SHT_SYMTAB, &table)) {
        table_resolve(&table, queries, count, ranks);
    } else {
        if (sections_find_table(&sections, SHT_DYNSYM, &table))
            table_resolve(&table, queries, count, ranks);
        if (symbols_open_debug_file(module, &table) || symbols_open_debug_data(module, &sections, &table))
            table_resolve(&table, queries, count, ranks);
    }
    free(ranks);
}

static void table_find(const struct symbol_table *table, struct symbol_named *names, size_t count)
{
    for (size_t i = 0; i < table->count; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, table->symbols + i * sizeof symbol, sizeof symbol);
        if (symbol.st_name >= table->strings_size)
            continue;
        const char *name = table->strings + symbol.st_name;
        const size_t left = table->strings_size - symbol.st_name;
        for (size_t j = 0; j < count; j++) {
            const size_t size = strlen(names[j].name);
            if (size >= left || memcmp(name, names[j].name, size) != 0 ||
                (name[size] != '\0' && name[size] != '@'))
                continue;
            if (symbol.st_shndx != SHN_UNDEF)
                names[j].address = symbol.st_value;
        }
    }
}

void elf_symbols_find(const struct module *module, struct symbol_named *names, size_t count)
{
    struct elf_sections sections;
    struct symbol_table table;
    for (size_t i = 0; i < count; i++)
        names[i].address = 0;
    if (!module->image || !elf_sections_open(module->image, module->image_size, &sections))
        return;
    if (sections_find_table(&sections, SHT_SYMTAB, &table))
        table_find(&table, names, count);
    if (sections_find_table(&sections, SHT_DYNSYM, &table))
        table_find(&table, names, count);
}
