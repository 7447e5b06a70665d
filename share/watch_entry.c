/* SPDX-License-Identifier: MIT */
/* Safe file: see watch_entry.h. */
#include "watch_entry.h"

static const struct {
    const char *name;
    size_t size;
} types[WATCH_TYPES] = {
    {"", 0},    {"u8", 1},  {"u16", 2}, {"u32", 4},  {"u64", 8},  {"i8", 1},  {"i16", 2}, {"i32", 4},
    {"i64", 8}, {"f32", 4}, {"f64", 8}, {"bool", 1}, {"char", 1}, {"ptr", 8}, {"str", 0}, {"hex", 8},
};

/* What is still to be read of an entry. */
struct reader {
    const char *at, *end, *start; /* start: of the expression */
};

const char *watch_type_name(enum watch_type type)
{
    return (unsigned)type < WATCH_TYPES ? types[type].name : "";
}

size_t watch_type_size(enum watch_type type)
{
    return (unsigned)type < WATCH_TYPES ? types[type].size : 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_next(const struct reader *r, const char *text)
{
    size_t i = 0;
    while (text[i] && (size_t)(r->end - r->at) > i && r->at[i] == text[i])
        i++;
    return !text[i];
}

static bool skip(struct reader *r, const char *text)
{
    if (!is_next(r, text))
        return false;
    while (*text++)
        r->at++;
    return true;
}

static bool keep(const char *from, const char *to, char *ret, size_t size)
{
    const size_t count = (size_t)(to - from);
    if (count == 0 || count >= size)
        return false;
    for (size_t i = 0; i < count; i++)
        ret[i] = from[i];
    ret[count] = '\0';
    return true;
}

static bool take_word(struct reader *r, char *ret, size_t size)
{
    const char *from = r->at;
    while (r->at < r->end && is_word(*r->at))
        r->at++;
    return !(from < r->at && is_digit(*from)) && keep(from, r->at, ret, size);
}

static int digit_value(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 99;
}

/* Decimal, or 0x and hexadecimal digits. */
static bool take_number(struct reader *r, int64_t *ret)
{
    const int base = skip(r, "0x") ? 16 : 10;
    const char *from = r->at;
    uint64_t value = 0;
    for (; r->at < r->end && digit_value(*r->at) < base; r->at++) {
        if (value > (UINT64_C(1) << 56))
            return false;
        value = value * (uint64_t)base + (uint64_t)digit_value(*r->at);
    }
    *ret = (int64_t)value;
    return r->at > from;
}

/* A symbol of C++ has '::' in it, a static variable of a function has '.0' behind it. */
static bool is_of_symbol(struct reader *r)
{
    if (skip(r, "::"))
        return true;
    if (r->end - r->at >= 2 && *r->at == '.' && is_digit(r->at[1])) {
        r->at++;
        return true;
    }
    if (r->at == r->end || !(is_word(*r->at) || *r->at == '~' || *r->at == '@'))
        return false;
    r->at++;
    return true;
}

static const char *take_symbol(struct reader *r, struct watch_entry *e)
{
    const char *bang = r->at;
    while (bang < r->end && *bang != '!')
        bang++;
    if (bang < r->end) {
        if (!keep(r->at, bang, e->module, sizeof e->module))
            return "the module's name is empty or too long";
        r->at = bang + 1;
    }
    const char *from = r->at;
    while (is_of_symbol(r))
        ;
    if (!keep(from, r->at, e->symbol, sizeof e->symbol))
        return from == r->at ? "it names no variable" : "the variable's name is too long";
    if (is_digit(*from))
        return "a variable's name does not begin with a digit";
    if (skip(r, "+")) {
        e->has_offset = true;
        if (!take_number(r, &e->offset))
            return "no number follows the '+'";
    }
    e->symbol_end = (uint32_t)(r->at - r->start);
    return NULL;
}

static const char *take_step(struct reader *r, struct watch_step *step)
{
    const bool is_arrow = skip(r, "->");
    *step = (struct watch_step){.kind = is_arrow ? WATCH_ARROW : WATCH_MEMBER};
    if (is_arrow && (skip(r, "+") || is_next(r, "0x"))) {
        step->kind = WATCH_ARROW_OFFSET;
        if (!take_number(r, &step->number))
            return "no number follows '->+'";
    } else if (is_arrow || skip(r, ".")) {
        if (!take_word(r, step->name, sizeof step->name))
            return is_arrow ? "no member's name follows '->'" : "no member's name follows '.'";
    } else if (skip(r, "[")) {
        step->kind = WATCH_INDEX;
        if (!take_number(r, &step->number) || !skip(r, "]"))
            return "an index is a number in brackets";
    } else {
        return "only '->', '.', '[' or ':TYPE' can follow";
    }
    step->end = (uint32_t)(r->at - r->start);
    return NULL;
}

static const char *take_expression(struct reader *r, struct watch_entry *e)
{
    while (skip(r, "*"))
        if (++e->stars > WATCH_STEPS_MAX)
            return "it has too many '*'";
    const char *problem = take_symbol(r, e);
    while (!problem && r->at < r->end) {
        if (e->step_count == WATCH_STEPS_MAX)
            return "it has too many steps";
        problem = take_step(r, &e->steps[e->step_count++]);
    }
    return problem;
}

/* ':TYPE' at the end; '::' is part of a symbol. */
static const char *take_type(struct reader *r, struct watch_entry *e)
{
    const char *colon = r->end;
    while (colon > r->at && *colon != ':')
        colon--;
    if (colon == r->at || colon == r->end || colon[-1] == ':')
        return colon == r->at && r->at < r->end && *r->at == ':' ? "it names no variable" : NULL;
    const struct reader type = {.at = colon + 1, .end = r->end};
    r->end = colon;
    for (int i = WATCH_UNTOLD + 1; i < WATCH_TYPES; i++) {
        struct reader name = type;
        if (skip(&name, types[i].name) && name.at == name.end) {
            e->type = (enum watch_type)i;
            return NULL;
        }
    }
    return "there is no such type; the types are " WATCH_TYPE_NAMES;
}

static bool take_name(struct reader *r, struct watch_entry *e)
{
    e->is_secret = skip(r, "!");
    const char *from = r->at;
    while (r->at < r->end && (is_word(*r->at) || *r->at == '-' || *r->at == '.'))
        r->at++;
    return keep(from, r->at, e->name, sizeof e->name);
}

static const char *take_entry(struct watch_entry *e)
{
    struct reader r = {.at = e->text, .end = e->text + e->size};
    if (!take_name(&r, e))
        return "an entry begins with a name of letters, digits, '_', '-' and '.', 63 at most";
    if (!skip(&r, "="))
        return "an entry is name=VARIABLE or name=VARIABLE:TYPE";
    r.start = e->expression = r.at;
    const char *problem = take_type(&r, e);
    e->expression_size = (size_t)(r.end - r.start);
    return problem ? problem : take_expression(&r, e);
}

bool watch_entry_next(const char **text, struct watch_entry *ret, const char **ret_problem)
{
    const char *from = *text;
    while (*from == ' ' || *from == ',')
        from++;
    if (!*from)
        return false;
    const char *end = from;
    while (*end && *end != ',')
        end++;
    *text = end;
    while (end > from && end[-1] == ' ')
        end--;
    *ret = (struct watch_entry){.text = from, .size = (size_t)(end - from)};
    *ret_problem = take_entry(ret);
    return true;
}
