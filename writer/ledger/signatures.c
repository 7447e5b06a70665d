/* SPDX-License-Identifier: MIT */
#include "ledger/signatures.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "ledger/event_line.h"
#include "ledger/log.h"
#include "retain.h"

/* A bundle that the log names, by hashes of its name and its signature. */
struct known {
    uint64_t name, signature;
};

struct table {
    struct known *items;
    size_t count, room;
};

static int compare_known(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return x->name < y->name ? -1 : x->name > y->name;
}

static void add_line(struct table *table, const struct event_line *line)
{
    if (!line->path.bytes || !line->signature.bytes || !line->has_bundle)
        return;
    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 1024;
        struct known *grown = reallocarray(table->items, room, sizeof *grown);
        if (!grown)
            return; /* not known, then */
        table->items = grown;
        table->room = room;
    }
    table->items[table->count++] =
        (struct known){retain_signature(line->path.bytes, line->path.size),
                       retain_signature(line->signature.bytes, line->signature.size)};
}

static void add_text(struct table *table, const struct buffer *text)
{
    const char *end = text->data + text->size, *newline;
    char *scratch = malloc(text->size + 1);
    for (const char *at = text->data; scratch && at < end && (newline = memchr(at, '\n', (size_t)(end - at)));
         at = newline + 1) {
        struct event_line line;
        if (event_line_parse(at, (size_t)(newline - at), scratch, &line) == 0)
            add_line(table, &line);
    }
    free(scratch);
}

void signatures_find(int directory, struct retain_files *files)
{
    struct buffer text = {0};
    struct table table = {0};
    size_t older_size;
    if (log_read(directory, &text, &older_size) == 0 && text.size)
        add_text(&table, &text);
    buffer_release(&text);
    if (table.count)
        qsort(table.items, table.count, sizeof *table.items, compare_known);
    for (size_t i = 0; table.count && i < files->count; i++) {
        const char *name = files->items[i].name;
        const struct known wanted = {.name = retain_signature(name, strlen(name))},
                           *found = bsearch(&wanted, table.items, table.count, sizeof wanted, compare_known);
        files->items[i].signature = found ? found->signature : 0;
    }
    free(table.items);
}
