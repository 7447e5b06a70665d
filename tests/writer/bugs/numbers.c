/* SPDX-License-Identifier: MIT */
/* Bugs of arithmetic and of indices: averages of nothing, wild indices, read-only text. */
#include "bugs.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct samples {
    long sum;
    int count;
};

static long average(const struct samples *samples)
{
    return samples->sum / samples->count;
}

/* The average of no samples. */
static void average_of_nothing(void)
{
    struct samples samples = {.sum = 100, .count = input};
    input = (int)average(&samples);
}

static unsigned bucket_of(unsigned key, unsigned buckets)
{
    return key % buckets;
}

static unsigned choose_backend(unsigned client)
{
    unsigned backends = (unsigned)input;
    return bucket_of(client * 2654435761u, backends);
}

/* The remainder by zero backends: the same signal, another bug. */
static void no_backend_left(void)
{
    input = (int)choose_backend(17);
}

static int table[64];

static void count_status(long status)
{
    table[status]++;
}

/* An index from the wire, used without a check. */
static void wild_index(void)
{
    count_status(((long)1 << 40) + input);
}

static void trim_in_place(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = 0;
}

/* A literal is not an array: a write to read-only memory. */
static void trim_literal(void)
{
    trim_in_place(as_read((char *)(uintptr_t) "padded   "));
}

const struct bug number_bugs[] = {
    {"average-of-nothing", average_of_nothing},
    {"no-backend-left", no_backend_left},
    {"wild-index", wild_index},
    {"trim-literal", trim_literal},
    {NULL, NULL},
};
