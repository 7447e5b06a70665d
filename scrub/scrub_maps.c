/* SPDX-License-Identifier: MIT */
/* The mappings of the process: see scrub/scrub_plan.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scrub_plan.h"

#define NEIGHBOURS   8   /* mappings of one file lie together, with those of its .bss between */
#define LINE_BYTES   160 /* what is before the path, and the beginning of it */
#define MAPPINGS_MAX 1000000

/* One line: what is needed of it besides the mapping. */
struct line {
    char permissions[5];
    const char *path; /* not ended by NUL */
    size_t path_size;
};

static bool parse_line(const char *at, size_t size, struct scrub_mapping *ret_mapping, struct line *ret_line)
{
    char text[LINE_BYTES];
    int path = 0;

    snprintf(text, sizeof text, "%.*s", (int)(size < sizeof text ? size : sizeof text - 1), at);
    if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %*x %*s %*u %n", &ret_mapping->start, &ret_mapping->end,
               ret_line->permissions, &path) != 3 ||
        ret_mapping->end <= ret_mapping->start || strlen(ret_line->permissions) != 4)
        return false;
    ret_line->path = at + path;
    ret_line->path_size = path && (size_t)path < size ? size - (size_t)path : 0;
    ret_mapping->is_code = ret_line->permissions[2] == 'x';
    return true;
}

/* A file that is mapped as code, too: an executable or a library. */
static bool has_code(const struct line *lines, size_t count, size_t index)
{
    const struct line *line = &lines[index];
    size_t first = index < NEIGHBOURS ? 0 : index - NEIGHBOURS;

    for (size_t i = first; line->path_size && i < count && i <= index + NEIGHBOURS; i++)
        if (lines[i].permissions[2] == 'x' && lines[i].path_size == line->path_size &&
            memcmp(lines[i].path, line->path, line->path_size) == 0)
            return true;
    return false;
}

static int compare_mappings(const void *a, const void *b)
{
    const struct scrub_mapping *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static int take_parts(struct scrub *scrub)
{
    scrub->mappings = calloc(scrub->part_count + 1, sizeof *scrub->mappings);
    if (!scrub->mappings)
        return -ENOMEM;
    for (size_t i = 0; i < scrub->part_count; i++)
        if (!scrub->parts[i].bytes)
            scrub->mappings[scrub->mapping_count++] = (struct scrub_mapping){
                .start = scrub->parts[i].address, .end = scrub->parts[i].address + scrub->parts[i].size};
    return 0;
}

static int take_lines(struct scrub *scrub, struct line *lines, const char *text, size_t size)
{
    const char *end = text + size;
    size_t count = 0;

    for (const char *next; text < end && count < MAPPINGS_MAX; text = next + 1) {
        next = memchr(text, '\n', (size_t)(end - text));
        next = next ? next : end;
        count += parse_line(text, (size_t)(next - text), &scrub->mappings[count], &lines[count]);
    }
    for (size_t i = 0; i < count; i++)
        scrub->mappings[i].is_kept =
            lines[i].permissions[1] != 'w' && (scrub->mappings[i].is_code || has_code(lines, count, i));
    scrub->mapping_count = count;
    return 0;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t count = 1;

    for (size_t i = 0; i < size && count < MAPPINGS_MAX; i++)
        count += text[i] == '\n';
    return count;
}

int scrub_maps_read(struct scrub *scrub, const char *text, size_t size)
{
    const size_t count = count_lines(text, size);
    struct line *lines = size ? calloc(count, sizeof *lines) : NULL;
    int error;

    if (size)
        scrub->mappings = calloc(count, sizeof *scrub->mappings);
    if (size && (!lines || !scrub->mappings))
        error = -ENOMEM;
    else
        error = size ? take_lines(scrub, lines, text, size) : take_parts(scrub);
    if (!error)
        qsort(scrub->mappings, scrub->mapping_count, sizeof *scrub->mappings, compare_mappings);
    free(lines);
    return error;
}

const struct scrub_mapping *scrub_maps_find(const struct scrub *scrub, uint64_t address)
{
    size_t low = 0, high = scrub->mapping_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scrub->mappings[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < scrub->mapping_count ? &scrub->mappings[low] : NULL;
}

/* Below 4 GiB lie numbers and short texts, too: there only code is believed to be meant. */
uint64_t scrub_word(const struct scrub *scrub, uint64_t word)
{
    const struct scrub_mapping *mapping;

    if (!scrub->mapping_count || word < scrub->mappings[0].start ||
        word >= scrub->mappings[scrub->mapping_count - 1].end)
        return 0;
    mapping = scrub_maps_find(scrub, word);
    return mapping && mapping->start <= word && (word >> 32 || mapping->is_code) ? word : 0;
}
