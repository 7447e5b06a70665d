/* SPDX-License-Identifier: MIT */
/* A library in C that a module calls. */
#include <stddef.h>
#include <stdlib.h>

void physics_step(int is_checked);

struct body {
    int x, y, speed;
};

__attribute__((noinline)) void physics_move(struct body *volatile body);
__attribute__((noinline)) void physics_move(struct body *volatile body)
{
    body->speed = 1;
    __asm__ volatile("");
}

void physics_step(int is_checked)
{
    if (is_checked)
        abort();
    physics_move(NULL);
    __asm__ volatile("");
}
