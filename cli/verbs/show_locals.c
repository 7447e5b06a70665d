/* SPDX-License-Identifier: MIT */
/* show --locals: see verbs/show_locals.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "read/report.h"
#include "screen/out.h"
#include "screen/verb.h"
#include "verbs/show_locals.h"

int show_locals_room(void)
{
    return memfd_create("crumple-core", MFD_CLOEXEC);
}

json_t *show_locals_find(const struct show_bundle *bundle, int room, const struct locals_wish *wish,
                         int *ret_status)
{
    const char *reason, *why = show_why_no_values(bundle->report);
    json_t *frames = NULL;

    *ret_status = VERB_OK;
    if (why) {
        say("no variables: '%s': %s", bundle->path, why);
        return NULL;
    }
    int error = room < 0 ? -ENOMEM : bundle_copy_core(bundle->reader, room);

    if (error == -ENODATA) {
        say("no variables: '%s' holds no core", bundle->path);
        return NULL;
    }
    if (error < 0) {
        say("no variables: '%s': %s", bundle->path,
            error == -EBADMSG ? bundle_reason(bundle->reader) : strerror(-error));
        *ret_status = VERB_DAMAGED;
        return NULL;
    }
    if (locals_find(bundle->report, room, wish, &frames, &reason) < 0)
        say("some variables are missing: %s", reason);
    return frames;
}

void show_locals_add(json_t *report, const json_t *frames)
{
    json_t *thread = json_array_get(json_object_get(report, "threads"), 0);
    json_t *locals, *frame;
    size_t i;

    json_array_foreach(json_object_get(thread, "frames"), i, frame)
    {
        locals = json_object_get(json_array_get(frames, i), "locals");
        if (locals)
            json_object_set(frame, "locals", locals);
    }
}
