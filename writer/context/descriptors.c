/* SPDX-License-Identifier: MIT */
#include "context/descriptors.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    const struct descriptor *a = left, *b = right;
    return a->fd < b->fd ? -1 : a->fd > b->fd;
}

/* "7 tcp ...". False: it is no such line. */
static bool read_line(char *line, struct descriptor *ret_descriptor)
{
    char *end;
    errno = 0;
    long fd = strtol(line, &end, 10);
    if (errno || end == line || *end != ' ' || fd < 0 || fd > INT_MAX || !end[1])
        return false;
    for (unsigned char *c = (unsigned char *)end; *c; c++)
        if (*c < ' ')
            *c = ' ';
    *ret_descriptor = (struct descriptor){(int)fd, end + 1};
    return true;
}

int descriptors_read(struct core_span note, struct descriptors *ret_descriptors)
{
    struct descriptors all = {.text = malloc(note.size + 1),
                              .items = calloc(CRUMPLE_MAX_DESCRIPTORS, sizeof *all.items)};
    if (!all.text || !all.items) {
        free(all.text);
        free(all.items);
        return -ENOMEM;
    }
    memcpy(all.text, note.bytes, note.size);
    all.text[note.size] = '\0';
    char *rest = all.text;
    for (char *line; all.count < CRUMPLE_MAX_DESCRIPTORS && (line = strsep(&rest, "\n"));)
        all.count += read_line(line, &all.items[all.count]);
    qsort(all.items, all.count, sizeof *all.items, compare);
    *ret_descriptors = all;
    return 0;
}

const char *descriptors_find(const struct crash *crash, int fd)
{
    const struct descriptors *all = &crash->descriptors;
    const struct descriptor wanted = {.fd = fd};
    const struct descriptor *found =
        all->count ? bsearch(&wanted, all->items, all->count, sizeof wanted, compare) : NULL;
    return found ? found->text : NULL;
}
