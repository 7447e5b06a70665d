/* SPDX-License-Identifier: MIT */
/* Finds the bug by its name and meets it. */
#include "bugs.h"

#include <stdio.h>
#include <string.h>

static const struct bug *const groups[] = {cache_bugs, parser_bugs, callback_bugs, number_bugs, check_bugs};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        for (const struct bug *bug = groups[i]; bug->name != NULL; bug++) {
            if (argc == 2 && strcmp(argv[1], "list") == 0)
                puts(bug->name);
            else if (argc == 2 && strcmp(argv[1], bug->name) == 0)
                bug->meet();
        }
    }
    return 0;
}
