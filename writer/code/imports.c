/* SPDX-License-Identifier: MIT */
#include "code/imports.h"

#include <string.h>

#include "code/eh_frame.h"

#define STUB_BYTES    32  /* the longest entry that any linker writes is 16 */
#define WRAPPER_BYTES 512 /* a function that only hands on is small */

static bool name_of_symbol(const struct elf_sections *sections, const Elf64_Shdr *symbols,
                           const uint8_t *symbol_bytes, uint64_t index, struct import_name *ret_name)
{
    Elf64_Shdr strings;
    const uint8_t *bytes;
    Elf64_Sym symbol;
    if (index == 0 || symbols->sh_entsize != sizeof symbol || index >= symbols->sh_size / sizeof symbol ||
        !elf_sections_get(sections, symbols->sh_link, &strings, &bytes))
        return false;
    memcpy(&symbol, symbol_bytes + index * sizeof symbol, sizeof symbol);
    if (symbol.st_name >= strings.sh_size)
        return false;
    const char *name = (const char *)bytes + symbol.st_name;
    const char *end = memchr(name, '\0', strings.sh_size - symbol.st_name);
    if (!end || end == name || end - name > UINT16_MAX)
        return false;
    const char *version = memchr(name, '@', (size_t)(end - name));
    *ret_name = (struct import_name){name, (uint32_t)((version && version > name ? version : end) - name)};
    return true;
}

/* The relocation of one section for the word at vaddr. */
static bool find_in_section(const struct elf_sections *sections, size_t index, uint64_t vaddr,
                            Elf64_Rela *ret_entry, Elf64_Shdr *ret_section)
{
    const uint8_t *bytes;
    if (!elf_sections_get(sections, index, ret_section, &bytes) || ret_section->sh_type != SHT_RELA ||
        ret_section->sh_entsize != sizeof *ret_entry || !(ret_section->sh_flags & SHF_ALLOC))
        return false;
    for (size_t i = 0; i < ret_section->sh_size / sizeof *ret_entry; i++) {
        uint64_t offset;
        memcpy(&offset, bytes + i * sizeof *ret_entry, sizeof offset);
        if (offset != vaddr)
            continue;
        memcpy(ret_entry, bytes + i * sizeof *ret_entry, sizeof *ret_entry);
        return true;
    }
    return false;
}

bool imports_at(const struct module *module, uint64_t address, struct import_name *ret_name,
                uint64_t *ret_value)
{
    struct elf_sections sections;
    Elf64_Shdr section, symbols;
    Elf64_Rela entry;
    const uint8_t *symbol_bytes;
    if (!module->image || !elf_sections_open(module->image, module->image_size, &sections))
        return false;
    for (size_t i = 0; i < sections.count; i++) {
        if (!find_in_section(&sections, i, address - module->view.bias, &entry, &section))
            continue;
        *ret_name = (struct import_name){0};
        *ret_value = 0;
        switch (ELF64_R_TYPE(entry.r_info)) {
        case R_X86_64_JUMP_SLOT:
        case R_X86_64_GLOB_DAT:
        case R_X86_64_64:
            return elf_sections_get(&sections, section.sh_link, &symbols, &symbol_bytes) &&
                   name_of_symbol(&sections, &symbols, symbol_bytes, ELF64_R_SYM(entry.r_info), ret_name);
        case R_X86_64_RELATIVE:
            *ret_value = module->view.bias + (uint64_t)entry.r_addend;
            return true;
        default:
            return false;
        }
    }
    return false;
}

static bool name_at_slot(const struct memory *memory, uint64_t slot, struct import_name *ret_name)
{
    uint64_t value;
    const struct module *module = modules_find(memory->modules, slot);
    return module && imports_at(module, slot, ret_name, &value) && ret_name->text;
}

