/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "base/redact.h"
#include "report/go_report.h"

#define GROUPS_SHOWN 40
#define FRAMES_SHOWN 12 /* of a group */

static void add_clean(struct go_text text, struct buffer *out)
{
    buffer_add_clean(out, text.at, text.size);
}

static struct go_text base_name(struct go_text path)
{
    const char *slash = path.size ? memrchr(path.at, '/', path.size) : NULL;
    return slash ? (struct go_text){slash + 1, path.size - (size_t)(slash + 1 - path.at)} : path;
}

static void add_place(struct go_text function, struct go_text file, uint64_t line, struct buffer *out)
{
    add_clean(function, out);
    if (!file.size)
        return;
    buffer_add_text(out, " (");
    add_clean(base_name(file), out);
    buffer_format(out, ":%" PRIu64 ")", line);
}

/* ", 5 to 7 minutes" */
static void add_wait(const struct go_group *group, struct buffer *out)
{
    if (group->wait_least != group->wait_most)
        buffer_format(out, ", %" PRIu64 " to %" PRIu64 " minutes", group->wait_least, group->wait_most);
    else if (group->wait_most)
        buffer_format(out, ", %" PRIu64 " minute%s", group->wait_most, group->wait_most == 1 ? "" : "s");
}

/* Nothing of it but the runtime's own: the garbage collector, timers. */
static bool is_system(const struct go_dump *dump, const struct go_group *group)
{
    for (size_t i = 0; i < group->frame_count; i++)
        if (!go_dump_is_runtime(&dump->frames[group->frame + i]))
            return false;
    return group->frame_count > 0;
}

static void add_frames(const struct go_dump *dump, const struct go_group *group, struct buffer *out)
{
    size_t first = 0, shown = 0;
    const struct go_frame *frames = dump->frames + group->frame;
    /* How a goroutine waits is its state. */
    while (first < group->frame_count && go_dump_is_runtime(&frames[first]))
        first++;
    for (size_t i = first; i < group->frame_count && shown < FRAMES_SHOWN; i++) {
        if (go_dump_is_runtime(&frames[i]))
            continue;
        buffer_add_text(out, "    ");
        add_place(frames[i].function, frames[i].file, frames[i].line, out);
        buffer_add_char(out, '\n');
        shown++;
    }
    if (group->is_unavailable)
        buffer_add_text(out, "    it ran on another thread: Go could not see its stack\n");
    if (group->created_by.size) {
        buffer_add_text(out, "    created by ");
        add_place(group->created_by, group->created_file, group->created_line, out);
        buffer_add_char(out, '\n');
    }
}

static void add_group(const struct go_dump *dump, const struct go_group *group, struct buffer *out)
{
    buffer_format(out, "  %" PRIu64 " x %s", group->count, "");
    buffer_add_clean(out, group->state, strlen(group->state));
    add_wait(group, out);
    buffer_format(out, "%s (goroutine %" PRIu64 "%s)\n", group->is_locked ? ", locked to its thread" : "",
                  group->first, group->count > 1 ? " and others" : "");
    add_frames(dump, group, out);
}

bool go_text_is_cut(const struct crash *crash)
{
    const struct notes_end *end = &crash->notes.end;
    return crash->go.dump.is_cut || end->go_dump_lost || end->go_dump_cut;
}

void go_text_goroutine(const struct crash *crash, struct buffer *out)
{
    const struct go_dump *dump = &crash->go.dump;
    if (dump->is_sent) {
        buffer_format(out, "%" PRIu64 " goroutines", dump->goroutines);
        return;
    }
    if (dump->is_runtime_stack || dump->group_count == 0) {
        buffer_add_text(out, dump->is_runtime_stack ? "the runtime's own stack" : "no goroutine was printed");
        return;
    }
    buffer_format(out, "goroutine %" PRIu64 " [", dump->groups[0].first);
    buffer_add_clean(out, dump->groups[0].state, strlen(dump->groups[0].state));
    buffer_add_char(out, ']');
    if (dump->goroutines > 1)
        buffer_format(out, ", of %s%" PRIu64, go_text_is_cut(crash) ? "at least " : "", dump->goroutines);
}

void go_text(const struct crash *crash, struct buffer *out)
{
    const struct go_dump *dump = &crash->go.dump;
    uint64_t system = 0, left = dump->unfolded;
    size_t shown = 0;
    const size_t first = dump->is_sent ? 0 : 1;
    if (!crash->go.is_there || dump->group_count + dump->unfolded <= first)
        return;
    buffer_format(out, "\n%s, grouped by equal stacks:\n",
                  first && !dump->is_runtime_stack ? "other goroutines" : "goroutines");
    for (size_t i = first; i < dump->group_count; i++) {
        const struct go_group *group = &dump->groups[i];
        if (is_system(dump, group))
            system += group->count;
        else if (shown++ < GROUPS_SHOWN)
            add_group(dump, group, out);
        else
            left += group->count;
    }
    if (left)
        buffer_format(out, "  %" PRIu64 " more with other stacks: goroutines.txt has them\n", left);
    if (system)
        buffer_format(out, "  %" PRIu64 " of Go's runtime itself\n", system);
    if (crash->notes.end.go_dump_cut)
        buffer_add_text(out, "  the process was ended here: the runtime took too long to print the others\n");
    else if (go_text_is_cut(crash))
        buffer_format(out, "  the text of the runtime ends here: it was cut (%" PRIu64 " bytes more)\n",
                      crash->notes.end.go_dump_lost);
}

void go_dump_member(struct core_span dump, struct buffer *out)
{
    const char *at = (const char *)dump.bytes, *end = at + dump.size;
    for (const char *next; at < end; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((newline ? newline : end) - at);
        const enum go_line_kind kind = go_line_kind(at, size);
        next = newline ? newline + 1 : end;
        /* Go's own lines about frames hold numbers alone, and are most of it; the head of a goroutine may have labels. */
        if (kind == GO_LINE_OTHER || (kind == GO_LINE_GOROUTINE && memchr(at, '{', size)) ||
            kind == GO_LINE_PANIC || kind == GO_LINE_FATAL || kind == GO_LINE_RUNTIME)
            redact_argument(out, at, size, "", 0);
        else
            buffer_add(out, at, size);
        if (newline)
            buffer_add_char(out, '\n');
    }
}
