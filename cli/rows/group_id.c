/* SPDX-License-Identifier: MIT */
/* Names of groups: see rows/group_id.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "read/report.h"
#include "rows/group_id.h"
#include "fnv.h"

#define BITS       28 /* of an id */
#define DIGITS_MIN 3  /* of the beginning of one */

const char *group_name(const json_t *row)
{
    const char *signature = report_string(row, "signature"), *title = report_string(row, "title");

    return signature ? signature : title ? title : "";
}

/* FNV-1a, whose last characters move few bits; the end of MurmurHash3 spreads them. */
void group_id(const char *name, char ret_id[static GROUP_ID_BYTES])
{
    uint64_t hash = fnv_add(FNV_BASIS, name, strlen(name));

    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    snprintf(ret_id, GROUP_ID_BYTES, "g%07x", (unsigned)(hash >> (64 - BITS)));
}

bool group_id_is(const char *word)
{
    const size_t digits = word[0] == 'g' ? strspn(word + 1, "0123456789abcdef") : 0;

    return digits >= DIGITS_MIN && digits < GROUP_ID_BYTES - 1 && !word[1 + digits];
}
