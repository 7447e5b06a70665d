/* SPDX-License-Identifier: MIT */
/* Prints the table of crumple-drill: see rows.h. */
#include "rows.h"
#include "verb.h"

int main(void)
{
    rows_put_verb(&drill_verb, "crumple-drill");
    return 0;
}
