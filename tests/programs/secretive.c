/* SPDX-License-Identifier: MIT */
/*
 * A program that keeps secrets, and faults. secretive FILE ...: FILE has one of 16 letters a line: for a tag of the thread,
 * a global variable, the stack, memory that the stack points to, general registers, vector registers. None is in the
 * program itself, and the arguments besides are the test's; the last one is told as an event.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crumple.h"

#define SIZE 16

char g_key[SIZE + 1];     /* watched */
volatile long g_tick = 7; /* watched, and no secret */

/* The registers are what they are when the write faults. */
__attribute__((noinline)) static void end(const char *whole, const char *vector)
{
    long words[2];
    memcpy(words, whole, sizeof words);
    __asm__ volatile("movups (%2), %%xmm13\n\t"
                     "mov %0, %%r13\n\t"
                     "mov %1, %%r14\n\t"
                     "movl $1, 0\n\t"
                     :
                     : "r"(words[0]), "r"(words[1]), "r"(vector)
                     : "r13", "r14", "xmm13", "memory");
}

__attribute__((noinline)) static void work(char lines[][SIZE + 1])
{
    char stack[SIZE + 1];
    char *volatile heap = malloc(SIZE + 1);
    memcpy(stack, lines[2], sizeof stack);
    memcpy(heap, lines[3], SIZE + 1);
    end(lines[4], lines[5]);
    write(-1, stack, (size_t)heap[0]);
}

int main(int argc, char **argv)
{
    char lines[6][SIZE + 1];
    int fd = open(argc > 1 ? argv[1] : "/dev/null", O_RDONLY);
    if (read(fd, lines, sizeof lines) != sizeof lines)
        return 2;
    for (int i = 0; i < 6; i++)
        lines[i][SIZE] = '\0';
    crumple_tag("!who", "%s", lines[0]);
    crumple_tag("room", "%s", "lobby");
    if (argc > 4)
        crumple_event("joined by %s", argv[4]);
    memcpy(g_key, lines[1], SIZE);
    work(lines);
    return 0;
}
