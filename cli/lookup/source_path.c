/* SPDX-License-Identifier: MIT */
/* See lookup/source_path.h. */
#include "lookup/source_path.h"

#include <string.h>

#include "base/text.h"

/* Between blanks. Not those of languages whose files are settings as often as programs (php, json, sh). */
static const char endings[] =
    " c cc cpp cxx c++ C h hh hpp hxx h++ H inc inl ipp ixx cppm tcc tpp txx cu cuh m mm S s asm y l yy ll rl re go rs zig d di nim pas pp "
    "adb ads f F for f77 f90 F90 f95 f03 f08 swift v vala odin c3 cr hs ml mli ex erl py pyx rb lua java kt scala cs fs js mjs ts jl dart ";

/* The length of the text without its last part. */
static size_t without_last(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] != '/')
        size--;
    return size > 0 ? size - 1 : 0;
}

/* Writes the parts of the path with one slash between them. ret_text has room for all of it. Returns the length. */
static size_t resolve(const char *path, char *ret_text)
{
    size_t size = 0;

    for (size_t len; *path; path += len) {
        path += strspn(path, "/");
        len = strcspn(path, "/");
        if (len == 0 || (len == 1 && path[0] == '.'))
            continue;
        if (len == 2 && path[0] == '.' && path[1] == '.') {
            size = without_last(ret_text, size);
            continue;
        }
        if (size > 0)
            ret_text[size++] = '/';
        memcpy(ret_text + size, path, len);
        size += len;
    }
    ret_text[size] = '\0';
    return size;
}

/* The files of compilers and their libraries are called lib.rs, error.rs, vector: of a tree of one's own, a file of that name is
 * seldom theirs. Of these paths the ends have so many parts at least. */
static size_t least_parts(const char *path)
{
    static const char *const prefixes[] = {"/rustc/", "/usr/include/", "/usr/lib/", "/usr/local/go/"};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
            return 3;
    return 1;
}

bool source_path_read(const char *path, struct source_path *ret_path)
{
    ret_path->count = 0;
    if (strlen(path) >= sizeof ret_path->text)
        return false;
    const size_t size = resolve(path, ret_path->text);
    const char *text = ret_path->text;
    const size_t least = least_parts(path);
    size_t parts = size > 0;

    for (size_t i = 0; i < size; i++)
        parts += text[i] == '/';
    for (size_t i = 0, left = parts; i < size; i++) {
        if (i > 0 && text[i - 1] != '/')
            continue;
        if (left <= SOURCE_ENDS_MAX && left >= least)
            ret_path->ends[ret_path->count++] = text + i;
        left--;
    }
    return ret_path->count > 0;
}

bool source_path_is_source(const char *path)
{
    const char *name = text_base_name(path), *dot = strrchr(name, '.');
    const size_t len = dot && dot > name && !strchr(dot, ' ') ? strlen(dot + 1) : 0;

    for (const char *at = endings; len > 0 && (at = strstr(at, dot + 1)); at++)
        if (at[-1] == ' ' && at[len] == ' ')
            return true;
    return false;
}
