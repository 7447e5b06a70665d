/* SPDX-License-Identifier: MIT */
/* Ordinary code, in pthread_create. See end/code.h. */
#include "end/code.h"

#include <link.h>

#include "end/interpreters.h"
#include "libc/calls/loader_locks.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "proc/loading.h"
#include "track/code_ranges.h"

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct safe_code_range *range = arg;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uint64_t end = start + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) &&
            range->start >= start && range->start < end) {
            *range = (struct safe_code_range){start, end};
            return 1;
        }
    }
    return 0;
}

/* The executable segment that holds the address, into *ret_range; nothing where none does. */
static void code_around(const void *inside, struct safe_code_range *ret_range)
{
    struct safe_code_range range = {(uint64_t)inside, 0};
    if (!inside || !loader_hold_list())
        return;
    bool found = dl_iterate_phdr(look, &range);
    loader_leave_list();
    if (found)
        *ret_range = range;
}

static void note_runtimes(void)
{
    const void *const inside[SAFE_RUNTIMES] = {libc_find("qsort"), libc_find("__tls_get_addr"),
                                               libc_find("__cxa_throw"),
                                               libc_find_in("libgcc_s.so.1", "_Unwind_ForcedUnwind")};
    for (int i = 0; i < SAFE_RUNTIMES; i++)
        code_around(inside[i], &safe_runtime[i]);
}

static int add_object(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    interpreters_look(info);
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
            continue;
        if (safe_code.count == SAFE_CODE_RANGES)
            return 1;
        safe_code.range[safe_code.count].start = info->dlpi_addr + p->p_vaddr;
        safe_code.range[safe_code.count].end = info->dlpi_addr + p->p_vaddr + p->p_memsz;
        safe_code.count++;
    }
    return 0;
}

/* With the lock of the list. False: in the middle of a change. */
static bool look_at_code(void)
{
    uint64_t fingerprint = safe_loading_fingerprint();
    uint32_t generation = safe_code.generation | 1;
    if (!fingerprint)
        return false;
    if (fingerprint == safe_code.fingerprint)
        return true;
    __atomic_store_n(&safe_code.generation, generation, __ATOMIC_SEQ_CST);
    safe_code.count = 0;
    interpreters_begin();
    safe_code.fingerprint = dl_iterate_phdr(add_object, NULL) == 0 ? fingerprint : 0;
    interpreters_end();
    __atomic_store_n(&safe_code.generation, generation + 1, __ATOMIC_SEQ_CST);
    return true;
}

void code_look(bool changed)
{
    static _Atomic bool due;
    if (changed)
        __atomic_store_n(&due, true, __ATOMIC_RELEASE);
    if (!__atomic_load_n(&due, __ATOMIC_ACQUIRE) || !loader_hold_list())
        return;
    __atomic_store_n(&due, !look_at_code(), __ATOMIC_RELEASE);
    loader_leave_list();
}

void code_prepare(void)
{
    note_runtimes();
    code_look(true);
}
