/* SPDX-License-Identifier: MIT */
/* Which frames of the dying goroutine are the runtime's way to end, and where the cause is. */
#include <string.h>

#include "go_dump.h"

static bool is_panic(const struct go_frame *frame)
{
    static const char *const names[] = {"panic", "runtime.gopanic"};
    for (size_t i = 0; i < 2; i++)
        if (go_text_is(frame->function, names[i]))
            return true;
    return false;
}

struct go_text go_dump_package(struct go_text function)
{
    /* The last slash is of the path, unless it is of a type's: "main.Map[go.shape/x]". */
    const char *bracket = memchr(function.at, '[', function.size);
    const char *parenthesis = memchr(function.at, '(', function.size);
    const char *end = function.at + function.size;
    end = bracket && bracket < end ? bracket : end;
    end = parenthesis && parenthesis < end ? parenthesis : end;
    const char *slash = memrchr(function.at, '/', (size_t)(end - function.at));
    const char *from = slash ? slash : function.at;
    const char *dot = memchr(from, '.', (size_t)(end - from));
    return (struct go_text){function.at, (size_t)((dot ? dot : end) - function.at)};
}

bool go_dump_is_standard(struct go_text function)
{
    struct go_text package = go_dump_package(function);
    const char *slash = memchr(package.at, '/', package.size);
    const size_t first = slash ? (size_t)(slash - package.at) : package.size;
    if (go_text_is(package, "main"))
        return false;
    /* What go build calls a plugin, a test binary, and a package outside of a module. */
    if (go_text_begins(package, "plugin/unnamed-") || go_text_begins(package, "command-line-arguments") ||
        go_text_begins(package, "_/"))
        return false;
    return first > 0 && !memchr(package.at, '.', first);
}

bool go_dump_is_runtime(const struct go_frame *frame)
{
    static const char *const begins[] = {"runtime.", "runtime/", "internal/runtime/"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (go_text_begins(frame->function, begins[i]))
            return true;
    /* "sync.fatal" and others are of the runtime under another package's name. */
    return is_panic(frame) ||
           (go_dump_is_standard(frame->function) &&
            (go_text_begins(frame->file, "runtime/") ||
             memmem(frame->file.at, frame->file.size, "/src/runtime/", sizeof "/src/runtime/" - 1)));
}

size_t go_dump_end_frames(const struct go_dump *dump)
{
    if (dump->group_count == 0 || dump->is_sent)
        return 0;
    const struct go_group *dying = &dump->groups[0];
    const struct go_frame *frames = dump->frames + dying->frame;
    size_t first = 0;
    for (size_t i = 0; i < dying->frame_count && dump->kind == GO_DUMP_PANIC; i++)
        if (is_panic(&frames[i]))
            first = i + 1;
    while (first < dying->frame_count && go_dump_is_runtime(&frames[first]))
        first++;
    return first < dying->frame_count ? first : 0;
}
