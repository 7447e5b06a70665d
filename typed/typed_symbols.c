/* SPDX-License-Identifier: MIT */
#include "typed_symbols.h"

#include <elf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX    4
#define NAME_BYTES   512
#define MARKS        4096
#define MARKED_BYTES 8

/* The ways in which a compiler writes one variable's name. */
struct spelling {
    struct typed_symbol *symbol;
    char name[NAMES_MAX][NAME_BYTES];
    size_t size[NAMES_MAX];
    unsigned count;
};

/* A long table has few names that begin like one that is asked for. */
struct search {
    struct spelling *spellings;
    size_t count;
    bool marks[MARKS];
};

static size_t mark_of(const char *name, size_t size)
{
    size_t sum = size; /* and the end, in which names of one namespace differ */
    for (size_t i = size > MARKED_BYTES ? size - MARKED_BYTES : 0; i < size; i++)
        sum = sum * 31 + (uint8_t)name[i];
    return sum % MARKS;
}

static void add_name(struct spelling *s, const char *name)
{
    if (s->count < NAMES_MAX && strlen(name) < NAME_BYTES) {
        s->size[s->count] = strlen(name);
        strcpy(s->name[s->count++], name);
    }
}

/* a::b as _ZN1a1bE; before: "L" for a static variable (Itanium C++ ABI, as GCC and clang do it). */
static void add_nested(struct spelling *s, const char *name, const char *before)
{
    char mangled[NAME_BYTES];
    size_t used = (size_t)snprintf(mangled, sizeof mangled, "_ZN");
    while (*name && used < sizeof mangled) {
        const char *end = strstr(name, "::");
        const int size = (int)(end ? (size_t)(end - name) : strlen(name));
        used += (size_t)snprintf(mangled + used, sizeof mangled - used, "%s%d%.*s", end ? "" : before, size,
                                 size, name);
        name += size + (end ? 2 : 0);
    }
    if (used + 1 < sizeof mangled) {
        strcpy(mangled + used, "E");
        add_name(s, mangled);
    }
}

static void spell(struct typed_symbol *symbol, struct spelling *ret)
{
    char mangled[NAME_BYTES];
    const char *name = symbol->name;
    ret->symbol = symbol;
    ret->count = 0;
    if (strstr(name, "::")) {
        name += strncmp(name, "::", 2) == 0 ? 2 : 0;
        add_nested(ret, name, "");
        add_nested(ret, name, "L");
        return;
    }
    add_name(ret, name);
    snprintf(mangled, sizeof mangled, "_ZL%zu%.*s", strlen(name), NAME_BYTES - 32, name);
    add_name(ret, mangled);
    snprintf(mangled, sizeof mangled, "_GLOBAL__N_1::%.*s", NAME_BYTES - 32, name);
    add_nested(ret, mangled, "");
    add_nested(ret, mangled, "L");
}

static bool is_variable(const Elf64_Sym *symbol)
{
    const unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF &&
           (type == STT_OBJECT || type == STT_TLS || type == STT_NOTYPE || type == STT_COMMON);
}

/* A global definition wins over a static one, one with a size over one without. */
static void take(struct typed_symbol *to, const Elf64_Sym *symbol)
{
    const bool is_local = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL;
    if (!to->is_found || to->is_local)
        to->count += !to->is_found || to->address != symbol->st_value;
    if (to->is_found && (is_local || !to->is_local))
        return;
    to->is_found = true;
    to->is_local = is_local;
    to->count = is_local ? to->count : 1;
    to->is_thread_local = ELF64_ST_TYPE(symbol->st_info) == STT_TLS;
    to->address = symbol->st_value;
    to->size = symbol->st_size;
}

static void consider(struct search *search, const char *name, size_t size, const Elf64_Sym *symbol)
{
    if (!search->marks[mark_of(name, size)])
        return;
    for (size_t i = 0; i < search->count; i++) {
        struct spelling *s = &search->spellings[i];
        for (unsigned j = 0; j < s->count; j++)
            if (s->size[j] == size && memcmp(s->name[j], name, size) == 0)
                take(s->symbol, symbol);
    }
}

static void search_table(struct search *search, Elf *elf, Elf_Scn *section, const Elf64_Shdr *header)
{
    Elf_Data *symbols = elf_getdata(section, NULL);
    Elf_Scn *named = elf_getscn(elf, header->sh_link);
    Elf_Data *names = named ? elf_getdata(named, NULL) : NULL;
    if (!symbols || !names || !symbols->d_buf || !names->d_buf)
        return;
    for (size_t i = 0; i < symbols->d_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, (const char *)symbols->d_buf + i * sizeof symbol, sizeof symbol);
        if (!is_variable(&symbol) || symbol.st_name >= names->d_size)
            continue;
        const char *name = (const char *)names->d_buf + symbol.st_name;
        const size_t room = names->d_size - symbol.st_name, most = room < NAME_BYTES ? room : NAME_BYTES;
        const char *end = memchr(name, '\0', most);
        if (!end || end == name)
            continue;
        const char *version = memchr(name, '@', (size_t)(end - name));
        consider(search, name, (size_t)((version ? version : end) - name), &symbol);
    }
}

static Elf_Scn *find_table(Elf *elf, uint32_t type, Elf64_Shdr *ret_header)
{
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        /* Of an image in a core it may lie at any address. */
        const void *header = elf64_getshdr(section);
        if (!header)
            continue;
        memcpy(ret_header, header, sizeof *ret_header);
        if (ret_header->sh_type == type && ret_header->sh_entsize == sizeof(Elf64_Sym))
            return section;
    }
    return NULL;
}

static bool search_image(struct search *search, const uint8_t *image, size_t size)
{
    Elf64_Shdr header;
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)(uintptr_t)image, size);
    Elf_Scn *section = elf && elf_kind(elf) == ELF_K_ELF ? find_table(elf, SHT_SYMTAB, &header) : NULL;
    const bool is_whole = section;
    if (elf && !section)
        section = find_table(elf, SHT_DYNSYM, &header);
    if (section)
        search_table(search, elf, section, &header);
    elf_end(elf);
    return is_whole;
}

bool typed_symbols_find(const uint8_t *image, size_t size, struct typed_symbol *symbols, size_t count)
{
    struct search *search = calloc(1, sizeof *search);
    if (search)
        search->spellings = malloc((count + 1) * sizeof *search->spellings);
    bool is_whole = false;
    if (search && search->spellings) {
        for (size_t i = 0; i < count; i++) {
            struct spelling *s = &search->spellings[search->count];
            if (symbols[i].is_found)
                continue;
            spell(&symbols[i], s);
            search->count++;
            for (unsigned j = 0; j < s->count; j++)
                search->marks[mark_of(s->name[j], s->size[j])] = true;
        }
        is_whole = search_image(search, image, size);
    }
    if (search)
        free(search->spellings);
    free(search);
    return is_whole;
}
