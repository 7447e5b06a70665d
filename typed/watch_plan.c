/* SPDX-License-Identifier: MIT */
#include "watch_plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How far the expression is worked out. */
struct state {
    const struct watch_entry *entry;
    const char *module;
    struct watch_plan *plan;
    struct typed_type type;
    bool has_type;
    uint64_t size; /* of the symbol, while nothing has been added; else 0 */
    uint32_t end;  /* the expression up to here is done */
    char *why;
    size_t why_size;
};

static bool fail(struct state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct state *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->why, s->why_size, format, arguments);
    va_end(arguments);
    return false;
}

/* The expression so far, for words. */
static const char *done(const struct state *s, int *ret_size)
{
    *ret_size = (int)(s->end - s->entry->stars);
    return s->entry->expression + s->entry->stars;
}

static void add(struct state *s, int64_t bytes)
{
    struct watch_plan *plan = s->plan;
    if (plan->follow_count)
        plan->follows[plan->follow_count - 1].add += bytes;
    else
        plan->address += (uint64_t)bytes;
    s->size = 0;
}

static bool follow(struct state *s, uint32_t first)
{
    if (s->plan->follow_count == WATCH_FOLLOWS_MAX)
        return fail(s, "it follows too many pointers");
    s->plan->follows[s->plan->follow_count++] = (struct watch_follow){.first = first, .end = s->end};
    s->size = 0;
    return true;
}

/* The type of what the pointer leads to; false: it is none. */
static bool point(struct state *s)
{
    struct typed_type next;
    int size;
    const char *name = done(s, &size);
    if (!s->has_type)
        return true;
    if (!typed_pointee(&s->type, &next))
        return fail(s, "%.*s is no pointer", size, name);
    s->type = next;
    return true;
}

static bool enter(struct state *s, const struct watch_step *step)
{
    char name[TYPED_NAME_BYTES];
    struct typed_type next;
    uint64_t offset;
    int size;
    const char *so_far = done(s, &size);
    if (!s->has_type)
        return fail(
            s,
            "the type of %.*s is not known, since %s has no debug information of it: write an offset and the type, such as %.*s%s",
            size, so_far, s->module, size, so_far, step->kind == WATCH_ARROW ? "->+0x10:u32" : "+0x10:u32");
    typed_name(&s->type, name, sizeof name);
    if (s->plan->bits.size || typed_kind(&s->type) != TYPED_STRUCT)
        return fail(s, "%.*s has no members: it is of type %s", size, so_far, name);
    if (!typed_member(&s->type, step->name, &next, &offset, &s->plan->bits))
        return fail(s, "%s has no member %s", name, step->name);
    s->type = next;
    add(s, (int64_t)offset);
    return true;
}

static bool arrow(struct state *s, const struct watch_step *step)
{
    if (!s->has_type)
        return enter(s, step);
    return point(s) && follow(s, s->entry->stars) && enter(s, step);
}

static bool arrow_offset(struct state *s, const struct watch_step *step)
{
    if (!follow(s, s->entry->stars))
        return false;
    add(s, step->number);
    s->has_type = false;
    return true;
}

static bool index_at(struct state *s, const struct watch_step *step)
{
    struct typed_type next;
    uint64_t count = 0, bytes = watch_type_size(s->entry->type);
    int size;
    const char *name = done(s, &size);
    if (s->has_type) {
        if (typed_row(&s->type, &next, &count)) {
            if (count && (uint64_t)step->number >= count)
                return fail(s, "%.*s has %" PRIu64 " elements", size, name, count);
        } else if (!typed_pointee(&s->type, &next)) {
            return fail(s, "%.*s is neither an array nor a pointer", size, name);
        } else if (!follow(s, s->entry->stars)) {
            return false;
        }
        s->type = next;
        bytes = typed_size(&next);
    } else if (step != &s->entry->steps[s->entry->step_count - 1]) {
        bytes = 0;
    }
    if (!bytes)
        return fail(s, "the size of the elements of %.*s is not known: write an offset in bytes", size, name);
    add(s, step->number * (int64_t)bytes);
    return true;
}

