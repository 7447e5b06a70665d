/* SPDX-License-Identifier: MIT */
/* What Go's runtime printed, and, behind the first NUL, the build information of the program: as reports and as the bundle's member. */
#include "fuzz_died.h"
#include "report/go_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char info[] = "event=died\nend=go\nend_status=2\nexe=/srv/alpha\n";
    const uint8_t *nul = size ? memchr(bytes, '\0', size) : NULL;
    const size_t dump = nul ? (size_t)(nul - bytes) : size;
    struct buffer notes = {0}, member = {0};
    notes_add(&notes, CRUMPLE_NOTE_INFO, info, sizeof info - 1);
    notes_add(&notes, CRUMPLE_NOTE_STDERR, bytes, dump);
    notes_add(&notes, CRUMPLE_NOTE_GO_DUMP, bytes, dump);
    notes_add(&notes, CRUMPLE_NOTE_GO_BUILD, nul ? nul + 1 : NULL, nul ? size - dump - 1 : 0);
    go_dump_member((struct core_span){bytes, dump}, &member);
    buffer_release(&member);
    fuzz_died(&notes);
    return 0;
}
