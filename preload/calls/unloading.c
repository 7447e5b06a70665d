/* SPDX-License-Identifier: MIT */
/* Ordinary code of dlclose's hook. See calls/unloading.h. */
#include "calls/unloading.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>

#include "base/io.h"
#include "state/fault.h"
#include "base/text.h"

#define HEADERS_MAX 32

/* The extent of the object whose ELF header lies at its bias, as it does for all that dlopen loads. */
static bool measure(uint64_t bias, struct unloaded_object *o)
{
    Elf64_Ehdr header;
    Elf64_Phdr headers[HEADERS_MAX];
    uint64_t low = UINT64_MAX, high = 0;
    if (safe_peek_memory(bias, &header, sizeof header) < 0 || header.e_ident[EI_MAG0] != ELFMAG0 ||
        header.e_ident[EI_MAG1] != 'E' || header.e_phentsize != sizeof *headers || !header.e_phnum ||
        header.e_phnum > HEADERS_MAX ||
        safe_peek_memory(bias + header.e_phoff, headers, header.e_phnum * sizeof *headers) < 0)
        return false;
    for (int i = 0; i < header.e_phnum; i++) {
        const Elf64_Phdr *p = &headers[i];
        if (p->p_type != PT_LOAD)
            continue;
        low = p->p_vaddr < low ? p->p_vaddr : low;
        high = p->p_vaddr + p->p_memsz > high ? p->p_vaddr + p->p_memsz : high;
    }
    if (low >= high)
        return false;
    o->start = bias + (low & ~UINT64_C(4095));
    o->end = bias + ((high + 4095) & ~UINT64_C(4095));
    return true;
}

void unloaded_before(const void *handle, struct unloaded_object *ret_object)
{
    struct link_map map;
    char path[1024];
    ret_object->dynamic = 0;
    if (!handle || safe_peek_memory((uint64_t)handle, &map, sizeof map) < 0 || !map.l_addr || !map.l_ld)
        return;
    long n = safe_peek_string((uint64_t)map.l_name, path, sizeof path);
    if (n <= 0 || !measure(map.l_addr, ret_object))
        return;
    /* Of a path that is too long the end counts. */
    safe_text_copy(ret_object->path, sizeof ret_object->path,
                   n < SAFE_UNLOADED_PATH ? path : path + n - (SAFE_UNLOADED_PATH - 1));
    ret_object->dynamic = (uint64_t)map.l_ld;
}

void unloaded_after(const struct unloaded_object *object)
{
    /* Only asked, not read: another thread may unload it in this moment. */
    if (!object->dynamic || safe_is_readable(object->dynamic))
        return;
    /* Another thread is at it: one of the two is not noted. */
    if (__atomic_exchange_n(&safe_state->unloading, 1, __ATOMIC_ACQ_REL))
        return;
    safe_unloaded_add(object->start, object->end, object->path);
    __atomic_store_n(&safe_state->unloading, 0, __ATOMIC_RELEASE);
}
