/* SPDX-License-Identifier: MIT */
#include "watch/watch_tls.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "typed_symbols.h"

#define DYNAMIC_MAX    4096 /* bytes of a dynamic section, as far as it is read */
#define LISTS_MAX      64
#define UNALLOCATED    UINT64_MAX /* TLS_DTV_UNALLOCATED (glibc, sysdeps/generic/dl-dtv.h) */
#define FORCED_DYNAMIC UINT64_MAX /* FORCED_DYNAMIC_TLS_OFFSET (glibc, elf/dynamic-link.h) */

static uint64_t dynamic_of(const struct module *module)
{
    const Elf64_Phdr *program = elf_view_program(&module->view, PT_DYNAMIC);
    return program ? module->view.bias + program->p_vaddr : 0;
}

struct module *watch_executable(struct crash *crash)
{
    return modules_find(&crash->modules, notes_auxv(&crash->notes, AT_ENTRY));
}

struct module *watch_link_module(struct crash *crash, const struct watch_link *link)
{
    struct module *module = modules_find(&crash->modules, link->dynamic);
    return module && dynamic_of(module) == link->dynamic ? module : NULL;
}

/* r_debug of the executable's DT_DEBUG: version, then the first entry of the list (elf/link.h). */
static uint64_t first_link(struct watch_memory *memory)
{
    const struct module *executable = watch_executable(memory->crash);
    const uint64_t dynamic = executable ? dynamic_of(executable) : 0;
    for (uint64_t at = 0; dynamic && at < DYNAMIC_MAX; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        uint64_t first;
        if (!watch_memory_get(memory, dynamic + at, &entry, sizeof entry) || entry.d_tag == DT_NULL)
            return 0;
        if (entry.d_tag == DT_DEBUG)
            return watch_memory_get(memory, entry.d_un.d_ptr + 8, &first, sizeof first) ? first : 0;
    }
    return 0;
}

size_t watch_links_read(struct watch_memory *memory, struct watch_link *links, size_t most)
{
    size_t count = 0;
    for (uint64_t at = first_link(memory); at && count < most;) {
        uint64_t words[4]; /* l_addr, l_name, l_ld, l_next */
        if (!watch_memory_get(memory, at, words, sizeof words))
            break;
        links[count++] = (struct watch_link){.map = at, .dynamic = words[2]};
        at = words[3];
    }
    return count;
}

/* The first variable of that name in a library whose name begins with one of the two; its address in the process, or 0. */
static uint64_t find_in(const struct modules *modules, const char *library, const char *other,
                        const char *symbol)
{
    for (size_t i = 0; i < modules->count; i++) {
        const struct module *module = &modules->items[i];
        const char *name = module_basename(module);
        struct typed_symbol wanted = {.name = symbol};
        if (!module->image ||
            (strncmp(name, library, strlen(library)) != 0 && strncmp(name, other, strlen(other)) != 0))
            continue;
        (void)typed_symbols_find(module->image, module->image_size, &wanted, 1);
        if (wanted.is_found)
            return module->view.bias + wanted.address;
    }
    return 0;
}

/* Where a member of one of the loader's structs lies: glibc says it to libthread_db in three numbers: bits, count, offset. 0: it does not. */
static uint32_t member_place(struct watch_memory *memory, const char *symbol)
{
    uint32_t numbers[3];
    const uint64_t at = find_in(&memory->crash->modules, "libc.so", "libpthread", symbol);
    const uint64_t older = at ? at : find_in(&memory->crash->modules, "libc-", "libpthread", symbol);
    return older && watch_memory_get(memory, older, numbers, sizeof numbers) ? numbers[2] : 0;
}

/*
 * Since which generation a number of a module is this module's: struct dtv_slotinfo_list (glibc, sysdeps/generic/ldsodefs.h) has a length, the next
 * list, and pairs of a generation and a module. A thread whose vector is older has the block of another one there. 0: not known.
 */
static uint64_t generation_of(struct watch_memory *memory, uint64_t number)
{
    const uint64_t loader = find_in(&memory->crash->modules, "ld-", "ld.so", "_rtld_global");
    const uint32_t place = member_place(memory, "_thread_db_rtld_global__dl_tls_dtv_slotinfo_list");
    uint64_t list, generation, head[2];
    if (!loader || !place || !watch_memory_get(memory, loader + place, &list, sizeof list))
        return 0;
    for (int i = 0; list && i < LISTS_MAX && watch_memory_get(memory, list, head, sizeof head); i++) {
        if (number < head[0])
            return watch_memory_get(memory, list + sizeof head + 16 * number, &generation, 8) ? generation
                                                                                              : 0;
        number -= head[0];
        list = head[1];
    }
    return 0;
}

/* Variant II of Drepper's paper: the executable's block ends at the thread pointer, but for its alignment
 * (glibc, _dl_determine_tlsoffset). */
static uint64_t offset_of_executable(const struct module *module)
{
    const Elf64_Phdr *tls = elf_view_program(&module->view, PT_TLS);
    if (!tls)
        return 0;
    const uint64_t align =
        tls->p_align && tls->p_align <= (1 << 20) && !(tls->p_align & (tls->p_align - 1)) ? tls->p_align : 1;
    const uint64_t first = -tls->p_vaddr & (align - 1);
    return ((tls->p_memsz - first + align - 1) & ~(align - 1)) + first;
}

