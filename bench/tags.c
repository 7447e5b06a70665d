/* SPDX-License-Identifier: MIT */
/*
 * What crumple_tag costs: tags CALLS ROUNDS, one line: nanoseconds of a call of crumple_tag("match_id", "%d", id), of
 * snprintf of the same text into a variable, and of a copy of 96 bytes; each the best of the rounds, which take turns, so
 * that all meet the same noise. Without crumple the first is that of the check for it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crumple.h"

static char place[96], other[96];

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void tag(int id)
{
    crumple_tag("match_id", "%d", id);
}

static void event(int id)
{
    crumple_event("player %d joined", id);
}

static void print(int id)
{
    snprintf(place, sizeof place, "%d", id);
    __asm__ volatile("" : : : "memory");
}

static void copy(int id)
{
    other[0] = (char)id;
    memcpy(place, other, sizeof place);
    __asm__ volatile("" : : : "memory");
}

static void (*const ways[])(int) = {tag, print, copy, event};
#define WAYS (sizeof ways / sizeof ways[0])

int main(int argc, char **argv)
{
    const int calls = argc > 1 ? atoi(argv[1]) : 1000000, rounds = argc > 2 ? atoi(argv[2]) : 9;
    double best[WAYS] = {0};
    for (int round = 0; round < rounds; round++)
        for (size_t way = 0; way < WAYS; way++) {
            const uint64_t from = now_ns();
            for (int i = 0; i < calls; i++)
                ways[way](100000 + (i & 0xffff));
            const double ns = (double)(now_ns() - from) / calls;
            if (round == 0 || ns < best[way])
                best[way] = ns;
        }
    printf(
        "crumple_tag %.1f ns, snprintf %.1f ns, copy %.1f ns, ratio to snprintf %.2f; crumple_event %.1f ns\n",
        best[0], best[1], best[2], best[0] / best[1], best[3]);
    return 0;
}
