/* SPDX-License-Identifier: MIT */
#include "ledger/samples.h"

#include <inttypes.h>
#include <stdlib.h>

int samples_init(struct samples *samples)
{
    *samples = (struct samples){0};
    return names_init(&samples->labels, UINT32_MAX - 8);
}

uint64_t *samples_value(struct samples *samples, const struct buffer *labels)
{
    uint32_t number = names_add(&samples->labels, (struct span){labels->data, labels->size});
    if (labels->failed || samples->labels.failed)
        return NULL;
    if (number >= samples->room) {
        uint32_t room = number * 2 + 16;
        uint64_t *grown = realloc(samples->values, room * sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + samples->room, 0, (room - samples->room) * sizeof *grown);
        samples->values = grown;
        samples->room = room;
    }
    return &samples->values[number];
}

/* In a label's value a backslash, a quote and a newline are escaped; control characters are of no use. */
void samples_label(struct buffer *labels, const char *name, struct span value)
{
    struct buffer clean = {0};
    if (!value.bytes)
        value = (struct span){"none", 4};
    buffer_add_clean(&clean, value.bytes, value.size);
    if (labels->size)
        buffer_add_char(labels, ',');
    buffer_add_text(labels, name);
    buffer_add_text(labels, "=\"");
    for (size_t i = 0; i < clean.size; i++) {
        if (clean.data[i] == '\\' || clean.data[i] == '"')
            buffer_add_char(labels, '\\');
        buffer_add_char(labels, clean.data[i]);
    }
    buffer_add_char(labels, '"');
    labels->failed |= clean.failed;
    buffer_release(&clean);
}

static int compare_labels(const void *a, const void *b, void *context)
{
    const struct names *names = context;
    return strcmp(names_text(names, *(const uint32_t *)a), names_text(names, *(const uint32_t *)b));
}

void samples_print(const struct samples *samples, const char *name, const char *type, const char *help,
                   struct buffer *out)
{
    uint32_t count = samples->labels.count - (NAMES_OTHER + 1);
    if (!count)
        return;
    uint32_t *order = malloc(count * sizeof *order);
    if (!order) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        order[i] = i + NAMES_OTHER + 1;
    qsort_r(order, count, sizeof *order, compare_labels, (void *)&samples->labels);
    buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    for (uint32_t i = 0; i < count; i++) {
        buffer_add_text(out, name);
        buffer_add_char(out, '{');
        buffer_add(out, samples->labels.items[order[i]], samples->labels.sizes[order[i]]);
        buffer_format(out, "} %" PRIu64 "\n", samples->values[order[i]]);
    }
    free(order);
}

void samples_release(struct samples *samples)
{
    names_release(&samples->labels);
    free(samples->values);
    *samples = (struct samples){0};
}