struct block {
    uint64_t offset; /* static: so much below the thread pointer; 0: dynamic */
    uint64_t number; /* of the module, in the vector of a dynamic block */
    uint64_t generation;
};

static bool find_block(struct watch_memory *memory, const struct module *module,
                       const struct watch_link *links, size_t link_count, struct block *ret)
{
    *ret = (struct block){0};
    if (module == watch_executable(memory->crash)) {
        ret->offset = offset_of_executable(module);
        return ret->offset != 0;
    }
    const uint32_t number_at = member_place(memory, "_thread_db_link_map_l_tls_modid");
    const uint32_t offset_at = member_place(memory, "_thread_db_link_map_l_tls_offset");
    const uint64_t dynamic = dynamic_of(module);
    for (size_t i = 0; number_at && offset_at && i < link_count; i++) {
        if (links[i].dynamic != dynamic)
            continue;
        if (!watch_memory_get(memory, links[i].map + offset_at, &ret->offset, 8) ||
            !watch_memory_get(memory, links[i].map + number_at, &ret->number, 8))
            return false;
        ret->offset = ret->offset == FORCED_DYNAMIC ? 0 : ret->offset;
        ret->generation = ret->offset ? 0 : generation_of(memory, ret->number);
        return ret->offset || ret->number;
    }
    return false;
}

/* Reads one word for each thread whose state is FOUND; what cannot be read is UNKNOWN. */
static void read_words(struct watch_memory *memory, const uint64_t *addresses, uint64_t *words,
                       uint8_t *states, struct peek_item *items, size_t count)
{
    size_t asked = 0;
    for (size_t i = 0; i < count; i++)
        if (states[i] == WATCH_TLS_FOUND)
            items[asked++] = (struct peek_item){.address = addresses[i], .bytes = &words[i], .size = 8};
    watch_memory_read(memory, items, asked);
    for (size_t i = 0, j = 0; i < count; i++)
        if (states[i] == WATCH_TLS_FOUND && items[j++].error)
            states[i] = WATCH_TLS_UNKNOWN;
}

/*
 * The vector of the thread's blocks: dtv_t has two words, the length of the vector lies before the first, and the first has its generation.
 * A block that was never asked for is UNALLOCATED, and so is one beyond the end.
 */
static void find_dynamic(struct watch_memory *memory, const struct block *block, uint64_t *blocks,
                         uint8_t *states, size_t count)
{
    uint64_t *vectors = calloc(count + 1, sizeof *vectors), *words = calloc(count + 1, sizeof *words),
             *places = calloc(count + 1, sizeof *places);
    struct peek_item *items = calloc(count + 1, sizeof *items);
    if (vectors && words && places && items) {
        for (size_t i = 0; i < count; i++)
            places[i] = blocks[i] + 8; /* tcbhead_t: tcb, dtv */
        read_words(memory, places, vectors, states, items, count);
        for (size_t i = 0; i < count; i++)
            places[i] = vectors[i] - 16;
        read_words(memory, places, words, states, items, count);
        for (size_t i = 0; i < count; i++) {
            if (states[i] == WATCH_TLS_FOUND && block->number > words[i] /* the length */)
                states[i] = WATCH_TLS_UNUSED;
            places[i] = vectors[i];
        }
        read_words(memory, places, words, states, items, count);
        for (size_t i = 0; i < count; i++) {
            if (states[i] == WATCH_TLS_FOUND && words[i] < block->generation)
                states[i] = WATCH_TLS_UNUSED;
            places[i] = vectors[i] + 16 * block->number;
        }
        read_words(memory, places, blocks, states, items, count);
        for (size_t i = 0; i < count; i++)
            if (states[i] == WATCH_TLS_FOUND && (blocks[i] == UNALLOCATED || !blocks[i]))
                states[i] = WATCH_TLS_UNUSED;
    } else {
        memset(states, WATCH_TLS_UNKNOWN, count);
    }
    free(vectors);
    free(words);
    free(places);
    free(items);
}

void watch_tls_find(struct watch_memory *memory, const struct module *module, const struct watch_link *links,
                    size_t link_count, uint64_t *ret_blocks, uint8_t *ret_states)
{
    const struct notes *notes = &memory->crash->notes;
    struct block block;
    const bool is_known = find_block(memory, module, links, link_count, &block);
    for (size_t i = 0; i < notes->thread_count; i++) {
        const struct notes_thread *thread = &notes->threads[i];
        ret_states[i] = !thread->is_captured || !thread->registers.fs_base ? WATCH_TLS_ABSENT
                        : is_known                                         ? WATCH_TLS_FOUND
                                                                           : WATCH_TLS_UNKNOWN;
        ret_blocks[i] = thread->registers.fs_base - block.offset;
    }
    if (is_known && !block.offset)
        find_dynamic(memory, &block, ret_blocks, ret_states, notes->thread_count);
}
