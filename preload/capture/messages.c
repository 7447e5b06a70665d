/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See capture/messages.h. */
#include "capture/messages.h"

#include "base/io.h"
#include "proc/symbols.h"
#include "state/config.h"
#include "state/fault.h"

static void add_text_at(struct safe_text *info, const char *key, uint64_t address)
{
    char text[1024];
    long n = safe_read_string(address, text, sizeof text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n <= 0)
        return;
    safe_text_add(info, key);
    safe_text_add_line(info, text, (size_t)n);
    safe_text_add(info, "\n");
}

static uint64_t pointer_at(uint64_t variable)
{
    uint64_t at = 0;
    return variable && safe_read_memory(variable, &at, sizeof at) == 0 ? at : 0;
}

static void add_string(struct safe_text *line, uint64_t address)
{
    char text[512];
    long n = safe_read_string(address, text, sizeof text);
    safe_text_add_line(line, text, n > 0 ? (size_t)n : 0);
}

/* A libc that keeps no message of its own has printed this (musl src/exit/assert.c). */
static void add_assertion(struct safe_text *info)
{
    const struct safe_assertion *failed = &safe_assertion;
    if (failed->tid != safe_fault.tid)
        return;
    safe_text_add(info, "abort_msg=Assertion failed: ");
    add_string(info, (uint64_t)failed->expression);
    safe_text_add(info, " (");
    add_string(info, (uint64_t)failed->file);
    safe_text_add(info, ": ");
    add_string(info, (uint64_t)failed->function);
    safe_text_add(info, ": ");
    safe_text_add_u64(info, failed->line);
    safe_text_add(info, ")\n");
}

void safe_messages_add(struct safe_text *info)
{
    /* struct abort_msg_s {unsigned size; char msg[];} (glibc include/stdlib.h) */
    uint64_t at = pointer_at(crumple_config->abort_msg), variable = 0;
    struct safe_object object;
    if (at)
        add_text_at(info, "abort_msg=", at + sizeof(unsigned));
    else if (!crumple_config->abort_msg)
        add_assertion(info);
    /* char *__glib_assert_msg (glib/gtestutils.c) */
    for (bool more = safe_symbols_first(&object); more && !variable; more = safe_symbols_next(&object))
        variable = safe_symbols_find(&object, "__glib_assert_msg", NULL);
    at = pointer_at(variable);
    if (at)
        add_text_at(info, "glib_msg=", at);
}
