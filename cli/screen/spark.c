/* SPDX-License-Identifier: MIT */
/* Small bars: see screen/spark.h. */
#include <string.h>

#include "base/text.h"
#include "screen/spark.h"

#define LEVELS 8

void spark_put(const uint64_t *numbers, size_t count, char *text)
{
    static const char levels[2][LEVELS][SPARK_CELL_BYTES] = {
        {"_", ".", ":", "-", "=", "+", "*", "#"},
        {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"},
    };
    uint64_t most = 1;

    for (size_t i = 0; i < count; i++)
        most = numbers[i] > most ? numbers[i] : most;
    for (size_t i = 0; i < count; i++) {
        const double share = (double)numbers[i] / (double)most;
        const size_t level = numbers[i] ? 1 + (size_t)(share * (LEVELS - 2) + 0.5) : 0;
        const char *cell = levels[text_is_utf8()][level];
        memcpy(text, cell, strlen(cell) + 1);
        text += strlen(cell);
    }
}
