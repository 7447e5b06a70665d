/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "base/scratch.h"

#include <sys/mman.h>

#include "base/sys.h"

#define GUARD 4096

static char reserve[1 << 20] __attribute__((aligned(16)));

/*
 * Under mlockall(MCL_FUTURE) a mapping is filled with memory as soon as it can be accessed: so it is made
 * inaccessible, unlocked, and only then opened.
 */
static long map_unlocked(size_t size)
{
    long p = safe_call(SYS_mmap, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return p;
    safe_call(SYS_munlock, p, size);
    return safe_call(SYS_mprotect, p, size, PROT_READ | PROT_WRITE) == 0 ? p : -1;
}

int safe_scratch_map_stack(size_t bytes, char **ret_low)
{
    long p =
        safe_call(SYS_mmap, 0, bytes + GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return (int)p;
    long result = safe_call(SYS_mprotect, p + GUARD, bytes, PROT_READ | PROT_WRITE);
    if (result < 0)
        return (int)result;
    *ret_low = (char *)p + GUARD;
    return 0;
}

void safe_scratch_open(struct safe_scratch *s)
{
    for (size_t size = (size_t)256 << 20; size > sizeof reserve; size /= 4) {
        long p = map_unlocked(size);
        if (!safe_is_error(p)) {
            *s = (struct safe_scratch){(char *)p, 0, size};
            return;
        }
    }
    *s = (struct safe_scratch){reserve, 0, sizeof reserve};
}

void safe_scratch_close(struct safe_scratch *s)
{
    if (s->base != reserve)
        safe_call(SYS_munmap, s->base, s->size);
    else
        for (size_t i = 0; i < s->size; i++) /* also what was read into and not kept */
            s->base[i] = 0;
}

void safe_scratch_cut(struct safe_scratch *s, size_t n)
{
    struct safe_scratch rest;
    n = (n + 4095) & ~(size_t)4095;
    if (n >= s->size)
        return;
    rest = (struct safe_scratch){s->base + n, 0, s->size - n};
    s->size = s->used = n;
    if (s->base != reserve)
        safe_scratch_close(&rest);
    else
        for (size_t i = 0; i < rest.size; i++)
            rest.base[i] = 0;
}

void *safe_scratch_take(struct safe_scratch *s, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    if (n > s->size - s->used)
        return NULL;
    void *p = s->base + s->used;
    s->used += n;
    return p;
}

void *safe_scratch_rest(struct safe_scratch *s, size_t *ret_size)
{
    *ret_size = s->size - s->used;
    return s->base + s->used;
}

void safe_scratch_keep(struct safe_scratch *s, size_t n)
{
    s->used += (n + 15) & ~(size_t)15;
}
