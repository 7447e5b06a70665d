/* SPDX-License-Identifier: MIT */
/* Prints the tables of crumple: see rows.h. */
#include "rows.h"
#include "verbs/verbs.h"

int main(void)
{
    for (const struct verb *const *verb = verbs_all; *verb; verb++)
        rows_put_verb(*verb, (*verb)->name);
    return 0;
}