/* As many bytes of code at address as there are, up to size. */
static size_t read_code(const struct memory *memory, uint64_t address, uint8_t *code, size_t size)
{
    while (size && !memory_read(memory, address, code, size))
        size /= 2;
    return size;
}

static uint64_t add_distance(uint64_t address, const uint8_t *bytes)
{
    int32_t distance;
    memcpy(&distance, bytes, sizeof distance);
    return address + (uint64_t)(int64_t)distance;
}

/* [endbr64] [mov $n,%r11d] [bnd] jmp *slot(%rip): what ld.bfd, gold, lld and mold write. */
bool imports_stub(const struct memory *memory, uint64_t address, struct import_name *ret_name)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    uint8_t code[STUB_BYTES];
    size_t size = read_code(memory, address, code, sizeof code), at = 0;
    if (size >= 4 && memcmp(code, endbr64, sizeof endbr64) == 0)
        at += sizeof endbr64;
    if (at + 6 <= size && code[at] == 0x41 && code[at + 1] == 0xbb)
        at += 6;
    if (at < size && code[at] == 0xf2)
        at++;
    if (at + 6 > size || code[at] != 0xff || code[at + 1] != 0x25)
        return false;
    return name_at_slot(memory, add_distance(address + at + 6, code + at + 2), ret_name);
}

bool imports_called(const struct memory *memory, uint64_t address, struct import_name *ret_name,
                    uint64_t *ret_target)
{
    uint8_t code[6];
    *ret_target = 0;
    if (!memory_read(memory, address - sizeof code, code, sizeof code))
        return false;
    /* call *slot(%rip): no linkage table (-fno-plt), or a table that was optimised away */
    if (code[0] == 0xff && code[1] == 0x15 && name_at_slot(memory, add_distance(address, code + 2), ret_name))
        return true;
    if (code[1] != 0xe8)
        return false;
    uint64_t target = add_distance(address, code + 2);
    if (imports_stub(memory, target, ret_name))
        return true;
    *ret_target = target;
    return false;
}

/* Where the jump at code leads, which lies at address; 0: it is none. *ret_is_import: through the linkage table or
 * an entry of the global offset table. */
static uint64_t jump_target(const struct memory *memory, const uint8_t *code, uint64_t address,
                            struct import_name *ret_name, bool *ret_is_import)
{
    *ret_is_import = false;
    if (code[0] == 0xff && code[1] == 0x25) {
        *ret_is_import = imports_stub(memory, address, ret_name);
        return address;
    }
    size_t length = code[0] == 0xe9 ? 5 : code[0] == 0x0f && (code[1] & 0xf0) == 0x80 ? 6 : 0;
    if (!length)
        return 0;
    uint64_t target = add_distance(address + length, code + length - 4);
    *ret_is_import = imports_stub(memory, target, ret_name);
    return target;
}

static bool is_equal(const struct import_name *a, const struct import_name *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

bool imports_tail_called(const struct memory *memory, uint64_t address, struct import_name *ret_name)
{
    const struct module *module = modules_find(memory->modules, address);
    struct import_name found = {0}, name = {0};
    struct eh_procedure wrapper;
    uint8_t code[WRAPPER_BYTES + 8] = {0};
    bool is_import;
    if (!module || eh_frame_find(memory, module, address, &wrapper) < 0 || wrapper.start != address ||
        wrapper.end - wrapper.start > WRAPPER_BYTES ||
        !memory_read(memory, address, code, wrapper.end - wrapper.start))
        return false;
    for (uint64_t at = wrapper.start; at < wrapper.end; at++) {
        uint64_t target = jump_target(memory, code + (at - wrapper.start), at, &name, &is_import);
        if (!target || (!is_import && target >= wrapper.start && target < wrapper.end))
            continue;
        /* Bytes inside of an instruction may look like a jump: better no answer than a wrong one. */
        if (!is_import || (found.text && !is_equal(&found, &name)))
            return false;
        found = name;
    }
    *ret_name = found;
    return found.text != NULL;
}
