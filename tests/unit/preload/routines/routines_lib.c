/* SPDX-License-Identifier: MIT */
/* Start routines to be named: built stripped and not, with either hash table, by tests/unit/preload/routines/test_table.c.
 */
#define EXPORTED __attribute__((visibility("default")))

typedef void *routine(void *);

EXPORTED void *lib_exported(void *argument);
EXPORTED void *lib_other(void *argument);
EXPORTED routine *lib_static_routine(void);
EXPORTED routine *lib_native_routine(void);

void *lib_exported(void *argument)
{
    return argument;
}

void *lib_other(void *argument)
{
    return (char *)argument + 1;
}

static void *conn_static(void *argument)
{
    return (char *)argument + 2;
}

routine *lib_static_routine(void)
{
    return conn_static;
}

/* As in a program with libstdc++ linked statically. */
static void *execute_native_thread_routine(void *argument)
{
    return (char *)argument + 3;
}

routine *lib_native_routine(void)
{
    return execute_native_thread_routine;
}
