/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of crumple.h. See tell/format.h. */
#include "tell/format.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct line {
    char *at, *end; /* end: where the NUL has room */
};

struct conversion {
    bool is_left, is_zero;
    int width, precision; /* precision -1: none */
    int longs;            /* l, ll, z, j and t: 1; h: -1; hh: -2 */
    char kind;
};

static inline void put(struct line *line, char c)
{
    if (line->at < line->end)
        *line->at++ = c;
}

static void pad(struct line *line, char c, int count)
{
    for (; count > 0 && line->at < line->end; count--)
        *line->at++ = c;
}

static const char *read_count(const char *format, va_list *args, int *ret)
{
    int value = 0;
    if (*format == '*') {
        *ret = va_arg(*args, int);
        return format + 1;
    }
    for (; *format >= '0' && *format <= '9' && value < INT_MAX / 16; format++)
        value = value * 10 + (*format - '0');
    *ret = value;
    return format;
}

/* From behind the '%' to behind the conversion's letter. */
static const char *read_conversion(const char *format, va_list *args, struct conversion *ret)
{
    *ret = (struct conversion){.precision = -1};
    for (; *format == '-' || *format == '0'; format++) {
        ret->is_left |= *format == '-';
        ret->is_zero |= *format == '0';
    }
    if ((*format >= '1' && *format <= '9') || *format == '*')
        format = read_count(format, args, &ret->width);
    if (ret->width < 0) {
        ret->is_left = true;
        ret->width = ret->width > -INT_MAX ? -ret->width : 0;
    }
    if (*format == '.')
        format = read_count(format + 1, args, &ret->precision);
    for (;; format++) {
        if (*format == 'l' || *format == 'z' || *format == 'j' || *format == 't')
            ret->longs = 1;
        else if (*format == 'h')
            ret->longs--;
        else
            break;
    }
    ret->kind = *format;
    return *format ? format + 1 : format;
}

static void put_field(struct line *line, const struct conversion *c, const char *text, size_t size,
                      bool is_negative)
{
    const int rest = c->width - (int)(size < INT_MAX / 2 ? size : INT_MAX / 2) - is_negative;
    const bool has_zeros = c->is_zero && !c->is_left && c->kind != 's' && c->kind != 'c';
    if (!c->is_left && !has_zeros)
        pad(line, ' ', rest);
    if (is_negative)
        put(line, '-');
    if (has_zeros)
        pad(line, '0', rest);
    for (size_t i = 0; i < size && line->at < line->end; i++)
        *line->at++ = text[i];
    if (c->is_left)
        pad(line, ' ', rest);
}

static void put_number(struct line *line, const struct conversion *c, uint64_t value, bool is_negative)
{
    const char *names = c->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const bool is_hex = c->kind == 'x' || c->kind == 'X' || c->kind == 'p';
    char digits[24];
    char *at = digits + sizeof digits;
    do {
        *--at = is_hex ? names[value & 15] : (char)('0' + value % 10);
        value = is_hex ? value >> 4 : value / 10;
    } while (value);
    if (c->kind == 'p') {
        *--at = 'x';
        *--at = '0';
    }
    put_field(line, c, at, (size_t)(digits + sizeof digits - at), is_negative);
}

static int64_t signed_of(const struct conversion *c, va_list *args)
{
    if (c->longs > 0)
        return va_arg(*args, int64_t);
    int value = va_arg(*args, int);
    return c->longs == 0 ? value : c->longs == -1 ? (int16_t)value : (int8_t)value;
}

static uint64_t unsigned_of(const struct conversion *c, va_list *args)
{
    if (c->longs > 0)
        return va_arg(*args, uint64_t);
    unsigned value = va_arg(*args, unsigned);
    return c->longs == 0 ? value : c->longs == -1 ? (uint16_t)value : (uint8_t)value;
}

static void put_string(struct line *line, const struct conversion *c, const char *text)
{
    /* No more is looked at than has room; what fills the field from the left is not cut. */
    size_t most = c->precision >= 0 ? (size_t)c->precision : SIZE_MAX, size = 0;
    const size_t room = (size_t)(line->end - line->at),
                 wanted = (size_t)c->width > room ? (size_t)c->width : room;
    text = text ? text : "(null)";
    while (size < most && size < wanted && text[size])
        size++;
    put_field(line, c, text, size, false);
}

static bool put_value(struct line *line, const struct conversion *c, va_list *args)
{
    int64_t number;
    void *pointer;
    char letter;
    if (c->precision >= 0 && c->kind != 's')
        return false;
    switch (c->kind) {
    case 'd':
    case 'i':
        number = signed_of(c, args);
        put_number(line, c, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
        return true;
    case 'u':
    case 'x':
    case 'X':
        put_number(line, c, unsigned_of(c, args), false);
        return true;
    case 's':
        if (c->longs)
            return false;
        put_string(line, c, va_arg(*args, const char *));
        return true;
    case 'c':
        letter = (char)va_arg(*args, int);
        put_field(line, c, &letter, 1, false);
        return !c->longs;
    case 'p':
        pointer = va_arg(*args, void *);
        if (pointer)
            put_number(line, c, (uint64_t)pointer, false);
        else
            put_field(line, c, "(nil)", 5, false);
        return !c->is_zero;
    default:
        return false;
    }
}

int safe_format(char *out, size_t size, const char *format, va_list args)
{
    struct line line = {out, out + size - 1};
    bool is_known = true;
    va_list list; /* a va_list that is a parameter has a type of its own */
    va_copy(list, args);
    while (*format && is_known) {
        struct conversion c;
        if (*format != '%') {
            put(&line, *format++);
        } else if (format[1] == '%') {
            put(&line, '%');
            format += 2;
        } else {
            format = read_conversion(format + 1, &list, &c);
            is_known = put_value(&line, &c, &list);
        }
    }
    va_end(list);
    *line.at = '\0';
    return is_known ? (int)(line.at - out) : -ENOTSUP;
}
