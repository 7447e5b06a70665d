/* SPDX-License-Identifier: MIT */
/* Faults inside of libc: with its locks held, with none, and in the heap it has been given to ruin. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static volatile size_t result;

static void printf_bad(void)
{
    printf("%s\n", poison.text);
    STAY();
}

static void puts_bad(void)
{
    puts(poison.text);
    STAY();
}

static void fwrite_bad_stdout(void)
{
    fwrite(poison.text, 1, 100, stdout);
    STAY();
}

/* The time is read before the time zone's lock is taken, the result is written under it. */
static void localtime_bad(void)
{
    static struct tm spare;
    time_t now = 0;
    localtime_r(&now, armed ? (struct tm *)poison.text : &spare);
    STAY();
}

static void snprintf_bad(void)
{
    snprintf(sink, sizeof sink, "%s", poison.text);
    STAY();
}

static void strchr_bad(void)
{
    result = strchr(poison.text, 'x') != NULL;
}

static void wcslen_bad(void)
{
    result = wcslen((const wchar_t *)(const void *)poison.text);
}

static void strtol_bad(void)
{
    result = (size_t)strtol(poison.text, NULL, 10);
}

static void getenv_bad(void)
{
    result = getenv(poison.text) != NULL;
}

/* Two words of a freed block's list pointers; behind it a block that is in use, so that they stay lists. */
static void ruin_free_list(size_t word, size_t value)
{
    volatile size_t *volatile block = malloc(3000);
    char *volatile neighbour = malloc(3000);
    if (!armed) {
        free((void *)block);
        free(neighbour);
        return;
    }
    free((void *)block);
    block[word] = value;
}

/* malloc follows the list into nowhere, with the arena's lock held. */
static void malloc_bad(void)
{
    ruin_free_list(1, 16);
    void *volatile block = malloc(5000);
    free(block);
}

static void malloc_bad_guard(void)
{
    pthread_mutex_lock(&locks.mutex);
    malloc_bad();
    pthread_mutex_unlock(&locks.mutex);
}

/* malloc sees by itself that the heap is ruined. */
static void malloc_abort(void)
{
    ruin_free_list((size_t)-1, 7);
    void *volatile block = malloc(5000);
    free(block);
}

const struct recovery_case libc_cases[] = {
    {"printf_bad", printf_bad},
    {"puts_bad", puts_bad},
    {"fwrite_bad_stdout", fwrite_bad_stdout},
    {"localtime_bad", localtime_bad},
    {"snprintf_bad", snprintf_bad},
    {"strchr_bad", strchr_bad},
    {"wcslen_bad", wcslen_bad},
    {"strtol_bad", strtol_bad},
    {"getenv_bad", getenv_bad},
    {"malloc_bad_guard", malloc_bad_guard},
    {"malloc_bad", malloc_bad},
    {"malloc_abort", malloc_abort},
    {NULL, NULL},
};
