/* SPDX-License-Identifier: MIT */
#include "facts/elf_look.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "itanium.h"

#define SYMBOLS_MAX   ((size_t)4 << 20)
#define STARTUP_BYTES 1024 /* code of the C library in each program, without tables */

enum where { IMPORTED, DEFINED, ANYWHERE };

static const struct sign {
    const char *symbol;
    enum where where;
    unsigned sign;
} signs[] = {
    {"sigaction", IMPORTED, ELF_SETS_HANDLERS},
    {"signal", IMPORTED, ELF_SETS_HANDLERS},
    {"__sysv_signal", IMPORTED, ELF_SETS_HANDLERS},
    {"bsd_signal", IMPORTED, ELF_SETS_HANDLERS},
    {"sigset", IMPORTED, ELF_SETS_HANDLERS},
    {"backtrace", IMPORTED, ELF_BACKTRACES},
    {"pthread_create", IMPORTED, ELF_MAKES_THREADS},
    {"thrd_create", IMPORTED, ELF_MAKES_THREADS},
    {"_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE", IMPORTED,
     ELF_MAKES_THREADS},
    {"__asan_init", ANYWHERE, ELF_ASAN},
    {"__tsan_init", ANYWHERE, ELF_TSAN},
    {"__msan_init", ANYWHERE, ELF_MSAN},
    {"__ubsan_handle_type_mismatch_v1", ANYWHERE, ELF_UBSAN},
    {"__ubsan_handle_add_overflow", ANYWHERE, ELF_UBSAN},
    {"PyGILState_Ensure", DEFINED, ELF_PYTHON},
    {"Py_BytesMain", IMPORTED, ELF_PYTHON},
    {"rb_thread_call_with_gvl", DEFINED, ELF_RUBY},
    {"ruby_run_node", IMPORTED, ELF_RUBY},
    {"_ZN4node5StartEiPPc", ANYWHERE, ELF_NODE},
    {"rust_eh_personality", DEFINED, ELF_RUST},
    {"sentry_init", ANYWHERE, ELF_SENTRY},
    {"_ZN6google28InstallFailureSignalHandlerEv", ANYWHERE, ELF_FAILURE_HANDLER},
};

/* Of longer names. */
static const struct sign parts[] = {
    {"15google_breakpad16ExceptionHandler", ANYWHERE, ELF_BREAKPAD},
    {"8crashpad14CrashpadClient", ANYWHERE, ELF_CRASHPAD},
    {"27InstallFailureSignalHandlerERKNS", ANYWHERE, ELF_FAILURE_HANDLER},
};

struct look {
    Elf *elf;
    const char *module;
    const struct safe_rule *rules;
    size_t rule_count;
    struct elf_facts *facts;
    uint64_t code, covered; /* bytes */
};

static bool is_there(const struct sign *sign, bool is_defined)
{
    return sign->where == ANYWHERE || (sign->where == DEFINED) == is_defined;
}

static unsigned signs_of(const char *name, bool is_defined)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(name, signs[i].symbol) == 0)
            return is_there(&signs[i], is_defined) ? signs[i].sign : 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i].symbol))
            return parts[i].sign;
    return 0;
}

/* Which rule it falls under: by the names that the shim gives a start routine (preload/routines/table.c). */
static void match(const struct look *look, const char *symbol, uint64_t address)
{
    char names[1024] = "", readable[256] = "", offset[96];
    bool is_named;
    size_t used = 0;
    if (itanium_name(symbol, readable, sizeof readable))
        used += (size_t)snprintf(names + used, sizeof names - used, "%.250s", readable) + 1;
    used += (size_t)snprintf(names + used, sizeof names - used, "%.250s", symbol) + 1;
    snprintf(offset, sizeof offset, "%.60s+0x%llx", look->module, (unsigned long long)address);
    used += (size_t)snprintf(names + used, sizeof names - used, "%s", offset) + 1;
    names[used] = '\0';
    const struct safe_rule *rule = rules_match(look->rules, look->rule_count, names, NULL, &is_named);
    if (!rule)
        return;
    struct elf_match *found = &look->facts->matches[rule - look->rules];
    if (found->count < ELF_EXAMPLES)
        snprintf(found->examples[found->count], ELF_NAME_BYTES, "%.79s", *readable ? readable : symbol);
    found->count++;
}

/* is_first: of the table whose functions are counted. */
static void read_symbols(const struct look *look, Elf_Scn *section, const GElf_Shdr *header, bool is_first)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 1; i < count && i < SYMBOLS_MAX; i++) {
        GElf_Sym symbol;
        const char *name = gelf_getsym(data, (int)i, &symbol)
                               ? elf_strptr(look->elf, header->sh_link, symbol.st_name)
                               : NULL;
        if (!name || !*name)
            continue;
        const bool is_defined = symbol.st_shndx != SHN_UNDEF;
        look->facts->signs |= signs_of(name, is_defined);
        if (is_first && is_defined && GELF_ST_TYPE(symbol.st_info) == STT_FUNC) {
            look->facts->functions++;
            match(look, name, symbol.st_value);
        }
    }
}

