/* SPDX-License-Identifier: MIT */
/* CRUMPLE_WATCH, and the symbols of a file: the text ends with a NUL, the file follows it. */
#include <string.h>

#include "fuzz.h"
#include "watch_plan.h"

/* A plan without debug information: the entry and the symbol alone decide. */
static void plan(const struct watch_entry *entry)
{
    const struct typed_symbol symbol = {
        .name = entry->symbol, .is_found = true, .address = 4096, .size = entry->size % 17};
    struct watch_plan made;
    char why[64];
    if (watch_plan_make(entry, &symbol, NULL, "module", &made, why, sizeof why)) {
        if (made.follow_count > WATCH_FOLLOWS_MAX || (!made.text && !made.size))
            abort();
        for (unsigned i = 0; i < made.follow_count; i++)
            if (made.follows[i].first > made.follows[i].end || made.follows[i].end > entry->expression_size)
                abort();
    } else if (!memchr(why, '\0', sizeof why) || !*why) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = strndup((const char *)bytes, size);
    const size_t used = strlen(text) + 1;
    const char *at = text, *problem;
    struct watch_entry entry;
    struct typed_symbol symbols[8];
    char names[8][WATCH_SYMBOL_BYTES];
    size_t count = 0;
    while (watch_entry_next(&at, &entry, &problem)) {
        if (entry.text < text || entry.text + entry.size > text + used)
            abort();
        if (problem)
            continue;
        plan(&entry);
        if (count < 8) {
            strcpy(names[count], entry.symbol);
            symbols[count] = (struct typed_symbol){.name = names[count]};
            count++;
        }
    }
    if (used < size) {
        uint8_t *image = malloc(size - used); /* the sanitizer watches its end */
        memcpy(image, bytes + used, size - used);
        (void)typed_symbols_find(image, size - used, symbols, count);
        free(image);
    }
    free(text);
    return 0;
}
