/* SPDX-License-Identifier: MIT */
/* Safe file: threads that call dlclose add, the helper process writes. See track/unloaded.h. */
#include "track/unloaded.h"

#define GONE_MAX 64

/* The helper may find an entry that is being written: it is left out. */
static struct {
    _Atomic uint32_t ready; /* 1 + its number in the order of unloading; 0: being written */
    uint64_t start, end;
    char path[SAFE_UNLOADED_PATH];
} gone[GONE_MAX];
static _Atomic uint32_t gone_count;

void safe_unloaded_add(uint64_t start, uint64_t end, const char *path)
{
    uint32_t number = gone_count, at = number % GONE_MAX;
    __atomic_store_n(&gone[at].ready, 0, __ATOMIC_SEQ_CST);
    gone[at].start = start;
    gone[at].end = end;
    safe_text_copy(gone[at].path, sizeof gone[at].path, path);
    __atomic_store_n(&gone[at].ready, number + 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&gone_count, number + 1, __ATOMIC_SEQ_CST);
}

void safe_unloaded_write(struct safe_text *t)
{
    uint32_t count = __atomic_load_n(&gone_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < GONE_MAX && i < count; i++) {
        uint32_t number = count - 1 - i, at = number % GONE_MAX;
        if (__atomic_load_n(&gone[at].ready, __ATOMIC_ACQUIRE) != number + 1)
            continue;
        safe_text_add_hex(t, gone[at].start);
        safe_text_add(t, "-");
        safe_text_add_hex(t, gone[at].end);
        safe_text_add(t, " ");
        safe_text_add_line(t, gone[at].path, safe_strlen(gone[at].path));
        safe_text_add(t, "\n");
    }
}
