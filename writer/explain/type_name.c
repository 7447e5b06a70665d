/* SPDX-License-Identifier: MIT */
#include "explain/type_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type_out {
    char *text;
    size_t size, used;
};

static void add(struct type_out *out, const char *text, size_t size)
{
    size_t room = out->size - out->used - 1;
    size = size < room ? size : room;
    memcpy(out->text + out->used, text, size);
    out->used += size;
    out->text[out->used] = '\0';
}

/* 13runtime_error: a length, and as many bytes. */
static bool add_identifier(const char **at, struct type_out *out)
{
    static const char anonymous[] = "_GLOBAL__N_1";
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    unsigned long length = strtoul(*at, &end, 10);
    if (length == 0 || length > strlen(end))
        return false;
    if (length == sizeof anonymous - 1 && memcmp(end, anonymous, length) == 0)
        add(out, "(anonymous namespace)", strlen("(anonymous namespace)"));
    else
        add(out, end, length);
    *at = end + length;
    return true;
}

/* The parts of a nested name, up to its 'E'. */
static bool add_nested(const char **at, struct type_out *out)
{
    bool is_first = true;
    for (; **at != 'E'; is_first = false) {
        if (!is_first)
            add(out, "::", 2);
        if (is_first && strncmp(*at, "St", 2) == 0) {
            add(out, "std", 3);
            *at += 2;
        } else if (!add_identifier(at, out)) {
            return false;
        }
    }
    (*at)++;
    return !is_first;
}

static bool add_builtin(const char **at, struct type_out *out)
{
    static const struct {
        const char *code, *name;
    } types[] = {
        {"NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "std::string"},
        {"Ss", "std::string"},
        {"PKc", "const char *"},
        {"Pc", "char *"},
        {"Pv", "void *"},
        {"b", "bool"},
        {"c", "char"},
        {"i", "int"},
        {"j", "unsigned int"},
        {"l", "long"},
        {"m", "unsigned long"},
        {"x", "long long"},
        {"y", "unsigned long long"},
        {"f", "float"},
        {"d", "double"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(*at, types[i].code) != 0)
            continue;
        add(out, types[i].name, strlen(types[i].name));
        *at += strlen(types[i].code);
        return true;
    }
    return false;
}

static bool add_type(const char *at, struct type_out *out)
{
    bool is_known;
    if (add_builtin(&at, out))
        return true;
    if (*at == 'N') {
        at++;
        is_known = add_nested(&at, out);
    } else {
        if (strncmp(at, "St", 2) == 0) {
            add(out, "std::", 5);
            at += 2;
        }
        is_known = add_identifier(&at, out);
    }
    return is_known && *at == '\0';
}

void type_name(const char *mangled, char *out, size_t size)
{
    struct type_out result = {out, size, 0};
    if (size == 0)
        return;
    out[0] = '\0';
    mangled += mangled[0] == '*'; /* GCC's mark of a type that is compared by address */
    if (strncmp(mangled, "_ZTI", 4) == 0 || strncmp(mangled, "_ZTS", 4) == 0)
        mangled += 4;
    if (!add_type(mangled, &result))
        snprintf(out, size, "%s", mangled);
    for (char *at = out; *at; at++)
        if (*at == '|' || (unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '_';
}
