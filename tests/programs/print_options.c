/* SPDX-License-Identifier: MIT */
/* Prints docs/configuration.md's table from the one list of options. */
#include <stdio.h>
#include <string.h>

#include "crumple_options.h"

static void print_row(const char *name, const char *kind, const char *fallback, unsigned long long min,
                      unsigned long long max, const char *help)
{
    char words[128];
    snprintf(words, sizeof words, "%s", fallback);
    if (strcmp(kind, "CHOICE") == 0) {
        char *p;
        printf("| `%s` | `%s` | one of ", name, strtok(words, " "));
        for (p = words; p; p = strtok(NULL, " "))
            printf("%s`%s`", p == words ? "" : ", ", p);
    } else {
        printf("| `%s` | %s%s%s | %s", name, *fallback ? "`" : "", fallback, *fallback ? "`" : "",
               strcmp(kind, "SWITCH") == 0                                 ? "0 or 1"
               : strcmp(kind, "PATH") == 0                                 ? "absolute path"
               : strcmp(kind, "GLOB") == 0                                 ? "shell pattern"
               : strcmp(kind, "TEXT") == 0 || strcmp(kind, "PATHS") == 0   ? "list"
               : strcmp(kind, "TIME") == 0                                 ? "time"
               : strcmp(kind, "SIGNALS") == 0                              ? "`thread`, `off` or a list"
               : strcmp(kind, "RULES") == 0                                ? "list of `PATTERN=ACTION`"
               : strcmp(kind, "BREAKER") == 0 || strcmp(kind, "KEEP") == 0 ? "list of `KEY=VALUE`"
               : strcmp(kind, "BACKOFF") == 0                              ? "`TIME..TIME,COUNT/TIME`"
                                                                           : "size");
        if (strcmp(kind, "TIME") == 0)
            printf(", %llums to %llus", min / 1000000, max / 1000000000);
        if (strcmp(kind, "SIZE") == 0)
            printf(", %llu to %lluM", min, max >> 20);
    }
    printf(" | %s |\n", help);
}

int main(void)
{
    printf("| variable | default | values | meaning |\n|---|---|---|---|\n");
#define PRINT(name, member, kind, fallback, min, max, help) print_row(#name, #kind, fallback, min, max, help);
    CRUMPLE_OPTIONS(PRINT)
    return 0;
}
