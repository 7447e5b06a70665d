/* SPDX-License-Identifier: MIT */
#include "core/unloaded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* START-END PATH. Returns 1, 0 if the line is none, or -ENOMEM. */
static int unloaded_parse(const char *line, size_t size, struct unloaded_module *ret_module)
{
    char head[48] = "", *end;
    memcpy(head, line, size < sizeof head - 1 ? size : sizeof head - 1);
    uint64_t start = strtoull(head, &end, 16);
    if (*end != '-')
        return 0;
    uint64_t stop = strtoull(end + 1, &end, 16);
    size_t path = (size_t)(end - head) + 1;
    if (*end != ' ' || start >= stop || path >= size || memchr(line, '\0', size))
        return 0;
    *ret_module = (struct unloaded_module){start, stop, strndup(line + path, size - path)};
    return ret_module->path ? 1 : -ENOMEM;
}

int unloaded_read(struct core_span note, struct unloaded *ret_unloaded)
{
    *ret_unloaded = (struct unloaded){0};
    if (!note.size)
        return 0; /* there is no note: nothing may be added to NULL */
    const char *at = (const char *)note.bytes, *end = at + note.size;
    for (const char *next; at < end && ret_unloaded->count < UNLOADED_MAX; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        int result = unloaded_parse(at, (size_t)(next - at), &ret_unloaded->items[ret_unloaded->count]);
        if (result < 0)
            return result;
        ret_unloaded->count += (size_t)result;
    }
    return 0;
}

void unloaded_release(struct unloaded *unloaded)
{
    for (size_t i = 0; i < unloaded->count; i++)
        free(unloaded->items[i].path);
    unloaded->count = 0;
}

const struct unloaded_module *unloaded_find(const struct unloaded *unloaded, const struct maps *maps,
                                            uint64_t address)
{
    for (size_t i = 0; i < unloaded->count; i++) {
        const struct unloaded_module *module = &unloaded->items[i];
        if (address >= module->start && address < module->end)
            return maps_find(maps, address) ? NULL : module;
    }
    return NULL;
}

const char *unloaded_basename(const struct unloaded_module *module)
{
    const char *slash = strrchr(module->path, '/');
    return slash && slash[1] ? slash + 1 : module->path;
}
