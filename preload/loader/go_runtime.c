/* SPDX-License-Identifier: MIT */
#include "loader/go_runtime.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libc/calls/objects.h"

#define DATA_MAX (8u << 20) /* of a segment that is searched */

/* The linker puts this before what 'go version' reads, 16-aligned, into the data (debug/buildinfo). In two
 * parts, so that our own object does not hold it. */
static bool has_build_info(const char *data, size_t n)
{
    static const char magic[] = "\xff Go build";
    for (size_t i = -(uintptr_t)data & 15; i + 16 <= n; i += 16)
        if (data[i] == '\xff' && memcmp(data + i, magic, 10) == 0 && memcmp(data + i + 10, "inf:", 4) == 0)
            return true;
    return false;
}

static bool is_go(const char *start, const char *end)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)start;
    const Elf64_Phdr *segment;
    uint64_t first = UINT64_MAX;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phoff > 4096 - sizeof *segment ||
        header->e_phnum > 32)
        return false;
    segment = (const Elf64_Phdr *)(start + header->e_phoff);
    for (size_t i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD && segment[i].p_vaddr < first)
            first = segment[i].p_vaddr & ~UINT64_C(4095);
    for (size_t i = 0; i < header->e_phnum; i++) {
        const char *data = start + (segment[i].p_vaddr - first);
        size_t n = segment[i].p_filesz < DATA_MAX ? segment[i].p_filesz : DATA_MAX;
        if (segment[i].p_type == PT_LOAD && (segment[i].p_flags & PF_W) && data + n <= end &&
            has_build_info(data, n))
            return true;
    }
    return false;
}

bool go_runtime_owns(const void *code)
{
    static _Atomic uintptr_t looked_at; /* the last object's start, with bit 0 for the answer */
    uintptr_t known = __atomic_load_n(&looked_at, __ATOMIC_RELAXED);
    const char *start, *end;
    if (!libc_object_at(code, &start, &end))
        return false;
    if ((known & ~(uintptr_t)1) == (uintptr_t)start)
        return known & 1;
    bool owns = is_go(start, end);
    __atomic_store_n(&looked_at, (uintptr_t)start | owns, __ATOMIC_RELAXED);
    return owns;
}

/* They lie on the first page, behind the ELF header. All of the file's segments are mapped. */
bool go_runtime_is_program(const void *phdr)
{
    return phdr && is_go((const char *)((uintptr_t)phdr & ~(uintptr_t)4095), (const char *)UINTPTR_MAX);
}
