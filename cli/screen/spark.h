/* SPDX-License-Identifier: MIT */
/* A row of numbers as a line of small bars. */
#ifndef CRUMPLE_CLI_SCREEN_SPARK_H
#define CRUMPLE_CLI_SCREEN_SPARK_H

#include <stddef.h>
#include <stdint.h>

#define SPARK_CELL_BYTES 4 /* of one number, with room for a NUL */

/** One cell a number, ASCII where the terminal understands no UTF-8. The lowest bar is 0, and nothing else; the highest one is
 * the greatest of these numbers. text has count * SPARK_CELL_BYTES bytes. */
void spark_put(const uint64_t *numbers, size_t count, char *text);

#endif