static void read_dynamic(const struct look *look, Elf_Scn *section, const GElf_Shdr *header)
{
    struct elf_facts *facts = look->facts;
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Dyn entry;
        if (!gelf_getdyn(data, (int)i, &entry) || entry.d_tag == DT_NULL)
            return;
        const bool is_needed = entry.d_tag == DT_NEEDED,
                   is_path = entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH;
        const char *text =
            is_needed || is_path ? elf_strptr(look->elf, header->sh_link, entry.d_un.d_val) : NULL;
        if (text && is_needed && facts->needed_count < ELF_NEEDED_MAX &&
            (facts->needed[facts->needed_count] = strdup(text)))
            facts->needed_count++;
        else if (text && is_path && !facts->runpath)
            facts->runpath = strdup(text);
    }
}

static void read_notes(struct elf_facts *facts, Elf_Scn *section)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t at = 0, name, description;
    GElf_Nhdr note;
    while (data && (at = gelf_getnote(data, at, &note, &name, &description)) > 0)
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp((char *)data->d_buf + name, "GNU", 4) == 0)
            for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < sizeof facts->build_id; i++)
                snprintf(facts->build_id + 2 * i, 3, "%02x", ((unsigned char *)data->d_buf)[description + i]);
}

/* Bytes of code that have an entry. Linkers for x86-64 write its address and its length as four bytes each (encoding 0x1b,
 * DW_EH_PE_pcrel | DW_EH_PE_sdata4). */
static uint64_t count_covered(const struct look *look, Elf_Scn *section)
{
    Elf_Data *data = elf_getdata(section, NULL);
    const unsigned char *ident = (const unsigned char *)elf_getident(look->elf, NULL);
    uint64_t sum = 0;
    Dwarf_CFI_Entry entry;
    Dwarf_Off at = 0, next;
    for (; data && ident && dwarf_next_cfi(ident, data, true, at, &next, &entry) == 0; at = next) {
        uint32_t bytes;
        if (dwarf_cfi_cie_p(&entry) || entry.fde.end - entry.fde.start < 8)
            continue;
        memcpy(&bytes, entry.fde.start + 4, sizeof bytes);
        sum += bytes;
    }
    return sum;
}

static void read_section(struct look *look, Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
    struct elf_facts *facts = look->facts;
    if (strcmp(name, ".gnu_debugdata") == 0)
        facts->has_debugdata = true;
    else if (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0)
        facts->has_debug_info = true;
    else if (strcmp(name, ".eh_frame") == 0 && header->sh_type != SHT_NOBITS)
        look->covered += count_covered(look, section);
    if (header->sh_flags & SHF_EXECINSTR)
        look->code += header->sh_size;
    if (header->sh_type == SHT_DYNAMIC)
        read_dynamic(look, section, header);
    else if (header->sh_type == SHT_NOTE)
        read_notes(facts, section);
}

static void read_sections(struct look *look)
{
    Elf_Scn *section = NULL, *symtab = NULL, *dynsym = NULL;
    GElf_Shdr header, symtab_header, dynsym_header;
    size_t strings;
    if (elf_getshdrstrndx(look->elf, &strings) < 0)
        return;
    while ((section = elf_nextscn(look->elf, section))) {
        if (!gelf_getshdr(section, &header))
            continue;
        const char *name = elf_strptr(look->elf, strings, header.sh_name);
        if (header.sh_type == SHT_SYMTAB && !symtab) {
            symtab = section;
            symtab_header = header;
        } else if (header.sh_type == SHT_DYNSYM && !dynsym) {
            dynsym = section;
            dynsym_header = header;
        }
        read_section(look, section, &header, name ? name : "");
    }
    look->facts->has_symtab = symtab != NULL;
    if (look->covered)
        look->facts->covered_percent = look->covered + STARTUP_BYTES >= look->code
                                           ? 100
                                           : 1 + (unsigned)(99 * look->covered / look->code);
    if (symtab)
        read_symbols(look, symtab, &symtab_header, true);
    if (dynsym)
        read_symbols(look, dynsym, &dynsym_header, !symtab);
}

void elf_look(int fd, const char *module, const struct safe_rule *rules, size_t rule_count,
              struct elf_facts *ret)
{
    struct look look = {.module = module, .rules = rules, .rule_count = rule_count, .facts = ret};
    *ret = (struct elf_facts){0};
    (void)elf_version(EV_CURRENT);
    look.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (look.elf && elf_kind(look.elf) == ELF_K_ELF) {
        ret->is_read = true;
        read_sections(&look);
    }
    (void)elf_end(look.elf);
}

void elf_clear(struct elf_facts *facts)
{
    for (size_t i = 0; i < facts->needed_count; i++)
        free(facts->needed[i]);
    free(facts->runpath);
    *facts = (struct elf_facts){0};
}
