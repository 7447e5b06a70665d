/* SPDX-License-Identifier: MIT */
#include "go_build.h"

#include <errno.h>
#include <stdlib.h>

/* The next word of a line, which tabs separate. */
static struct go_text take_word(struct go_text *line)
{
    const char *tab = line->size ? memchr(line->at, '\t', line->size) : NULL;
    struct go_text word = {line->at, tab ? (size_t)(tab - line->at) : line->size};
    const size_t taken = word.size + (tab ? 1 : 0);
    *line = (struct go_text){line->at + taken, line->size - taken};
    return word;
}

static int add_module(struct go_build *build, struct go_text path, struct go_text version)
{
    if (!build->modules)
        build->modules = calloc(GO_BUILD_MODULES_MAX, sizeof *build->modules);
    if (!build->modules)
        return -ENOMEM;
    if (build->module_count < GO_BUILD_MODULES_MAX)
        build->modules[build->module_count++] = (struct go_module){path, version};
    return 0;
}

static int take_line(struct go_build *build, struct go_text line, struct go_module **last)
{
    const struct go_text key = take_word(&line), first = take_word(&line), second = take_word(&line);
    int error = 0;
    if (go_text_is(key, "go") && !build->version.size) {
        build->version = first;
    } else if (go_text_is(key, "path") && !build->main.path.size) {
        build->main.path = first;
    } else if (go_text_is(key, "mod")) {
        build->main = (struct go_module){first, second};
        *last = &build->main;
    } else if (go_text_is(key, "dep")) {
        error = add_module(build, first, second);
        *last = error ? NULL : &build->modules[build->module_count - 1];
    } else if (go_text_is(key, "=>") && *last) { /* the packages keep the path of what is replaced */
        (*last)->version = second;
    }
    return error;
}

int go_build_read(const char *text, size_t size, struct go_build *ret_build)
{
    struct go_module *last = NULL;
    const char *end = text + size;
    int error = 0;
    *ret_build = (struct go_build){.version = {"", 0}, .main = {{"", 0}, {"", 0}}};
    for (const char *at = text, *next; at < end && !error; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        error = take_line(ret_build, (struct go_text){at, (size_t)(next - at)}, &last);
    }
    if (error)
        go_build_release(ret_build);
    return error;
}

void go_build_release(struct go_build *build)
{
    free(build->modules);
    *build = (struct go_build){.version = {"", 0}, .main = {{"", 0}, {"", 0}}};
}

/* In names of symbols a dot of a path's last word is "%2e": gopkg.in/yaml%2ev3. */
static bool has_package(struct go_text module, struct go_text package)
{
    size_t at = 0;
    for (size_t i = 0; i < module.size; i++) {
        const bool is_dot =
            module.at[i] == '.' && package.size - at >= 3 && memcmp(package.at + at, "%2e", 3) == 0;
        if (at >= package.size || (!is_dot && package.at[at] != module.at[i]))
            return false;
        at += is_dot ? 3 : 1;
    }
    return module.size && (at == package.size || package.at[at] == '/');
}

const struct go_module *go_build_module(const struct go_build *build, struct go_text package)
{
    const bool is_main = go_text_is(package, "main") || has_package(build->main.path, package);
    const struct go_module *found = is_main && build->main.path.size ? &build->main : NULL;
    for (size_t i = 0; i < build->module_count; i++)
        if (has_package(build->modules[i].path, package) &&
            (!found || go_text_is(package, "main") || build->modules[i].path.size > found->path.size))
            found = &build->modules[i];
    return found;
}
