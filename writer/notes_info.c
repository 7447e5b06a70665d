/* SPDX-License-Identifier: MIT */
#include "notes_info.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "crumple_format.h"

/* The value of a line 'KEY=VALUE' of the text; NULL bytes: there is none. */
static struct core_span find_value(struct core_span text, const char *key)
{
    const char *at = (const char *)text.bytes, *end = at + text.size;
    size_t size = strlen(key);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        if ((size_t)(stop - at) > size && at[size] == '=' && memcmp(at, key, size) == 0)
            return (struct core_span){(const uint8_t *)at + size + 1, (size_t)(stop - at) - size - 1};
        at = stop + 1;
    }
    return (struct core_span){0};
}

static struct core_span find_info(struct core_span notes)
{
    size_t at = 0;
    while (notes.size - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr header;
        memcpy(&header, notes.bytes + at, sizeof header);
        at += sizeof header;
        uint64_t name_size = ((uint64_t)header.n_namesz + 3) & ~UINT64_C(3);
        uint64_t content_size = ((uint64_t)header.n_descsz + 3) & ~UINT64_C(3);
        if (name_size > notes.size - at || header.n_descsz > notes.size - at - name_size)
            break;
        if (header.n_type == CRUMPLE_NOTE_INFO && header.n_namesz == sizeof CRUMPLE_NOTE_OWNER &&
            memcmp(notes.bytes + at, CRUMPLE_NOTE_OWNER, header.n_namesz) == 0)
            return (struct core_span){notes.bytes + at + name_size, header.n_descsz};
        at += name_size + content_size < notes.size - at ? name_size + content_size : notes.size - at;
    }
    return (struct core_span){0};
}

bool notes_info(const struct core_file *core, const char *key, char *ret_value, size_t size)
{
    for (size_t i = 0; i < core->note_count; i++) {
        struct core_span info = find_info(core->notes[i]);
        struct core_span value = info.bytes ? find_value(info, key) : (struct core_span){0};
        if (!value.bytes || !value.size)
            continue;
        size_t taken = value.size < size - 1 ? value.size : size - 1;
        memcpy(ret_value, value.bytes, taken);
        ret_value[taken] = '\0';
        return true;
    }
    return false;
}
