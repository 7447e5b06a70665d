/* SPDX-License-Identifier: MIT */
/*
 * A library with variables of all kinds; with -DBYSTANDER another one, under other
 * names; with -DREPLACED what an update brings. */
#include "globals.h"

#ifndef BYSTANDER
int lib_data = 5, lib_bss;
#ifdef REPLACED
const int lib_new[64] = {1}, lib_const = 111;
#else
const int lib_const = 11;
#endif
__thread int lib_tls = 3;
static int helper(void)
{
    return 1;
}
int (*const lib_relro)(void) = helper;
int *lib_pointer = &lib_data;

void library_call(void (*function)(void))
{
    lib_data = 7;
    lib_bss = 8;
    lib_tls = 9;
    function();
}
#else
int bystander_data = 5, bystander_bss;
const int bystander_const = 12;
int *const bystander_relro = &bystander_data;

void bystander_touch(void)
{
    bystander_data = 7;
    bystander_bss = 8;
}
#endif
