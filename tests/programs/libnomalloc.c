/* SPDX-License-Identifier: MIT */
/*
 * Fence 3: preloaded beside crumple, ends the process with status 99 if anybody allocates after the victim
 * has set nomalloc_forbidden. It is a bump allocator over one static block: the victim needs little, and free
 * is not missed.
 */
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int nomalloc_forbidden;

static char block[64 << 20];
static size_t used;

static void check(void)
{
    if (__atomic_load_n(&nomalloc_forbidden, __ATOMIC_SEQ_CST))
        syscall(SYS_exit_group, 99);
}

static void *take(size_t alignment, size_t size)
{
    check();
    if (alignment < 16)
        alignment = 16;
    /* The size is kept in front, for realloc. */
    size_t room = size + 2 * alignment;
    char *start = block + __atomic_fetch_add(&used, room, __ATOMIC_SEQ_CST);
    char *aligned = (char *)(((size_t)start + 16 + alignment - 1) & ~(alignment - 1));
    if (aligned + size > block + sizeof block)
        return NULL;
    memcpy(aligned - 16, &size, sizeof size);
    return aligned;
}

void *malloc(size_t size)
{
    return take(16, size);
}

void *calloc(size_t count, size_t size)
{
    return take(16, count * size); /* never reused, so it is zero */
}

void *realloc(void *old, size_t size)
{
    char *grown = take(16, size);
    if (old != NULL && grown != NULL) {
        size_t before;
        memcpy(&before, (char *)old - 16, sizeof before);
        memcpy(grown, old, before < size ? before : size);
    }
    return grown;
}

void *memalign(size_t alignment, size_t size)
{
    return take(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return take(alignment, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    *ret_block = take(alignment, size);
    return *ret_block == NULL ? 12 : 0;
}

void free(void *old)
{
    (void)old;
    check();
}
