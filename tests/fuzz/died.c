/* SPDX-License-Identifier: MIT */
/* An end that crumple-run saw, or an error that a server only logged (event=logged): keys of the note before the first NUL, and output of
 * the process behind it, as reports. */
#include "fuzz_died.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *nul = size ? memchr(bytes, '\0', size) : NULL;
    const size_t keys = nul ? (size_t)(nul - bytes) : size, output = nul ? size - keys - 1 : 0;
    struct buffer info = {0}, notes = {0};
    buffer_add_text(&info, "event=died\n");
    buffer_add(&info, bytes, keys);
    notes_add(&notes, CRUMPLE_NOTE_INFO, info.data, info.size);
    notes_add(&notes, CRUMPLE_NOTE_STDERR, nul ? nul + 1 : NULL, output);
    notes_add(&notes, CRUMPLE_NOTE_LOGGED, nul ? nul + 1 : NULL, output);
    notes_add(&notes, CRUMPLE_NOTE_LAST_LOGGED, nul ? nul + 1 : NULL, output);
    buffer_release(&info);
    fuzz_died(&notes);
    return 0;
}
