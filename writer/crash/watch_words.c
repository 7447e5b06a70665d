/* SPDX-License-Identifier: MIT */
#include "crash/watch_words.h"

#include <stdlib.h>

static void release_value(struct watch_value *value)
{
    free(value->text);
    free(value->error);
    free(value->broke_at);
}

void watch_words_release(struct watch_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        struct watch_result *item = &words->items[i];
        release_value(&item->value);
        for (size_t j = 0; item->threads && j < item->thread_count; j++)
            release_value(&item->threads[j]);
        free(item->threads);
    }
    free(words->items);
    *words = (struct watch_words){0};
}
