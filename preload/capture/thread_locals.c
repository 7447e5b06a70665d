/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See capture/thread_locals.h. */
#include "capture/thread_locals.h"

#include "base/io.h"
#include "proc/symbols.h"

#define DESCRIPTOR_BYTES 2304 /* struct pthread, where glibc does not say it */
#define DESCRIPTOR_MAX   8192 /* of a libc that we don't know */
#define THREADS_MAX      64   /* beyond: gdb finds no thread-local variables, but the core stays small */
#define STATIC_MAX       (64u << 10)
#define VECTOR_MAX       64   /* modules with thread-local variables */
#define BLOCK_BYTES      1024 /* of a module that was loaded later: its size is not known here */
#define LISTS_MAX        16

struct layout {
    uint64_t loader; /* _rtld_global, 0: not known */
    uint32_t modules_at, module_number_at, module_offset_at;
    uint32_t descriptor_bytes;
};

/* A member's place, as a triple of 32-bit numbers says it: bits, count, offset. 0: not known. */
static uint32_t place_of(const struct safe_object *libc, const char *symbol)
{
    uint32_t triple[3];
    uint64_t at = safe_symbols_find(libc, symbol, NULL);
    return at && safe_read_memory(at, triple, sizeof triple) == 0 ? triple[2] : 0;
}

static void read_layout(struct layout *l)
{
    struct safe_object o;
    *l = (struct layout){.descriptor_bytes = DESCRIPTOR_BYTES};
    for (bool more = safe_symbols_first(&o); more; more = safe_symbols_next(&o)) {
        uint64_t at = o.is_program ? 0 : safe_symbols_find(&o, "_rtld_global", NULL);
        uint32_t bytes;
        if (at)
            l->loader = at;
        at = o.is_program ? 0 : safe_symbols_find(&o, "_thread_db_sizeof_pthread", NULL);
        if (!at || safe_read_memory(at, &bytes, sizeof bytes) < 0 || bytes > DESCRIPTOR_MAX)
            continue;
        l->descriptor_bytes = bytes;
        l->modules_at = place_of(&o, "_thread_db_rtld_global__dl_tls_dtv_slotinfo_list");
        l->module_number_at = place_of(&o, "_thread_db_link_map_l_tls_modid");
        l->module_offset_at = place_of(&o, "_thread_db_link_map_l_tls_offset");
    }
}

/* struct dtv_slotinfo_list (sysdeps/generic/ldsodefs.h): length, next, pairs of words. */
static void add_modules(struct safe_segments *list, const struct safe_maps *maps, const struct layout *l)
{
    struct safe_object o;
    uint64_t at;
    if (!l->loader || !l->modules_at || !l->module_number_at || !l->module_offset_at)
        return;
    for (bool more = safe_symbols_first(&o); more; more = safe_symbols_next(&o)) {
        uint64_t number = o.map + l->module_number_at, offset = o.map + l->module_offset_at;
        safe_segments_add_mapped(list, maps, number, number, number + 8);
        safe_segments_add_mapped(list, maps, offset, offset, offset + 8);
    }
    if (safe_read_memory(l->loader + l->modules_at, &at, sizeof at) < 0)
        return;
    for (int i = 0; at && i < LISTS_MAX; i++) {
        uint64_t head[2];
        if (safe_read_memory(at, head, sizeof head) < 0)
            return;
        uint64_t length = head[0] < VECTOR_MAX ? head[0] : VECTOR_MAX;
        safe_segments_add_mapped(list, maps, at, at, at + sizeof head + length * 16);
        at = head[1];
    }
}

/* dtv_t (sysdeps/generic/dl-dtv.h): pairs of words; the length comes before the first, which has the
 * generation, then a block of each module, -1 for one that the thread has not asked for yet. */
static void add_vector(struct safe_segments *list, const struct safe_maps *maps, uint64_t descriptor,
                       uint64_t static_bytes, bool with_blocks)
{
    uint64_t at, length, pair[2];
    if (safe_read_memory(descriptor + 8, &at, sizeof at) < 0 || at < 4096 ||
        safe_read_memory(at - 16, &length, sizeof length) < 0)
        return;
    length = length < VECTOR_MAX ? length : VECTOR_MAX;
    safe_segments_add_mapped(list, maps, at, at - 16, at + 16 * (length + 1));
    for (uint64_t i = 1; with_blocks && i <= length; i++) {
        if (safe_read_memory(at + 16 * i, pair, sizeof pair) < 0)
            return;
        if (pair[0] && pair[0] != UINT64_MAX && descriptor - pair[0] > static_bytes)
            safe_segments_add_mapped(list, maps, pair[0], pair[0], pair[0] + BLOCK_BYTES);
    }
}

void safe_thread_locals_add(struct safe_segments *list, const struct safe_maps *maps,
                            const struct safe_stop *stop, uint32_t own, uint64_t static_bytes)
{
    struct layout l;
    const uint32_t from = list->count;
    read_layout(&l);
    add_modules(list, maps, &l);
    safe_segments_settle(list, from);
    static_bytes = static_bytes < STATIC_MAX ? static_bytes : STATIC_MAX;
    for (uint32_t i = 0; i < stop->count; i++) {
        const struct safe_slot *slot = &stop->slot[i];
        uint64_t at = slot->fs_base;
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (i != own &&
            (stop->count > THREADS_MAX || (state != SAFE_SLOT_PARKED && state != SAFE_SLOT_FAULTED)))
            continue;
        if (at > static_bytes)
            safe_segments_add_mapped(list, maps, at, at - static_bytes, at + l.descriptor_bytes);
        add_vector(list, maps, at, static_bytes, i == own);
    }
}
