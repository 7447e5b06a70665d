/* SPDX-License-Identifier: MIT */
/* Names of groups: see rows/group_id.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "read/report.h"
#include "rows/group_id.h"

#define BITS       28 /* of an id */
#define DIGITS_MIN 3  /* of the beginning of one */

const char *group_name(const json_t *row)
{
    const char *signature = report_string(row, "signature"), *title = report_string(row, "title");

    return signature ? signature : title ? title : "";
}

/* FNV-1a of 64 bits, folded. */
void group_id(const char *name, char ret_id[static GROUP_ID_BYTES])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    hash ^= hash >> BITS ^ hash >> 2 * BITS;
    snprintf(ret_id, GROUP_ID_BYTES, "g%07x", (unsigned)(hash & ((1u << BITS) - 1)));
}

bool group_id_is(const char *word)
{
    const size_t digits = word[0] == 'g' ? strspn(word + 1, "0123456789abcdef") : 0;

    return digits >= DIGITS_MIN && digits < GROUP_ID_BYTES - 1 && !word[1 + digits];
}
