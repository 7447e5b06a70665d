/* SPDX-License-Identifier: MIT */
/*
 * A function for PostgreSQL 15 that writes through NULL. The server's headers are a large package; this is
 * all that it wants to see of a library (its fmgr.h: Pg_magic_struct, Pg_finfo_record).
 */
#include <stddef.h>

static const struct {
    int length, version, arguments, index_keys, name_bytes, float8_by_value;
    char abi[32];
} magic = {sizeof magic, 1500, 100, 32, 64, 1, "PostgreSQL"};

static const struct {
    int api;
} record = {1};

const void *Pg_magic_func(void);
const void *pg_finfo_pg_null_write(void);
long pg_null_write(void *call);

const void *Pg_magic_func(void)
{
    return &magic;
}

const void *pg_finfo_pg_null_write(void)
{
    return &record;
}

__attribute__((noinline, noipa)) long pg_null_write(void *call)
{
    (void)call;
    *(volatile int *)NULL = 1;
    return 0;
}