static bool take_step(struct state *s, const struct watch_step *step)
{
    bool is_done = step->kind == WATCH_MEMBER         ? enter(s, step)
                   : step->kind == WATCH_ARROW        ? arrow(s, step)
                   : step->kind == WATCH_ARROW_OFFSET ? arrow_offset(s, step)
                                                      : index_at(s, step);
    s->end = step->end;
    return is_done;
}

static bool is_char(const struct typed_type *type)
{
    return typed_kind(type) == TYPED_CHAR;
}

/* An array of unsigned char is text if it looks like text: typed_print() looks at it. */
static bool is_text_array(const struct typed_type *element)
{
    return is_char(element) && !typed_is_unsigned(element);
}

/* How a text is reached, of what debug information knows, else of the symbol's size. */
static enum watch_text text_of(struct state *s)
{
    struct typed_type next;
    uint64_t count;
    if (!s->has_type)
        return s->size && s->size != 8 ? WATCH_TEXT_ARRAY : WATCH_TEXT_EITHER;
    if (typed_pointee(&s->type, &next))
        return is_char(&next) || s->entry->type == WATCH_STR ? WATCH_TEXT_POINTER : WATCH_NO_TEXT;
    if (typed_row(&s->type, &next, &count))
        return is_text_array(&next) || s->entry->type == WATCH_STR ? WATCH_TEXT_ARRAY : WATCH_NO_TEXT;
    return s->entry->type == WATCH_STR ? WATCH_TEXT_ARRAY : WATCH_NO_TEXT;
}

/* TYPE is written: a value of more bytes than the variable has would be partly its neighbour's. */
static bool end_told(struct state *s)
{
    struct watch_plan *plan = s->plan;
    const uint64_t known = s->has_type ? typed_size(&s->type) : s->size;
    plan->type = s->entry->type;
    plan->size = watch_type_size(plan->type);
    if (plan->type == WATCH_STR) {
        plan->text = text_of(s);
        plan->size = plan->text == WATCH_TEXT_ARRAY ? known : 0;
        return true;
    }
    if (known && known < plan->size)
        return fail(s, "it has %" PRIu64 " byte%s, and %s is a type of %" PRIu64, known,
                    known == 1 ? "" : "s", watch_type_name(plan->type), plan->size);
    if (plan->bits.size)
        return fail(s, "it is a bit-field: leave out ':%s'", watch_type_name(plan->type));
    return true;
}

static bool end_untold(struct state *s)
{
    static const char *const guesses[] = {"", "u8", "u16", "", "u32", "", "", "", "u64"};
    struct watch_plan *plan = s->plan;
    const struct watch_entry *e = s->entry;
    if (!s->has_type)
        return fail(s, "its type is not known, since %s has no debug information of it: write %s=%.*s:%s",
                    s->module, e->name, (int)e->expression_size, e->expression,
                    s->size <= 8 && s->size && *guesses[s->size] ? guesses[s->size] : "TYPE");
    plan->text = text_of(s);
    plan->type = plan->text ? WATCH_STR : WATCH_UNTOLD;
    plan->typed = s->type;
    plan->size = plan->text == WATCH_TEXT_POINTER ? 0 : typed_size(&s->type);
    if (!plan->text && !plan->size)
        return fail(s, "debug information does not tell the size of its type");
    return true;
}

bool watch_plan_make(const struct watch_entry *entry, const struct typed_symbol *symbol,
                     const struct typed_variable *variable, const char *module, struct watch_plan *ret,
                     char *why, size_t why_size)
{
    struct state s = {.entry = entry,
                      .module = module,
                      .plan = ret,
                      .has_type = variable && !entry->has_offset,
                      .size = symbol->size,
                      .end = entry->symbol_end,
                      .why = why,
                      .why_size = why_size};
    *ret = (struct watch_plan){.address = symbol->address, .is_thread_local = symbol->is_thread_local};
    *why = '\0';
    if (s.has_type)
        s.type = variable->type;
    if (entry->has_offset)
        add(&s, entry->offset);
    for (unsigned i = 0; i < entry->step_count; i++)
        if (!take_step(&s, &entry->steps[i]))
            return false;
    for (unsigned i = 0; i < entry->stars; i++)
        if (!point(&s) || !follow(&s, entry->stars - i))
            return false;
    return entry->type ? end_told(&s) : end_untold(&s);
}
