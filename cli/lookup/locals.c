/* SPDX-License-Identifier: MIT */
/* Local variables from a child: see lookup/locals.h. It answers for each frame with one line of JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lookup/child.h"
#include "lookup/entry.h"
#include "lookup/locals.h"
#include "read/report.h"
#include "secret_name.h"
#include "typed_deadline.h"
#include "typed_locals.h"
#include "typed_name.h"

#define DEADLINE_MS    20000
#define VALUE_BYTES    1024
#define VALUE_MAX      8192
#define ELEMENTS_WHOLE 64
#define TEXT_WHOLE     1000

struct work {
    const struct locals_wish *wish;
    struct frame_memory memory;
    struct typed_memory reader;
    struct typed_limits limits;
    int64_t deadline_ms;
};

static json_t *text_json(const char *text)
{
    char *clean = text_to_utf8(text);
    json_t *json = clean ? json_string(clean) : NULL;

    free(clean);
    return json ? json : json_null();
}

static json_t *value_json(const struct work *work, const struct typed_type *type,
                          const struct typed_value *value)
{
    char text[VALUE_MAX];

    (void)typed_print(type, value, &work->reader, &work->limits, text,
                      work->wish->whole ? sizeof text : VALUE_BYTES);
    return text_json(text);
}

/* What a pointer to a struct or a number leads to. Text stands behind its pointer already. */
static json_t *target_json(const struct work *work, const struct typed_local *local)
{
    struct typed_type to;
    uint64_t address = 0;

    if (!typed_pointee(&local->type, &to) || typed_is_reference(&local->type))
        return NULL;
    enum typed_kind kind = typed_kind(&to);
    if (kind == TYPED_OTHER || kind == TYPED_CHAR || kind == TYPED_POINTER || kind == TYPED_ARRAY)
        return NULL;
    if (local->value.bytes && local->value.size >= sizeof address && !local->value.known)
        memcpy(&address, local->value.bytes, sizeof address);
    else if (local->value.bytes && local->value.size >= sizeof address &&
             !memchr(local->value.known, 0, sizeof address))
        memcpy(&address, local->value.bytes, sizeof address);
    else if (!local->value.address ||
             !typed_read(&work->reader, local->value.address, &address, sizeof address))
        return NULL;
    return address ? value_json(work, &to, &(struct typed_value){.address = address}) : NULL;
}

struct answer {
    const struct work *work;
    json_t *locals;
};

static bool take_local(const struct typed_local *local, void *context)
{
    const struct answer *answer = context;
    const bool is_secret = !answer->work->wish->secrets && secret_name_is(local->name, strlen(local->name));
    char type[TYPED_NAME_BYTES];
    json_t *json = json_object(), *target = NULL, *value = NULL;

    (void)typed_name(&local->type, type, sizeof type);
    if (is_secret)
        value = json_string(TYPED_SECRET);
    else if (!local->note) {
        value = value_json(answer->work, &local->type, &local->value);
        target = target_json(answer->work, local);
    }
    json_object_set_new(json, "name", text_json(local->name));
    json_object_set_new(json, "type", text_json(type));
    json_object_set_new(json, "kind", json_string(local->is_argument ? "argument" : "local"));
    json_object_set_new(json, "value", value ? value : json_null());
    json_object_set_new(json, "note", local->note && !is_secret ? json_string(local->note) : json_null());
    json_object_set_new(json, "inlined", json_integer((json_int_t)local->inlined));
    if (target)
        json_object_set_new(json, "points_to", target);
    return json_array_append_new(answer->locals, json) == 0;
}

/* A signal frame and a thread's first frame are at the instruction itself, the others behind a call. */
static bool is_exact(const json_t *frame)
{
    const char *trust = report_string(frame, "trust");

    return trust && strcmp(trust, "context") == 0;
}

static json_t *missing_json(const char *why)
{
    return json_pack("{s:s}", "missing", why);
}

static json_t *answer_frame(struct work *work, const json_t *frame, size_t index)
{
    const char *path = report_string(frame, "module"), *build_id = report_string(frame, "build_id");
    struct answer answer = {work, NULL};
    struct entry entry = {&work->memory, &work->reader, index, 0};
    struct typed_frame registers;
    uint64_t offset, bias, pc;
    Dwarf_Die unit;

    if (!path || report_address(frame, "offset", &offset) < 0 || report_address(frame, "pc", &pc) < 0)
        return missing_json("no module");
    if (!build_id)
        return missing_json("no build-id");
    struct module *module = modules_find(work->memory.modules, path, build_id);
    if (!module)
        return missing_json("no file");
    if (!modules_has_units(module))
        return missing_json("no debug information");
    uint64_t at = offset - (!is_exact(frame) && offset > 0);
    if (!modules_unit(module, at, &unit, &bias))
        return missing_json("not described");
    frame_memory_registers(&work->memory, index, &registers);
    registers.bias = pc - offset - bias;
    entry_set(&entry, &registers);
    answer.locals = json_array();
    int count =
        typed_locals(&unit, at + bias, &registers, &work->reader, work->deadline_ms, take_local, &answer);
    if (count >= 0)
        return json_pack("{s:o}", "locals", answer.locals);
    json_decref(answer.locals);
    return missing_json(count == -ETIME ? "it took too long" : "not described");
}

/* In the child. */
static void answer_all(FILE *to, void *context)
{
    struct work *work = context;
    const json_t *thread = json_array_get(json_object_get(work->memory.report, "threads"), 0), *frame;
    size_t i;

    work->deadline_ms = typed_now_ms() + DEADLINE_MS;
    work->memory.modules = modules_new(work->wish->sources);
    json_array_foreach(json_object_get(thread, "frames"), i, frame)
    {
        if (work->wish->frames && i == work->wish->frames)
            break;
        json_t *answer = work->memory.modules ? answer_frame(work, frame, i) : NULL;

        if (json_dumpf(answer, to, JSON_COMPACT) < 0)
            fputs("{}", to);
        fputc('\n', to);
        json_decref(answer);
    }
    modules_free(work->memory.modules);
}

static int take_answer(const char *line, size_t len, void *context)
{
    json_t *answer = json_loadb(line, len, 0, NULL);

    return json_is_object(answer) && json_array_append_new(context, answer) == 0 ? 0 : -EBADMSG;
}

int locals_find(const json_t *report, int core_fd, const struct locals_wish *wish, json_t **ret_frames,
                const char **ret_reason)
{
    struct core_memory *core = NULL;
    int error = core_memory_open(core_fd, &core);

    *ret_frames = json_array();
    *ret_reason = error == -EBADMSG ? "the core is damaged" : "memory is short";
    if (error < 0)
        return error;
    struct work work = {.wish = wish, .memory = {.core = core, .report = report}};
    work.reader = frame_memory_of(&work.memory);
    work.limits = (struct typed_limits){
        .elements = wish->whole ? ELEMENTS_WHOLE : 0,
        .text = wish->whole ? TEXT_WHOLE : 0,
        .function = frame_memory_function,
        .context = &work.memory,
        .is_secret = wish->secrets ? NULL : secret_name_is,
    };
    error = lookup_child_run(answer_all, &work, take_answer, *ret_frames, ret_reason);
    core_memory_close(core);
    return error;
}
