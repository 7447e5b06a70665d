/* SPDX-License-Identifier: MIT */
/* A line of crashes.ndjson. */
#include "base/when.h"
#include "ledger/event_line.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *scratch = malloc(size + 1), *line = malloc(size + 1);
    struct event_line parsed;

    if (!scratch || !line)
        abort();
    for (size_t i = 0; i < size; i++)
        line[i] = (char)bytes[i];
    if (event_line_parse(line, size, scratch, &parsed) == 0)
        (void)when_parse(parsed.event);
    free(scratch);
    free(line);
    return 0;
}
