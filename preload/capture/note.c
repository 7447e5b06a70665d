/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See capture/note.h. */
#include "capture/note.h"

#include <elf.h>

#include "base/text.h"

char *safe_note_begin(struct safe_notes *n, const char *owner, uint32_t type, size_t bytes)
{
    size_t owner_bytes = safe_strlen(owner) + 1;
    size_t total = sizeof(Elf64_Nhdr) + ((owner_bytes + 3) & ~(size_t)3) + ((bytes + 3) & ~(size_t)3);
    Elf64_Nhdr header = {(uint32_t)owner_bytes, (uint32_t)bytes, type};
    char *p = n->data + n->used;
    if (bytes > UINT32_MAX / 2 || total > n->size - n->used) {
        n->overflow = true;
        return NULL;
    }
    safe_copy(p, &header, sizeof header);
    safe_copy(p + sizeof header, owner, owner_bytes);
    n->used += total;
    return p + sizeof header + ((owner_bytes + 3) & ~(size_t)3);
}

void safe_note_add(struct safe_notes *n, const char *owner, uint32_t type, const void *data, size_t bytes)
{
    char *p = safe_note_begin(n, owner, type, bytes);
    if (p)
        safe_copy(p, data, bytes);
}
